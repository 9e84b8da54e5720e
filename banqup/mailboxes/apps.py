from django.apps import AppConfig


class MailboxesConfig(AppConfig):
    name = "banqup.mailboxes"
    label = "mailboxes"
