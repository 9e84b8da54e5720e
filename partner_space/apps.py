from django.apps import AppConfig


class PartnerSpaceConfig(AppConfig):
    name = "partner_space"
    label = "partner_space"
