from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "banqup.payments"
    label = "payments"
