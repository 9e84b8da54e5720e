"""The documents that may come in: few, so that the same bytes come again and rules are asked once."""

from dataclasses import dataclass
from decimal import Decimal

from banqup import einvoicing
from business_space.demo import paper
from tests.factories import einvoices

CUSTOMER = einvoices.party("Café Het Anker BV", einvoices.enterprise_number(4711))
STRANGER = einvoices.party("Bloemen Ooms BV", einvoices.enterprise_number(815))


@dataclass(frozen=True)
class Paper:
    name: str
    data: bytes
    direction: str = "purchase"
    filename: str = "invoice.xml"


def _lines(amount):
    """One line that makes exactly `amount` with VAT, at 0 %."""
    return (einvoices.line(1, quantity=Decimal(1), net_price=Decimal(amount), vat_category="Z", vat_rate=Decimal(0)),)


def _of(amount, number, *names, **overrides):
    fields = {"number": number, "lines": _lines(amount), **overrides}
    if names:
        fields["kind"] = "credit_note"
        fields["preceding"] = tuple(einvoicing.DocumentReference(number=name) for name in names)
    return fields


def purchase(amount, number, *names, **overrides):
    """A correct document for the bakery; a credit note when it `names` others."""
    return einvoices.document(**_of(amount, number, *names, **overrides))


def _sale(amount, number, *names):
    return purchase(amount, number, *names, seller=einvoices.BUYER, buyer=CUSTOMER)


def _self_billed_in(amount, number, *names):
    return einvoices.self_billed(**_of(amount, number, *names, seller=einvoices.BUYER, buyer=einvoices.SELLER))


def _self_billed_out(amount, number, *names):
    return einvoices.self_billed(**_of(amount, number, *names))


def _papers():
    correct = {
        "invoice 100": purchase("100", "I-1"),
        "invoice 80": purchase("80", "I-2"),
        "invoice twin": purchase("90", "I-1"),
        "credit note 30": purchase("30", "C-1", "I-1"),
        "credit note 170": purchase("170", "C-2", "I-1", "I-2"),
        "credit note alone": purchase("40", "C-3", "elsewhere"),
        "wrong recipient": purchase("55", "I-5", buyer=STRANGER),
    }
    sold = {
        "sale 100": _sale("100", "V-1"),
        "sale 60": _sale("60", "V-2"),
        "sale credit note": _sale("25", "VC-1", "V-1"),
        "self-billed in": _self_billed_in("70", "S-1"),
        "self-billed in credit note": _self_billed_in("20", "SC-1", "S-1"),
    }
    ours = {
        "self-billed out": _self_billed_out("65", "O-1"),
        "self-billed out credit note": _self_billed_out("15", "OC-1", "O-1"),
    }
    for name, document in (correct | ours).items():
        yield Paper(name, einvoicing.write(document))
    for name, document in sold.items():
        yield Paper(name, einvoicing.write(document), "sales")
    wrong_total = einvoices.document(number="I-6", lines=_lines("44"))
    yield Paper("against the rules", einvoicing.write(wrong_total).replace(b">44.00</cbc:Pay", b">43.00</cbc:Pay"))
    yield Paper("broken", einvoicing.write(correct["invoice 100"])[:-40])
    yield Paper("no invoice", b"<?xml version='1.0'?><letter/>")
    scan = einvoices.document(number="P-1", lines=_lines("120"))
    yield Paper("scan", paper.pdf(scan), filename="scan.pdf")
    yield Paper("scan of a sale", paper.pdf(_sale("75", "V-9")), "sales", "sale.pdf")
    yield Paper("nonsense", b"\x00\x01 nothing", filename="what.bin")


PAPERS = tuple(_papers())


def typed(kind: str, choice: int):
    """What a person enters for a document of `kind`: correct for choices 0 and 1, incomplete for 2."""
    make = {
        "purchase": purchase,
        "sales": _sale,
        "self_billed_in": _self_billed_in,
        "self_billed_out": _self_billed_out,
    }
    amount, number = (("50", "T-1"), ("130", "T-2"), ("50", ""))[choice]
    return make[kind](amount, number)
