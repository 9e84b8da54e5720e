"""The review desk over an invoice in another syntax: its findings stand at their fields too."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.factories import einvoices, world
from tests.factories.cii import cii_bytes

from .helpers import page, url, words

pytestmark = pytest.mark.django_db


def test_a_fault_in_a_line_of_a_cii_invoice_stands_at_that_line(an, space, validator):
    made = einvoices.document()
    lines = (made.lines[0], replace(made.lines[1], net_price=Decimal("-35.00"), quantity=Decimal("-1")), made.lines[2])
    invoice = world.received(space, cii_bytes(replace(made, lines=lines)))

    response = an.get(url("purchase_detail", space, invoice.pk))

    (summary,) = page(response).xpath("//*[@id='error-summary']")
    links = {words(link).partition(",")[0]: link.get("href") for link in summary.xpath(".//a")}
    assert links == {"The net price of line 2 is -35.00 EUR": "#id_lines-1-net_price"}
