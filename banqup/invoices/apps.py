from django.apps import AppConfig


class InvoicesConfig(AppConfig):
    name = "banqup.invoices"
    label = "invoices"
