"""The code that a banking app pays by: what stands in it, and where there is none."""

import io
from dataclasses import replace
from decimal import Decimal

import pytest
from pypdf import PdfReader

from banqup.einvoicing import PaymentMeans, write
from banqup.einvoicing.rendering import describe, pdf_with_data
from banqup.einvoicing.rendering.payment_code import payload, square
from tests.factories.einvoices import document, iban

pytestmark = pytest.mark.anywhere


def paid_to(reference, **means):
    way = PaymentMeans(code="30", iban=iban(1), account_name="Bakkerij Janssens BV", remittance_information=reference)
    return replace(document(), payment_means=(replace(way, **means),), payable=Decimal("1214.1"))


def told(reference):
    return payload(paid_to(reference)).split("\n")


HEAD = ["BCD", "002", "1", "SCT", "", "Bakkerij Janssens BV", iban(1), "EUR1214.10", ""]


def test_a_structured_reference_stands_in_the_field_for_it_and_a_text_in_its_own():
    assert told("090933755493") == [*HEAD, "+++090/9337/55493+++"]
    assert told("RF18 5390 0754 7034") == [*HEAD, "RF18539007547034"]
    assert told("Invoice\nV2026-0143") == [*HEAD, "", "Invoice V2026-0143"]
    assert told("+++090/9337/55494+++")[9:] == ["", "+++090/9337/55494+++"]  # its check digits are wrong


def test_where_no_app_could_pay_there_is_no_code():
    good = paid_to("x")
    for other in (
        replace(good, currency="USD"),
        replace(good, kind="credit_note"),
        replace(good, payable=Decimal("0.00")),
        replace(good, payable=Decimal("1000000000.00")),
        replace(good, payment_means=()),
        paid_to("x", iban="12345"),
        paid_to("x", code="49"),  # a direct debit
    ):
        assert square(other) is None


def test_only_our_own_document_shows_it_and_says_nothing_of_copies():
    theirs, ours = describe(paid_to("x")), describe(paid_to("x"), own=True)
    assert (theirs.code, bool(theirs.marking)) == (None, True)
    assert (ours.code.text, ours.marking) == (payload(paid_to("x")), "")
    assert ours.code.size == len(ours.code.rows[0]) == 37


def test_the_pdf_of_our_own_has_the_code_and_that_of_a_draft_holds_no_e_invoice():
    xml = write(paid_to("x"))
    ours, draft = (PdfReader(io.BytesIO(pdf_with_data(xml, own=True, draft=draft))) for draft in (False, True))
    first = ours.pages[0].extract_text()
    assert "Scan it with your banking app" in first and "Made from the data" not in first
    assert list(ours.attachments) == ["e-invoice.xml"]
    assert "A draft: not issued" in draft.pages[0].extract_text()
    assert not draft.attachments
