"""From a document's data to a judged e-invoice. No database lock is held while this runs."""

import dataclasses
from collections.abc import Callable

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from stdnum.be import vat as be_vat

from banqup import einvoicing
from banqup.einvoicing import Document, Party

# What must be there before the rules are worth asking: field, path, rule that demands it, words.
# The schema would refuse the document first and in worse words.
_NEEDED = (
    ("BT-1", "number", "BR-02", lazy("Enter the invoice number.")),
    ("BT-2", "issue_date", "BR-03", lazy("Enter the issue date.")),
    ("BT-5", "currency", "BR-05", lazy("Choose the currency.")),
    ("BT-27", "seller.name", "BR-06", lazy("Enter the name of the supplier.")),
    ("BT-40", "seller.country", "BR-09", lazy("Choose the country of the supplier.")),
    ("BT-44", "buyer.name", "BR-07", lazy("Enter the name of the customer.")),
    ("BT-55", "buyer.country", "BR-11", lazy("Choose the country of the customer.")),
)
_NEEDED_IN_LINE = (
    ("BT-153", "name", "BR-25", lazy("Line %(line)s: enter what was delivered.")),
    ("BT-129", "quantity", "BR-22", lazy("Line %(line)s: enter the quantity.")),
    ("BT-146", "net_price", "BR-26", lazy("Line %(line)s: enter the price of one unit, without VAT.")),
    ("BT-151", "vat_category", "BR-CO-04", lazy("Line %(line)s: choose the VAT.")),
)


_WITHOUT_RULES = frozenset({"BR-16"} | {rule for _field, _name, rule, _words in (*_NEEDED, *_NEEDED_IN_LINE)})


def completed(document: Document) -> Document:
    """`document` with its computed parts filled: totals, Peppol ids that follow from a VAT number,
    and the profile that its data can satisfy."""
    document = dataclasses.replace(
        document, seller=_with_endpoint(document.seller), buyer=_with_endpoint(document.buyer)
    )
    document = einvoicing.with_structured_references(einvoicing.recompute(document))
    addressed = document.seller.endpoint_id and document.buyer.endpoint_id
    referenced = document.buyer_reference or document.order_reference  # PEPPOL-EN16931-R003
    if addressed and referenced:
        customization, profile = einvoicing.PEPPOL_BILLING, einvoicing.PEPPOL_BILLING_PROCESS
        if document.is_self_billed:
            customization, profile = einvoicing.PEPPOL_SELF_BILLING, einvoicing.PEPPOL_SELF_BILLING_PROCESS
    else:
        customization, profile = "urn:cen.eu:en16931:2017", None
    return dataclasses.replace(document, customization_id=customization, profile_id=profile)


def _with_endpoint(party: Party) -> Party:
    """Belgian enterprises are addressed by their enterprise number, scheme 0208, which is their VAT number."""
    if party.endpoint_id or not party.vat_id or not be_vat.is_valid(party.vat_id):
        return party
    number = be_vat.compact(party.vat_id)
    number = number.removeprefix("BE")
    return dataclasses.replace(
        party,
        endpoint_id=number,
        endpoint_scheme="0208",
        company_id=party.company_id or number,
        company_scheme=party.company_scheme or "0208",
    )


def missing(document: Document) -> list[dict]:
    """Findings for what is not filled in at all."""
    found = [_finding(rule, field, str(words)) for field, path, rule, words in _NEEDED if not _read(document, path)]
    if not document.lines:
        found.append(_finding("BR-16", "BG-25", _("Add at least one line.")))
    for position, line in enumerate(document.lines, start=1):
        found += [
            _finding(rule, field, str(words) % {"line": position}, location=f"line[{position}]")
            for field, name, rule, words in _NEEDED_IN_LINE
            if getattr(line, name) in (None, "")
        ]
    return found


def needs_no_rules(finding: dict) -> bool:
    """Is it one of `missing`?"""
    return finding["rule"] in _WITHOUT_RULES


def _read(value, path):
    for name in path.split("."):
        value = getattr(value, name)
    return value


def _finding(rule, field, message, *, severity="fatal", location=""):
    return {
        "rule": rule,
        "severity": severity,
        "message": message,
        "official": "",
        "field": field,
        "label": "",
        "location": location,
        "proposal": None,
    }


def remark(rule: str, message: str, *, field: str = "", severity: str = "warning") -> dict:
    """A finding of our own, beside those of the official rules."""
    return _finding(rule, field, message, severity=severity)


def build(document: Document) -> tuple[bytes | None, dict]:
    """The e-invoice made of `document`, and its verdict as a dict; no bytes when data is missing.

    Raises `einvoicing.ValidatorUnavailable`.
    """
    data, verdict = begin(document)
    return data, verdict()


def begin(document: Document) -> tuple[bytes | None, Callable[[], dict]]:
    """As `build`, with a function that waits for the verdict: the rules run elsewhere meanwhile."""
    gaps = missing(document)
    if gaps:
        return None, lambda: {"valid": False, "profile": "", "layers": [], "findings": gaps}
    data = einvoicing.write(completed(document))
    return data, begin_verdict(data)


def begin_verdict(data: bytes) -> Callable[[], dict]:
    """Ask for the validator's report on `data`; the function that comes back waits for it.

    It raises `einvoicing.ValidatorUnavailable`.
    """
    finish = einvoicing.begin_validation(data, socket_path=settings.BANQUP_VALIDATOR_SOCKET or None)
    return lambda: finish().to_dict()


# A draft that could not be judged when it was saved.
LATER = "BANQUP-LATER"


def errors(report: dict) -> int:
    return sum(finding["severity"] == "fatal" for finding in report.get("findings", []))
