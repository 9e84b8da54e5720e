"""Django admin of mailboxes that are read, and of what came in them: to look at, without any secret."""

from django.contrib import admin, messages
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banqup.mailboxes.models import ArrivedMail, Mailbox

from . import mailbox_setup as setup


class _ReadOnly(admin.ModelAdmin):
    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Mailbox)
class MailboxAdmin(_ReadOnly):
    """Set up by the space itself; an admin sees how it does, tests it and switches it off."""

    list_display = ["space", "user", "host", "is_active", "test_passed", "attention", "polled_at", "last_mail_at"]
    list_filter = ["is_active", "test_passed"]
    search_fields = ["space__name", "user", "host"]
    list_select_related = ["space"]
    # Not the sealed password.
    fields = [
        "space",
        "user",
        "host",
        "port",
        "security",
        "folder",
        "done_folder",
        "refused_folder",
        "direction",
        "is_active",
        "activated_at",
        "tested_at",
        "test_passed",
        "test_steps",
        "attention",
        "failures",
        "polled_at",
        "last_mail_at",
        "secrets_set_at",
        "secrets_set_by",
    ]
    actions = ["test_now", "switch_off"]

    @admin.action(description=gettext_lazy("Run the test"))
    def test_now(self, request, queryset):
        self._each(request, queryset, setup.test)

    @admin.action(description=gettext_lazy("Switch off"))
    def switch_off(self, request, queryset):
        self._each(request, queryset, setup.deactivate)

    def _each(self, request, queryset, verb):
        for mailbox in queryset.select_related("space"):
            try:
                done = verb(mailbox=mailbox, by=request.user)
            except setup.SetupRefused as refusal:
                self.message_user(request, f"{mailbox}: {refusal.message}", messages.ERROR)
                continue
            failed = [step.message for step in done if not step.ok] if isinstance(done, list) else []
            words = "; ".join(failed) or _("done")
            self.message_user(request, f"{mailbox}: {words}", messages.WARNING if failed else messages.SUCCESS)


@admin.register(ArrivedMail)
class ArrivedMailAdmin(_ReadOnly):
    """What became of each mail."""

    list_display = ["space", "mailbox", "sender", "subject", "found_at", "outcome"]
    list_filter = ["outcome"]
    search_fields = ["sender", "subject", "message_id"]
    list_select_related = ["space", "mailbox__space"]
    fields = ["space", "mailbox", "message_id", "sender", "subject", "sent_at", "found_at", "size", "outcome", "reason"]
    fields += ["receipts"]
