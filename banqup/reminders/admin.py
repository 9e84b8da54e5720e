"""Django admin of letters to customers: they are looked at, never changed here."""

from django.contrib import admin

from banqup.common.admin import ReadOnlyAdmin, ReadOnlyInline

from .models import Letter, Reminder


class ReminderInline(ReadOnlyInline):
    model = Reminder
    fields = readonly_fields = ["invoice", "step", "open_amount", "day"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("invoice")


@admin.register(Letter)
class LetterAdmin(ReadOnlyAdmin):
    inlines = [ReminderInline]
    list_display = ["created_at", "space", "kind", "recipient", "state", "reason", "attempts", "settled_at"]
    list_filter = ["kind", "state"]
    search_fields = ["recipient", "subject", "space__name", "reminders__invoice__number"]
    list_select_related = ["space"]
    date_hierarchy = "created_at"
