"""What the lists of the review form offer. A value the document has and the list lacks is added."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from banqup.invoices.words import UNITS, VAT, vat_label, vat_value

__all__ = [
    "COUNTRIES",
    "CURRENCIES",
    "NEEDS_REASON",
    "REASONS",
    "UNITS",
    "VAT",
    "vat_label",
    "vat_parts",
    "vat_value",
    "with_present",
]

# Categories that need a reason, with the one that always fits and its code (VATEX).
REASONS = {
    "AE": ("Reverse charge", "VATEX-EU-AE"),
    "K": ("Intra-Community supply", "VATEX-EU-IC"),
    "G": ("Export outside the EU", "VATEX-EU-G"),
    "O": ("Not subject to VAT", "VATEX-EU-O"),
}
NEEDS_REASON = frozenset({"E", *REASONS})

CURRENCIES = ("EUR", "USD", "GBP", "CHF", "SEK", "DKK", "NOK", "PLN", "CZK")
COUNTRIES = (
    ("BE", _("Belgium")), ("NL", _("Netherlands")), ("FR", _("France")), ("DE", _("Germany")), ("LU", _("Luxembourg")),
    ("AT", _("Austria")), ("BG", _("Bulgaria")), ("CH", _("Switzerland")), ("CY", _("Cyprus")), ("CZ", _("Czechia")),
    ("DK", _("Denmark")), ("EE", _("Estonia")), ("ES", _("Spain")), ("FI", _("Finland")), ("GB", _("United Kingdom")),
    ("GR", _("Greece")), ("HR", _("Croatia")), ("HU", _("Hungary")), ("IE", _("Ireland")), ("IT", _("Italy")),
    ("LT", _("Lithuania")), ("LV", _("Latvia")), ("MT", _("Malta")), ("NO", _("Norway")), ("PL", _("Poland")),
    ("PT", _("Portugal")), ("RO", _("Romania")), ("SE", _("Sweden")), ("SI", _("Slovenia")), ("SK", _("Slovakia")),
    ("US", _("United States")),
)  # fmt: skip


def with_present(choices, value, *, empty=None):
    """`choices`, and `value` at the end when it is not among them; `empty` begins the list."""
    listed = [("", empty)] if empty is not None else []
    listed += list(choices)
    if value and value not in {code for code, _label in listed}:
        listed.append((value, value))
    return listed


def vat_parts(value: str) -> tuple[str | None, Decimal | None]:
    """The inverse of `vat_value`."""
    if not value:
        return None, None
    category, _colon, rate = value.partition(":")
    return category or None, Decimal(rate) if rate else None
