"""The doors that other systems knock at."""

from django.urls import path

from . import connecting, inbound

app_name = "integrations"
urlpatterns = [
    path("oauth/callback/", connecting.callback, name="oauth_callback"),
    path("inbound/<str:token>/", inbound.receive, name="inbound"),
]
