"""Addresses of Space settings, below `/s/{space}/settings/`; their names live in the `business` namespace."""

from django.urls import path

from .views import extensions, history, settings, settings_accountant, settings_intake, settings_people

urlpatterns = [
    path("", settings.index, name="settings"),
    path("company/", settings.company, name="settings_company"),
    path("users/", settings_people.list_people, name="settings_people"),
    path("users/add/", settings_people.add, name="settings_person_add"),
    path("users/<int:pk>/", settings_people.person, name="settings_person"),
    path("users/<int:pk>/remove/", settings_people.remove, name="settings_person_remove"),
    path("users/<int:pk>/invite/", settings_people.invite_again, name="settings_person_invite"),
    path("accountant/", settings_accountant.accountant, name="settings_accountant"),
    path("accountant/<int:pk>/answer/", settings_accountant.answer, name="settings_engagement_answer"),
    path("accountant/<int:pk>/end/", settings_accountant.end, name="settings_engagement_end"),
    path("approval/", settings.approval, name="settings_approval"),
    path("approval/suppliers/<int:pk>/", settings.approval_supplier, name="settings_approval_supplier"),
    path("intake/", settings_intake.intake, name="settings_intake"),
    path("intake/<int:pk>/revoke/", settings_intake.revoke, name="settings_inbound_revoke"),
    path("history/", history.space_history, name="history"),
    *extensions.urlpatterns,
]
