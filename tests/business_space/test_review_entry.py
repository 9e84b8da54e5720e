"""What is typed at the review desk: rows, numbers, reasons, and the two kinds of answer."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from banqup.actions import conversations
from banqup.contacts.models import Contact
from banqup.exports.models import Export
from banqup.invoices import journal
from banqup.invoices.models import Event
from banqup.invoices.models.event import Verb
from banqup.invoices.statuses import DeliveryStatus, DocumentStatus, GeneralStatus
from tests.factories import einvoices, world

from .helpers import TYPED, browser_of, form_of, fresh, main, messages, sale, url, words
from .helpers import scan as a_scan

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _validator(validator):
    """Documents are judged by the real rules."""


def entered(client, space, invoice, **changes) -> dict:
    return {**form_of(client.get(url("purchase_detail", space, invoice.pk))), **changes}


def facts(invoice):
    """What must not change when something is refused."""
    invoice = fresh(invoice)
    return (
        invoice.document_status,
        invoice.general_status,
        invoice.version,
        invoice.released_at,
        invoice.data,
        Export.objects.filter(invoice=invoice).count(),
        Event.objects.filter(invoice=invoice).count(),
    )


def test_a_line_is_added_and_removed_without_saving(an, space, waiting):
    before = facts(waiting)
    data = entered(an, space, waiting, action="add_lines", number="typed")

    added = form_of(an.post(url("purchase_save", space, waiting.pk), data))
    removed = form_of(an.post(url("purchase_save", space, waiting.pk), {**added, "remove_row": "lines-0"}))

    assert (added["lines-TOTAL_FORMS"], added["lines-3-name"], added["number"]) == ("4", "", "typed")
    assert ("lines-0-name" in removed, removed["lines-0-DELETE"], removed["lines-1-name"]) == (False, "on", "Delivery")
    assert facts(waiting) == before


def test_a_removed_line_is_gone_after_saving_and_the_sums_follow(an, space, waiting):
    data = entered(an, space, waiting) | {"lines-0-DELETE": "on"}

    an.post(url("purchase_save", space, waiting.pk), data)

    saved = fresh(waiting)
    assert [line.name for line in saved.document.lines] == ["Delivery", "Oven cleaner, 5 l"]
    assert str(saved.payable) == "87.12"


def test_what_the_form_does_not_show_is_kept(an, space, waiting):
    data = entered(an, space, waiting, due_date="2/4/2026")

    an.post(url("purchase_save", space, waiting.pk), data)

    before, after = waiting.document, fresh(waiting).document
    assert after.due_date.isoformat() == "2026-04-02"
    assert (after.seller, after.buyer, after.lines, after.payment_means) == (
        before.seller,
        before.buyer,
        before.lines,
        before.payment_means,
    )


def test_with_htmx_only_the_pane_with_the_data_comes_back(an, space, waiting):
    data = entered(an, space, waiting, due_date="31/2")

    response = an.post(url("purchase_save", space, waiting.pk), data, headers={"HX-Request": "true"})

    text = response.content.decode().strip()
    assert response.status_code == 422
    assert text.startswith("<form") and "<html" not in text


def test_with_htmx_a_saved_document_is_loaded_again(an, space, waiting):
    data = entered(an, space, waiting)

    response = an.post(url("purchase_save", space, waiting.pk), data, headers={"HX-Request": "true"})

    assert (response.status_code, response["HX-Redirect"]) == (204, url("purchase_detail", space, waiting.pk))


def test_a_sale_is_approved_as_already_delivered_elsewhere(an, space):
    invoice = sale(space)
    desk = an.get(url("sales_detail", space, invoice.pk))
    assert "Approve & send" in words(main(desk))
    assert "No access point is set up." in words(main(desk))
    entered = form_of(desk)

    # Nothing is chosen where no way leads to the customer: that it has it already, a person says.
    refused = an.post(url("sales_approve", space, invoice.pk), entered)
    assert (refused.status_code, fresh(invoice).delivery_status) == (409, DeliveryStatus.NONE)
    an.post(url("sales_approve", space, invoice.pk), entered | {"way": "elsewhere"})

    approved = fresh(invoice)
    assert (approved.document_status, approved.delivery_status, approved.general_status) == (
        DocumentStatus.VALIDATED,
        DeliveryStatus.SENT,
        GeneralStatus.UNPAID,
    )


def test_a_sale_is_sent_the_chosen_way_when_it_is_approved(an, space):
    invoice = sale(space)
    Contact.objects.filter(pk=invoice.counterparty_id).update(email="zaal@anker.example")
    entered = form_of(an.get(url("sales_detail", space, invoice.pk)))

    answer = an.post(url("sales_approve", space, invoice.pk), entered | {"way": "email"}, follow=True)

    assert fresh(invoice).delivery_status == DeliveryStatus.READY_TO_SEND
    assert "On its way to the customer: E-mail, zaal@anker.example." in messages(answer)[0]


def test_a_sales_scan_is_completed_with_the_customer(an, space):
    invoice = a_scan(space, direction="sales")
    data = form_of(an.get(url("sales_detail", space, invoice.pk))) | TYPED

    an.post(url("sales_save", space, invoice.pk), data)

    saved = fresh(invoice)
    assert (saved.document.buyer.name, saved.document.seller.name) == ("Van Hecke Verpakking NV", space.name)
    assert (saved.error_count, saved.document_status) == (0, DocumentStatus.AWAITING_VALIDATION)


def test_reverse_charge_brings_its_own_reason(an, space, scan):
    data = entered(an, space, scan, **{**TYPED, "lines-0-vat": "AE:0"})

    an.post(url("purchase_save", space, scan.pk), data)

    (subtotal,) = fresh(scan).document.vat_breakdown
    assert (subtotal.category, subtotal.exemption_reason, subtotal.exemption_reason_code) == (
        "AE",
        "Reverse charge",
        "VATEX-EU-AE",
    )
    assert fresh(scan).error_count == 0


def test_a_discount_on_the_whole_document_is_entered(an, space, scan):
    discount = {
        "allowances-TOTAL_FORMS": "1",
        "allowances-0-is_charge": "",
        "allowances-0-reason": "Loyalty",
        "allowances-0-amount": "10",
        "allowances-0-vat": "S:21",
    }

    an.post(url("purchase_save", space, scan.pk), entered(an, space, scan, **TYPED, **discount))

    saved = fresh(scan)
    assert (saved.error_count, str(saved.payable)) == (0, "363.00")


def test_the_accountant_of_the_business_does_not_open_the_desk(space, waiting):
    office = world.partner()
    world.engaged(space, office)

    assert browser_of(world.member(office)).get(url("purchase_detail", space, waiting.pk)).status_code == 404


def test_showing_the_desk_takes_the_same_queries_for_short_and_long_documents(an, space):
    space.auto_approve = "never"
    space.save()
    short, long = (
        world.received(space, einvoices.invoice_bytes(number=number, lines=lines))
        for number, lines in (
            ("SHORT", (einvoices.line(1),)),
            ("LONG", tuple(einvoices.line(number) for number in range(1, 61))),
        )
    )
    person = world.member(space, "PR")
    conversations.comment(invoice=short, text="Once", by=person, side="business")
    for number in range(20):
        journal.record(long, Verb.SAVED, by=person, errors=number)
        conversations.comment(invoice=long, text=f"Comment {number}", by=person, side="business")

    def queries(invoice) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert an.get(url("purchase_detail", space, invoice.pk)).status_code == 200
        return len(asked)

    for invoice in (short, long):
        queries(invoice)  # what is read for the first time: the comments, the session
    assert queries(long) == queries(short)
