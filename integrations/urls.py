"""The doors that other systems knock at."""

from django.urls import path

from . import answer_page, calls, connecting, inbound

app_name = "integrations"
urlpatterns = [
    path("oauth/callback/", connecting.callback, name="oauth_callback"),
    path("answer/<str:signed>/", answer_page.cover, name="answer"),
    path("answer/<str:signed>/document/", answer_page.document, name="answer_document"),
    path("answer/<str:signed>/done/", answer_page.done, name="answer_done"),
    path("answer/<str:signed>/document.pdf", answer_page.paper, name="answer_paper"),
    path("answer/<str:signed>/document.xml", answer_page.file, name="answer_file"),
    path("inbound/<str:token>/", inbound.receive, name="inbound"),
    path("access-points/<str:token>/", calls.called, name="access_point_called"),
]
