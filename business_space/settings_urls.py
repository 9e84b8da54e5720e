"""Addresses of Space settings, below `/s/{space}/settings/`; their names live in the `business` namespace."""

from django.urls import path

from .views import extensions, history, settings, settings_accountant, settings_intake, settings_people, settings_routes

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
    path("accountant/<int:pk>/approval/", settings_accountant.delegation, name="settings_engagement_approval"),
    path("accountant/<int:pk>/end/", settings_accountant.end, name="settings_engagement_end"),
    path("approval/", settings.approval, name="settings_approval"),
    path("approval/suppliers/<int:pk>/", settings.approval_supplier, name="settings_approval_supplier"),
    path("approval/routes/add/", settings_routes.add, name="settings_route_add"),
    path("approval/routes/<int:pk>/", settings_routes.edit, name="settings_route"),
    path("approval/routes/<int:pk>/move/", settings_routes.move, name="settings_route_move"),
    path("approval/routes/<int:pk>/switch/", settings_routes.switch, name="settings_route_switch"),
    path("approval/substitutes/add/", settings_routes.substitute_add, name="settings_substitute_add"),
    path("approval/substitutes/<int:pk>/remove/", settings_routes.substitute_remove, name="settings_substitute_remove"),
    path("approval/who/", settings_routes.who, name="settings_who"),
    path("intake/", settings_intake.intake, name="settings_intake"),
    path("answers/", settings_intake.answers, name="settings_answers"),
    path("intake/<int:pk>/revoke/", settings_intake.revoke, name="settings_inbound_revoke"),
    path("history/", history.space_history, name="history"),
    *extensions.urlpatterns,
]
