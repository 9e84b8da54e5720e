from django.apps import AppConfig


class SpacesConfig(AppConfig):
    name = "banqup.spaces"
    label = "spaces"
