"""What an e-invoice says beyond the model is kept and written back to its place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from banqup.einvoicing import Extra, read, validate, without_extra, write
from banqup.einvoicing.names import CAC, CBC, EXT
from banqup.einvoicing.safe_xml import parse
from banqup.einvoicing.schema import judge as fits_schema
from banqup.invoices import content as stored
from tests.einvoicing.content import content
from tests.factories.einvoices import document, invoice_bytes

SIGNED = (
    f'<x:UBLExtensions xmlns:x="{EXT}"><x:UBLExtension><x:ExtensionContent>'
    '<own:Thing xmlns:own="urn:own">kept</own:Thing></x:ExtensionContent></x:UBLExtension></x:UBLExtensions>'
)
ADDITIONS = {
    "an extension before all else": ("<cbc:CustomizationID>", SIGNED + "<cbc:CustomizationID>"),
    "an element between two": (
        "<cbc:ID>2026-0042",
        "<cbc:ProfileExecutionID>9</cbc:ProfileExecutionID><cbc:ID>2026-0042",
    ),
    "a second element of its kind": (
        "<cac:PostalAddress>",
        "<cac:PartyName><cbc:Name>One</cbc:Name></cac:PartyName>"
        "<cac:PartyName><cbc:Name>Two</cbc:Name></cac:PartyName><cac:PostalAddress>",
    ),
    "a group of its own": (
        "<cac:PaymentMeans>",
        "<cac:DeliveryTerms><cbc:ID>DAP</cbc:ID></cac:DeliveryTerms><cac:PaymentMeans>",
    ),
    "an attribute": ("<cbc:InvoiceTypeCode>", '<cbc:InvoiceTypeCode listID="UNCL1001">'),
    "a text that we write otherwise": (
        "<cac:PartyLegalEntity>",
        "<cac:PartyTaxScheme><cbc:CompanyID>77</cbc:CompanyID><cac:TaxScheme><cbc:ID>FC</cbc:ID></cac:TaxScheme>"
        "</cac:PartyTaxScheme><cac:PartyLegalEntity>",
    ),
    "a line inside a line": (
        "</cac:Price>",
        '</cac:Price><cac:SubInvoiceLine><cbc:ID>1.1</cbc:ID><cbc:LineExtensionAmount currencyID="EUR">1.00'
        "</cbc:LineExtensionAmount><cac:Item><cbc:Name>Part</cbc:Name></cac:Item></cac:SubInvoiceLine>",
    ),
}


def saying_more(name: str) -> bytes:
    before, after = ADDITIONS[name]
    data = invoice_bytes().replace(before.encode(), after.encode(), 1)
    assert fits_schema(parse(data)) == []
    return data


@pytest.mark.parametrize("name", ADDITIONS)
def test_it_is_written_back_in_the_order_of_the_schema(name):
    data = saying_more(name)
    found = read(data)
    assert found != without_extra(found)
    written = write(found)
    assert content(parse(written)) == content(parse(data))
    assert fits_schema(parse(written)) == []
    assert read(written) == found


@pytest.mark.parametrize("name", ADDITIONS)
def test_it_survives_being_stored(name):
    found = read(saying_more(name))
    assert stored.from_json(stored.to_json(found)) == found


def test_a_document_that_says_no_more_keeps_nothing():
    found = read(invoice_bytes())
    assert (found.extra, [one.extra for one in found.lines]) == ((), [(), (), ()])
    assert without_extra(found) is found


def test_what_belongs_to_a_line_goes_where_the_line_goes():
    found = read(saying_more("a line inside a line"))
    first, *others = found.lines
    moved = read(write(replace(found, lines=(*others, first))))
    assert [bool(one.extra) for one in moved.lines] == [False, False, True]
    assert b"SubInvoiceLine" not in write(replace(found, lines=tuple(others)))


def test_a_value_that_a_person_changed_is_not_changed_back():
    # The Z stands for a time zone, which the model does not hold.
    found = read(invoice_bytes().replace(b"<cbc:IssueDate>2026-03-02<", b"<cbc:IssueDate>2026-03-02Z<"))
    assert b"2026-03-02Z" in write(found)
    assert b"Z</cbc:IssueDate>" not in write(replace(found, issue_date=found.due_date))


def test_what_a_person_filled_in_since_does_not_stand_there_twice():
    delivery = f'<cac:Delivery xmlns:cac="{CAC}" xmlns:cbc="{CBC}"><cbc:ID>D1</cbc:ID></cac:Delivery>'
    found = read(invoice_bytes().replace(b"<cac:PaymentMeans>", delivery.encode() + b"<cac:PaymentMeans>", 1))
    assert b"<cbc:ID>D1</cbc:ID>" in write(found)
    assert write(replace(found, delivery_date=found.issue_date)).count(b"<cac:Delivery>") == 1


@pytest.mark.parametrize("path", ["cac:InvoiceLine[9]/cac:Item", "nonsense", "cac:Nowhere/cbc:ID"])
def test_what_has_no_place_any_more_is_left_out(path):
    plain = document()
    lost = replace(plain, extra=(Extra(path, attributes=(("listID", "X"),)), Extra(path, text="a", was="b")))
    assert write(lost) == write(plain)


def test_it_refuses_nothing_by_itself(validator):
    data = write(read(saying_more("an element between two")))
    assert validate(data, socket_path=validator).valid
