from django.apps import AppConfig


class RemindersConfig(AppConfig):
    name = "banqup.reminders"
    label = "reminders"
