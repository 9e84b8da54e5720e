"""The design sheet: every component in both themes, served only while developing."""

from datetime import UTC, datetime
from decimal import Decimal

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _

STATUS_KINDS = {
    "document": ["DRAFT", "AWAITING_VALIDATION", "VALIDATED", "FULLY_APPROVED", "DISPUTED", "REFUSED"],
    "payment": ["UNPAID", "PARTIALLY_PAID", "FULLY_PAID", "WONT_BE_PAID"],
    "delivery": ["READY_TO_SEND", "SENDING", "SENT", "RECEIVED", "DELIVERY_FAILED"],
    "accounting": ["CLIENT_ACTION_NEEDED", "READY_TO_PROCESS", "PROCESSED"],
    "export": ["queued", "sending", "waiting", "delivered", "failed", "cancelled", "not_sent"],
    "integration": ["active", "not_tested", "needs_attention", "inactive"],
    "after_release": ["DISPUTED", "REFUSED"],
}
TOKENS = ["canvas", "surface", "sunken", "line", "line-strong", "faint", "muted", "ink", "accent", "accent-soft"]


class SampleForm(forms.Form):
    issued = forms.CharField(label="Issue date", initial="13 Nov 2026")
    due = forms.CharField(label="Due date", help_text="17/11, 17-11-26 or 17 Nov")
    account = forms.CharField(label="IBAN")
    supplier = forms.ChoiceField(label="Supplier", choices=[("1", "Van Hecke Verpakking NV"), ("2", "Elektro Maes BV")])
    credit_notes = forms.BooleanField(label="Credit notes too", required=False)
    reason = forms.ChoiceField(
        label="Reason", choices=[("vat", "Incorrect VAT rate"), ("price", "Incorrect price")], widget=forms.RadioSelect
    )
    note = forms.CharField(label="Note", widget=forms.Textarea(attrs={"rows": 3}), required=False)


def sample_context():
    """Made-up data for the sheet, also used by its tests."""
    form = SampleForm({"issued": "13 Nov 2026", "account": "BE21 7370 1144 2003", "supplier": "1", "reason": "vat"})
    at = datetime(2026, 11, 17, 8, 41, tzinfo=UTC)
    return {
        "page_title": _("Design sheet"),
        "status_kinds": STATUS_KINDS,
        "tokens": TOKENS,
        "form": form,
        "moment": at,
        "amount": Decimal("1214.12"),
        "approve": {"name": "approve", "label": "Approve", "url": "#", "icon": "check", "key": "a", "style": "primary"},
        "save": {"name": "save", "label": "Save", "url": "#", "key": "s"},
        "refuse": {"name": "refuse", "label": "Refuse", "url": "#", "icon": "x-circle", "style": "danger"},
        "cancel": {"name": "cancel", "label": "Cancel", "url": "#", "method": "get", "style": "quiet"},
        "activate": {"name": "activate", "label": "Activate", "enabled": False, "reason": "after the test passes"},
        "menu_actions": [
            {
                "name": "resend",
                "label": "Resend to integrations",
                "url": "#",
                "method": "get",
                "icon": "arrow-path",
                "note": "Dropbox failed: preselected",
                "dialog": True,
            },
            {"name": "match", "label": "Match a bank transaction", "url": "#", "method": "get", "icon": "link"},
            None,
            {"name": "refuse", "label": "Refuse…", "url": "#", "method": "get", "icon": "x-circle", "style": "danger"},
            {
                "name": "withdraw",
                "label": "Withdraw approval",
                "enabled": False,
                "reason": "Not possible: Exact Online already has it",
                "icon": "arrow-uturn-left",
            },
        ],
        "tabs": [
            {"label": "All", "url": "#", "count": "1,284", "current": True},
            {"label": "Awaiting validation", "url": "#", "count": 23},
            {"label": "Unpaid", "url": "#", "count": 41},
        ],
        "steps": [
            {"label": "Connect", "url": "#", "state": "done"},
            {"label": "Destination", "url": "#", "state": "done"},
            {"label": "Test", "url": "#", "state": "now"},
            {"label": "Activate", "state": "todo"},
        ],
        "events": [
            {
                "what": "Dropbox refused the document",
                "note": "Access was withdrawn (invalid_access_token). Will be tried again.",
                "at": at,
                "icon": "exclamation-triangle",
                "tone": "red",
            },
            {"who": "An Janssens", "what": "approved it", "at": at, "icon": "check", "tone": "accent"},
            {"what": "Received over Peppol", "note": "Original stored", "at": at, "icon": "inbox"},
        ],
        "warning_findings": [{"severity": "warning", "text": "New account for this supplier."}],
        "error_findings": [
            {
                "severity": "error",
                "text": "The due date is before the issue date.",
                "field_id": "id_due",
                "fix": {"label": "Use 13 Dec 2026", "name": "fix", "value": "due"},
            }
        ],
        "facts": [("Supplier", "Elektro Maes BV"), ("VAT number", "BE 0866.120.918"), ("Issued", "17 Nov 2026")],
        "page_obj": Paginator(range(1284), 50).page(1),
        "undo": {"url": "#", "label": "Withdraw"},
    }


def design_sheet(request):
    if not settings.DEBUG:
        raise Http404
    return render(request, "components/gallery.html", sample_context())
