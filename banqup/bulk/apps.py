from django.apps import AppConfig


class BulkConfig(AppConfig):
    name = "banqup.bulk"
    label = "bulk"
