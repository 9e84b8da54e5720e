"""Every address of an accountant's office, below `/p/`; the areas stand in one file each."""

from django.urls import include, path

from .views import (
    act,
    client,
    clients,
    document,
    documents,
    engagement,
    exports,
    home,
    integrations,
    settings,
    settings_people,
    why,
)

_OFFICE = [
    path("", home.home, name="home"),
    path("documents/", documents.documents, name="documents"),
    path("documents/search/", documents.search, name="documents_search"),
    path("documents/act/", act.act, name="documents_act"),
    path("documents/undo/", act.undo, name="documents_undo"),
    path("documents/<int:pk>/", document.document, name="document"),
    path("documents/<int:pk>/why/", why.why, name="document_why"),
    path("documents/<int:pk>/process/", document.process, name="document_process"),
    path("documents/<int:pk>/resend/", document.resend, name="document_resend"),
    path("documents/<int:pk>/attempts/", document.attempts, name="document_attempts"),
    path("documents/<int:pk>/files/<int:file>/", document.file, name="document_file"),
    path("documents/<int:pk>/pages/<int:number>.png", document.page, name="document_page"),
    path("clients/", clients.clients, name="clients"),
    path("clients/invite/", engagement.invite, name="client_invite"),
    path("clients/<int:pk>/", client.overview, name="client"),
    path("clients/<int:pk>/documents/", client.documents, name="client_documents"),
    path("clients/<int:pk>/contacts/", client.contacts, name="client_contacts"),
    *integrations.urlpatterns,
    path("clients/<int:pk>/end/", engagement.end, name="client_end"),
    path("engagements/<int:pk>/answer/", engagement.answer, name="engagement_answer"),
    path("engagements/<int:pk>/withdraw/", engagement.withdraw, name="engagement_withdraw"),
    path("exports/", exports.exports, name="exports"),
    path("exports/<int:pk>/resend/", exports.resend, name="export_resend"),
    path("settings/", settings.index, name="settings"),
    path("settings/office/", settings.office, name="settings_office"),
    path("settings/users/", settings_people.list_people, name="settings_people"),
    path("settings/users/add/", settings_people.add, name="settings_person_add"),
    path("settings/users/<int:pk>/", settings_people.person, name="settings_person"),
    path("settings/users/<int:pk>/remove/", settings_people.remove, name="settings_person_remove"),
    path("settings/users/<int:pk>/invite/", settings_people.invite_again, name="settings_person_invite"),
]

app_name = "partner"
urlpatterns = [
    path("new/", settings.new, name="new"),
    path("<slug:slug>/", include(_OFFICE)),
]
