"""Status badges: one mapping from a state to its icon and colour, drawn from the enums."""

from django import template
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from banqup.common.templatetags._icons import icon
from banqup.invoices.statuses import (
    CREDIT_NOTE_WORDS,
    AccountingStatus,
    DeliveryStatus,
    DocumentStatus,
    GeneralStatus,
    PaymentStatus,
)

register = template.Library()

ENUMS = {
    "general": GeneralStatus,
    "document": DocumentStatus,
    "payment": PaymentStatus,
    "delivery": DeliveryStatus,
    "accounting": AccountingStatus,
}
KIND_OF_ENUM = {enum: kind for kind, enum in ENUMS.items()}

# Words of exports and integrations; their tables live in a later app, so the values are plain strings.
WORDS = {
    "export": {
        "not_sent": _("Not sent"),
        "queued": _("Queued"),
        "sending": _("Sending"),
        "waiting": _("Waiting"),
        "delivered": _("Delivered"),
        "failed": _("Failed"),
        "cancelled": _("Cancelled"),
    },
    "integration": {
        "active": _("Active"),
        "not_tested": _("Not tested"),
        "needs_attention": _("Needs attention"),
        "inactive": _("Inactive"),
    },
    # Shown to the accountant once somebody objected after the release, or a sale was given up (LIFECYCLE §3, §5).
    "after_release": {
        "DISPUTED": _("Disputed – do not pay"),
        "REFUSED": _("Refused – do not book"),
        "DISPUTED_SALE": _("Disputed – not agreed yet"),
        "WONT_BE_PAID": _("Bad debt / refused"),
    },
}

_DRAFT = ("grey", "pencil-square")
_AWAITING = ("amber", "eye")
_DISPUTED = ("violet", "chat-bubble-left")
_REFUSED = ("red", "x-circle")
_PAYMENT = {
    "UNPAID": ("blue", "ring"),
    "PARTIALLY_PAID": ("blue", "half-ring"),
    "FULLY_PAID": ("green", "solid:check-circle"),
    "WONT_BE_PAID": ("grey", "no-symbol"),
}

# kind -> value -> (colour, icon). Amber: a person must act; blue: under way; green: done;
# red: stopped; violet: under discussion; grey: at rest.
BADGES = {
    "general": {
        "DRAFT": _DRAFT,
        "AWAITING_VALIDATION": _AWAITING,
        **_PAYMENT,
        "DISPUTED": _DISPUTED,
        "REFUSED": _REFUSED,
    },
    "document": {
        "DRAFT": _DRAFT,
        "AWAITING_VALIDATION": _AWAITING,
        "VALIDATED": ("blue", "check"),
        "FULLY_APPROVED": ("green", "check-circle"),
        "DISPUTED": _DISPUTED,
        "REFUSED": _REFUSED,
    },
    "payment": _PAYMENT,
    "delivery": {
        "NONE": ("grey", "minus"),
        "READY_TO_SEND": ("grey", "clock"),
        "SENDING": ("blue", "paper-airplane"),
        "SENT": ("blue", "arrow-up-tray"),
        "RECEIVED": ("green", "inbox"),
        "DELIVERY_FAILED": ("red", "exclamation-triangle"),
    },
    "accounting": {
        "NONE": ("grey", "minus"),
        "CLIENT_ACTION_NEEDED": ("amber", "user"),
        "READY_TO_PROCESS": ("blue", "list-bullet"),
        "PROCESSED": ("green", "solid:check-circle"),
    },
    "export": {
        "not_sent": ("grey", "pause"),
        "queued": ("grey", "clock"),
        "sending": ("blue", "paper-airplane"),
        "waiting": ("grey", "clock"),
        "delivered": ("green", "check-circle"),
        "failed": ("red", "exclamation-triangle"),
        "cancelled": ("grey", "no-symbol"),
    },
    "integration": {
        "active": ("green", "bolt"),
        "not_tested": ("amber", "exclamation-triangle"),
        "needs_attention": ("red", "exclamation-triangle"),
        "inactive": ("grey", "pause"),
    },
    "after_release": {
        "DISPUTED": _DISPUTED,
        "REFUSED": _REFUSED,
        "DISPUTED_SALE": _DISPUTED,
        "WONT_BE_PAID": _PAYMENT["WONT_BE_PAID"],
    },
}


def look_of(value, kind=""):
    """(colour, icon, word) of a status: `value` is an enum member, or a string with its `kind`."""
    kind = kind or KIND_OF_ENUM.get(type(value), "")
    value = str(getattr(value, "value", value))
    if kind not in BADGES or value not in BADGES[kind]:
        raise ValueError(f"No badge for {value!r} of kind {kind!r}")
    colour, icon_name = BADGES[kind][value]
    word = ENUMS[kind](value).label if kind in ENUMS else WORDS[kind][value]
    return colour, icon_name, word


@register.simple_tag
def status_badge(value, kind="", credit_note=False, text="", plain=False):
    """`{% status_badge invoice.general_status "general" %}`: icon, word and colour; nothing for an empty value.

    `text` replaces the word ("4 of 4"); `plain` drops the ground, for dense columns.
    """
    if value is None or value == "":
        return ""
    colour, icon_name, word = look_of(value, kind)
    if credit_note:
        word = CREDIT_NOTE_WORDS.get(str(getattr(value, "value", value)), word)
    return format_html(
        '<span class="badge badge--{}{}">{}<span>{}</span></span>',
        colour,
        " badge--plain" if plain else "",
        icon(icon_name),
        text or word,
    )


@register.simple_tag
def status_word(value, kind="", credit_note=False):
    """The word alone, for sentences and announcements."""
    word = look_of(value, kind)[2]
    return CREDIT_NOTE_WORDS.get(str(getattr(value, "value", value)), word) if credit_note else word
