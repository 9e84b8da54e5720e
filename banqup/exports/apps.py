from django.apps import AppConfig


class ExportsConfig(AppConfig):
    name = "banqup.exports"
    label = "exports"
