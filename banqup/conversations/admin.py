"""Django admin of the mail: what went out, what waits and why. What people say is not shown here."""

from django.contrib import admin

from banqup.common.admin import ReadOnlyAdmin

from .models import Mail


@admin.register(Mail)
class MailAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "user", "space", "state", "attempts", "next_try_at", "settled_at", "reason"]
    list_filter = ["state"]
    search_fields = ["user__email", "space__name"]
    list_select_related = ["user", "space"]
    date_hierarchy = "created_at"
