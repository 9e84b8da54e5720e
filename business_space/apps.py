from django.apps import AppConfig


class BusinessSpaceConfig(AppConfig):
    name = "business_space"
    label = "business_space"
