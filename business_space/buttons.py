"""What `banqup.actions.allowed` offers, as buttons with an address."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from banqup.actions.allowed import allowed
from banqup.actions.duplicates import standing_decisions
from banqup.invoices.models import Attachment

from .sides import side_of
from .space import address

REVIEW_FORM = "document-form"
_PAGES = {
    "record_payment": "payment",
    "link_credit_note": "credit",
    "record_answer": "answer",
    "mark_as_duplicate": "duplicate",
    "mark_as_another": "duplicate",
}
# Actions that begin a draft → what tells the creator about which document.
_MAKING = {"copy_document": "like", "make_credit_note": "credits"}
# The buttons of the review desk, and the one that a decided document asks for.
DESK = ("approve", "save")
DESK_OBJECTIONS = ("dispute", "refuse")
MAIN = ("restore", "resolve", "mark_resolved")
# A disputed document that was never released may be approved as it is (C18).
BESIDE_MAIN = ("approve",)
_GROUPS = (
    ("assign", "resend", "record_payment", "mark_unpaid", "link_credit_note"),
    ("resolve", "mark_resolved", "record_answer", "dispute", "refuse", "wont_be_paid", "withdraw"),
    ("resend_customer", "mark_received", "remind", "send_copy"),
    ("copy_document", "make_credit_note", "reissue"),
    ("attach", "split", "delete"),
)
_DOWNLOADS = {
    Attachment.Role.ORIGINAL: lazy("Download the original"),
    Attachment.Role.E_INVOICE: lazy("Download the e-invoice"),
    Attachment.Role.PICTURE: lazy("Download the PDF"),
    Attachment.Role.APPENDIX: lazy("Download the attachment"),
}


def offers(request, invoice) -> dict:
    """name → action dict of the design system, in the order of importance."""
    side = side_of(invoice)
    made = {}
    for action in allowed(invoice, request.standing):
        button = {
            "name": action.name,
            "label": action.label,
            "icon": action.icon,
            "key": action.key,
            "style": action.style,
            "enabled": action.enabled,
            "reason": action.reason,
            "note": action.note,
        }
        made[action.name] = button | _way(action.name, side, invoice)
    return made


def _way(name, side, invoice) -> dict:
    if name == "approve" and not invoice.has_open_data:
        url = side.url("approve_disputed", invoice.space, invoice.pk)
        return {"url": url, "method": "get", "dialog": True, "style": "default"}
    if name in ("approve", "save"):
        # `formaction` of the review form, so that what was typed goes along.
        return {"url": side.url(name, invoice.space, invoice.pk), "form": REVIEW_FORM}
    if name in _MAKING:
        return {"url": address("creator_new", invoice.space.slug), "fields": {_MAKING[name]: invoice.pk}}
    if name == "send":
        return {"url": address("creator_send", invoice.space.slug, invoice.pk), "form": REVIEW_FORM}
    url = side.url(_PAGES.get(name, name), invoice.space, invoice.pk)
    if name == "restore":
        return {"url": url}
    if name == "split":
        return {"url": url, "method": "get"}
    return {"url": url, "method": "get", "dialog": True}


def row(buttons, names) -> list:
    """Those of the offered `buttons` that `names` wants, in its order."""
    return [buttons[name] for name in names if name in buttons]


def more(invoice, buttons, attachments, *, shown=()) -> list:
    """The ⋮ menu: everything offered that is not `shown` as a button, then downloads and print."""
    side = side_of(invoice)
    items = []
    for group in _GROUPS:
        names = [name for name in group if name not in shown]
        found = [
            button | {"key": "", "style": "danger" if button["style"] == "danger" else "default"}
            for button in row(buttons, names)
        ]
        items += [*found, None] if found else []
    for attachment in attachments:
        items.append(
            {
                "name": f"file-{attachment.pk}",
                "label": str(_DOWNLOADS[attachment.role]),
                "note": attachment.filename,
                "url": side.url("file", invoice.space, invoice.pk, attachment.pk),
                "method": "get",
                "icon": "arrow-down-tray",
            }
        )
    if invoice.is_released:
        items.append(
            {
                "name": "paper",
                "label": _("Download a PDF with the e-invoice inside"),
                "note": _("Drawn from the data"),
                "url": side.url("paper", invoice.space, invoice.pk),
                "method": "get",
                "icon": "document-arrow-down",
            }
        )
    if invoice.possible_duplicate_of_id or standing_decisions(invoice).exists():
        items.append(
            {
                "name": "duplicates",
                "label": _("Possible duplicates"),
                "url": side.url("duplicate", invoice.space, invoice.pk),
                "method": "get",
                "icon": "document-duplicate",
            }
        )
    items.append(
        {
            "name": "why",
            "label": _("Why this status?"),
            "url": side.url("why", invoice.space, invoice.pk),
            "method": "get",
            "dialog": True,
            "icon": "question-mark-circle",
        }
    )
    items.append(
        {
            "name": "print",
            "label": _("Readable data, to print"),
            "url": side.url("document", invoice.space, invoice.pk) + "?view=data",
            "method": "get",
            "icon": "printer",
        }
    )
    return items
