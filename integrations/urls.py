"""The doors that other systems knock at."""

from django.urls import path

from . import inbound

app_name = "integrations"
urlpatterns = [
    path("inbound/<str:token>/", inbound.receive, name="inbound"),
]
