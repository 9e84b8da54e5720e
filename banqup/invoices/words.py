"""Codes of an e-invoice in words: VAT categories and units, the usual ones."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

# (category, rate) of EN 16931, as one value: "S:21".
VAT = (
    ("S:21", _("21 %")),
    ("S:12", _("12 %")),
    ("S:6", _("6 %")),
    ("Z:0", _("0 %")),
    ("E:0", _("Exempt")),
    ("AE:0", _("Reverse charge")),
    ("K:0", _("Intra-Community supply")),
    ("G:0", _("Export outside the EU")),
    ("O:", _("Outside the scope of VAT")),
)

# UN/ECE Recommendation 20, the usual ones.
UNITS = (
    ("C62", _("one")),
    ("H87", _("piece")),
    ("HUR", _("hour")),
    ("DAY", _("day")),
    ("MON", _("month")),
    ("ANN", _("year")),
    ("KGM", _("kg")),
    ("GRM", _("g")),
    ("TNE", _("tonne")),
    ("LTR", _("litre")),
    ("MTQ", _("m³")),
    ("MTR", _("metre")),
    ("KMT", _("km")),
    ("MTK", _("m²")),
    ("KWH", _("kWh")),
    ("XBX", _("box")),
    ("XPK", _("package")),
    ("XPX", _("pallet")),
    ("SET", _("set")),
    ("LS", _("lump sum")),
)


def vat_value(category: str | None, rate: Decimal | None) -> str:
    """("S", 21.00) → "S:21"."""
    if category is None and rate is None:
        return ""
    if rate is None:
        return f"{category or ''}:"
    return f"{category or ''}:{format(rate.normalize() + 0, 'f')}"


def vat_label(category: str | None, rate: Decimal | None) -> str:
    """The words of a VAT choice, also of one that the list lacks."""
    value = vat_value(category, rate)
    known = dict(VAT).get(value)
    if known:
        return str(known)
    if not value:
        return "–"
    return f"{category} {format(rate.normalize() + 0, 'f')} %" if rate is not None else str(category)
