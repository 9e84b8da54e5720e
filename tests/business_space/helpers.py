"""How the tests of the pages speak: forms as a browser posts them, pages as words."""

import re
from dataclasses import replace
from html import unescape

from django.test import Client
from django.urls import reverse
from lxml import html

from banqup import einvoicing
from banqup.exports import outbox
from banqup.exports.models import Export
from banqup.invoices.models import Invoice
from tests.factories import einvoices, world


def browser_of(user, **options) -> Client:
    client = Client(**options)
    client.force_login(user)
    return client


def url(name, space, *args) -> str:
    return reverse(f"business:{name}", args=[space.slug, *args])


def e_invoice(space, **overrides) -> Invoice:
    return world.received(space, einvoices.invoice_bytes(**overrides), channel="inbound")


def scan(space, *, direction="purchase", **overrides) -> Invoice:
    """A picture without words: a person types what it says."""
    return world.unread(space, title=str(overrides), direction=direction)


def sale(space, **overrides) -> Invoice:
    """A correct e-invoice that we issued ourselves."""
    customer = einvoices.party("Café Het Anker BV", einvoices.enterprise_number(4711))
    own = {"vat_id": space.vat_id, "name": space.name}
    document = einvoices.document(
        **{"seller": replace(einvoices.BUYER, **own), "buyer": customer, "number": "V2026-0143", **overrides}
    )
    return world.received(space, einvoicing.write(document), direction="sales", channel="browser")


def page(response):
    return html.fromstring(response.content.decode())


def main(response):
    return page(response).xpath("//main")[0]


def words(element) -> str:
    """The text a person reads, without icons and twice the space."""
    texts = element.xpath(".//text()[not(ancestor::svg or ancestor::script or ancestor::kbd)]")
    return re.sub(r"\s+", " ", " ".join(texts)).replace(" ,", ",").replace(" .", ".").strip()


def form_of(response, form_id="document-form") -> dict:
    """The fields of a form as a browser would post them."""
    (form,) = page(response).xpath(f"//form[@id='{form_id}']")
    data = {}
    for field in form.xpath(".//input[@name] | .//select[@name] | .//textarea[@name]"):
        if field.tag == "select":
            chosen = field.xpath("./option[@selected]") or field.xpath("./option")
            data[field.get("name")] = chosen[0].get("value", "") if chosen else ""
        elif field.tag == "textarea":
            data[field.get("name")] = (field.text or "").removeprefix("\r").removeprefix("\n")
        elif field.get("type") not in ("checkbox", "radio") or field.get("checked") is not None:
            data[field.get("name")] = field.get("value", "")
    return data


def messages(response) -> list[str]:
    """The undo bars of a page."""
    return [
        words(bar)
        for bar in page(response).xpath("//*[contains(@class, 'undo-bar__text')][not(ancestor::*[@id='trouble'])]")
    ]


def rows(response) -> list[list[str]]:
    """The rows of a list, cell by cell; without what only a phone shows."""
    found = []
    for row in page(response).xpath("//tr[@data-row]"):
        for meta in row.xpath(".//*[contains(@class, 'row-meta')]"):
            meta.text = ""
            for child in list(meta):
                meta.remove(child)
        found.append([words(cell) for cell in row.xpath("./td[not(contains(@class, 'cell-check'))]")])
    return found


def tabs(response) -> dict[str, str]:
    links = page(response).xpath("//nav[@id='tabs']/a")
    return {unescape(link.text).strip(): words(link.xpath("./span")[0]) for link in links}


# What a person types from the picture of a purchase invoice.
TYPED = {
    "kind": "invoice",
    "party_name": "Van Hecke Verpakking NV",
    "party_vat_id": "BE 0417.823.441",
    "party_street": "Nijverheidslaan 41",
    "party_postal_code": "9880",
    "party_city": "Aalter",
    "party_country": "BE",
    "number": "2026/04417",
    "issue_date": "13/11/2026",
    "due_date": "13-12-26",
    "currency": "EUR",
    "iban": "BE36 0539 0075 4781",
    "payment_reference": "+++260/4417/00178+++",
    "buyer_reference": "ADM",
    "lines-0-name": "Taartdoos 25 × 25 cm, wit",
    "lines-0-quantity": "500",
    "lines-0-unit": "C62",
    "lines-0-net_price": "0,62",
    "lines-0-vat": "S:21",
}


def fresh(invoice) -> Invoice:
    """`invoice` as it stands in the database now."""
    return Invoice.objects.get(pk=invoice.pk)


def pushed(invoice, integration, settle, *answer):
    """One try of the latest export of `invoice` to `integration`, ended by `settle`."""
    export = Export.objects.filter(invoice=invoice, integration=integration).latest("sequence")
    claimed = outbox.claim(export.pk)
    settle(*claimed, *answer)
    return claimed[0]
