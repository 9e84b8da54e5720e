"""Django admin of documents: every fact, no way around the workflow."""

from django.contrib import admin, messages
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from banqup.common.admin import ReadOnlyAdmin, ReadOnlyInline

from .models import Attachment, Event, Invoice, Receipt


class AttachmentInline(ReadOnlyInline):
    model = Attachment
    fields = readonly_fields = ["role", "filename", "mime_type", "size", "sha256"]
    show_change_link = False


class EventInline(ReadOnlyInline):
    model = Event
    fields = readonly_fields = ["at", "verb", "actor", "data"]
    show_change_link = False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("actor")


@admin.register(Invoice)
class InvoiceAdmin(ReadOnlyAdmin):
    """Approved, refused and paid in the spaces; never here."""

    inlines = [AttachmentInline, EventInline]
    list_display = [
        "title",
        "space",
        "kind",
        "document_status",
        "payment_status",
        "general_status",
        "accounting_status",
        "payable",
        "currency",
        "due_date",
        "created_at",
    ]
    list_filter = [
        "kind",
        "document_status",
        "general_status",
        "accounting_status",
        "delivery_status",
        "channel",
        ("deleted_at", admin.EmptyFieldListFilter),
    ]
    search_fields = ["number", "counterparty_name", "space__name", "filename", "content_sha256", "original_sha256"]
    list_select_related = ["space"]
    date_hierarchy = "created_at"
    exclude = ["data", "search_text"]


@admin.register(Receipt)
class ReceiptAdmin(ReadOnlyAdmin):
    list_display = [
        "__str__",
        "space",
        "direction",
        "channel",
        "outcome",
        "received_at",
        "attempts",
        "last_error_short",
    ]
    list_filter = ["outcome", "channel", "direction"]
    search_fields = ["filename", "sha256", "message_id", "space__name"]
    list_select_related = ["space"]
    date_hierarchy = "received_at"
    actions = ["judge_again"]

    @admin.display(description=_("waits because"))
    def last_error_short(self, receipt):
        return receipt.last_error[:120]

    @admin.action(description=_("Judge again those that wait"), permissions=["view"])
    def judge_again(self, request, receipts):
        """Due now for the sweep; only what was never judged: a document that is there stays what it is."""
        if not request.user.has_perm("invoices.change_receipt"):
            self.message_user(request, _("This needs the right to change receipts."), messages.ERROR)
            return
        waiting = list(receipts.filter(outcome=Receipt.Outcome.WAITING).values_list("pk", flat=True))
        Receipt.objects.filter(pk__in=waiting, outcome=Receipt.Outcome.WAITING).update(next_try_at=timezone.now())
        words = ngettext(
            "%d receipt is judged again within half a minute.",
            "%d receipts are judged again within half a minute.",
            len(waiting),
        )
        words %= len(waiting)
        self.message_user(request, words, messages.SUCCESS if waiting else messages.WARNING)
