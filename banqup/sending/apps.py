from django.apps import AppConfig


class SendingConfig(AppConfig):
    name = "banqup.sending"
    label = "sending"
