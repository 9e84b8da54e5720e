from django.apps import AppConfig


class ContactsConfig(AppConfig):
    name = "banqup.contacts"
    label = "contacts"
