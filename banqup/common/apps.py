from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "banqup.common"
    label = "common"
