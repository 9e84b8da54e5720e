from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    name = "banqup.conversations"
    label = "conversations"
