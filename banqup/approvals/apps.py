from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    name = "banqup.approvals"
    label = "approvals"
