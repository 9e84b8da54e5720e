"""Credit notes settle invoices: by themselves when they name one, by hand otherwise, undone exactly."""

import dataclasses
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from banqup import einvoicing
from banqup.actions import approval, crediting, disputes, payments
from banqup.actions.refusals import ChangedMeanwhile, NotAllowed, NotCompliant, NotPossible
from banqup.invoices.models import Invoice
from banqup.payments import ledger
from banqup.payments.models import Allocation
from tests.factories import einvoices, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def space():
    return world.business()


@pytest.fixture
def payer(space):
    return world.member(space, "PR", "FR")


def lines(amount):
    """One line that makes exactly `amount` with VAT, at 0 %."""
    return (einvoices.line(1, quantity=Decimal(1), net_price=Decimal(amount), vat_category="Z", vat_rate=Decimal(0)),)


def invoice_of(space, amount, number="I-1") -> Invoice:
    return world.received(space, einvoices.invoice_bytes(number=number, lines=lines(amount)))


def credit_note_of(space, amount, *names, number="CN-1", **overrides) -> Invoice:
    preceding = tuple(einvoicing.DocumentReference(number=name) for name in names or ("elsewhere",) if name)
    data = einvoices.invoice_bytes(
        kind="credit_note", number=number, lines=lines(amount), preceding=preceding, **overrides
    )
    return fresh(world.received(space, data))


def fresh(invoice) -> Invoice:
    return Invoice.objects.select_related("space").get(pk=invoice.pk)


def pay(invoice, amount, by):
    return payments.record_payment(invoice=fresh(invoice), amount=Decimal(amount), paid_on=date(2026, 11, 20), by=by)


@pytest.mark.parametrize(
    ("credited", "of_invoice", "of_note"),
    [
        ("40", ("FULLY_PAID", "0.00"), ("FULLY_PAID", "0.00")),
        ("30", ("PARTIALLY_PAID", "10.00"), ("FULLY_PAID", "0.00")),
        ("100", ("FULLY_PAID", "0.00"), ("PARTIALLY_PAID", "60.00")),
    ],
)
def test_sixty_of_a_hundred_paid_then_a_credit_note(space, payer, credited, of_invoice, of_note):
    invoice = invoice_of(space, "100")
    pay(invoice, "60.00", payer)
    note, invoice = credit_note_of(space, credited, "I-1"), fresh(invoice)
    assert (invoice.payment_status, str(invoice.open_amount)) == of_invoice
    assert (note.payment_status, str(note.open_amount)) == of_note


def test_a_credit_note_that_names_nothing_we_have_stays_open_and_is_linked_by_hand(space, payer):
    first, second = invoice_of(space, "70", "I-1"), invoice_of(space, "50", "I-2")
    note = credit_note_of(space, "100")
    assert (note.payment_status, Allocation.objects.count()) == ("UNPAID", 0)
    crediting.link(credit_note=note, invoice=first, by=payer)
    crediting.link(credit_note=note, invoice=second, amount=Decimal("10.00"), by=payer)
    assert [str(fresh(item).open_amount) for item in (first, second, note)] == ["0.00", "40.00", "20.00"]


def test_undoing_a_link_restores_both_sides(space, payer):
    invoice = invoice_of(space, "100")
    note = credit_note_of(space, "30", "I-1")
    crediting.unlink(allocation=Allocation.objects.get(), by=payer)
    assert (fresh(invoice).credited, fresh(note).credited) == (Decimal("0.00"), Decimal("0.00"))
    assert fresh(invoice).events.first().verb == fresh(note).events.first().verb == "uncredited"
    with pytest.raises(NotPossible):
        crediting.unlink(allocation=Allocation.objects.get(), by=payer)


def test_a_disputed_credit_note_counts_no_longer(space, payer):
    invoice = invoice_of(space, "100")
    note = credit_note_of(space, "100", "I-1")
    assert fresh(invoice).general_status == "FULLY_PAID"
    note = disputes.dispute(invoice=note, reason="price", by=payer)
    assert (note.general_status, note.credited, fresh(invoice).general_status) == (
        "DISPUTED",
        Decimal("0.00"),
        "UNPAID",
    )


def test_a_credit_note_settles_a_refused_invoice_without_resolving_it(space, payer):
    invoice = disputes.refuse(invoice=invoice_of(space, "100"), reason="price", by=payer)
    credit_note_of(space, "100", "I-1")
    invoice = fresh(invoice)
    assert (invoice.general_status, invoice.open_amount) == ("REFUSED", Decimal("0.00"))


def test_what_does_not_belong_together_is_not_linked(space, payer):
    invoice, note = invoice_of(space, "100"), credit_note_of(space, "10")
    other = credit_note_of(
        space, "10", number="CN-2", seller=einvoices.party("Other NV", einvoices.enterprise_number(9))
    )
    for credit_note, target, amount in (
        (other, invoice, None),
        (invoice, note, None),
        (note, invoice, Decimal("10.01")),
    ):
        with pytest.raises(NotPossible):
            crediting.link(credit_note=credit_note, invoice=target, amount=amount, by=payer)
    with pytest.raises(NotAllowed):
        crediting.link(credit_note=note, invoice=invoice, by=world.member(space, "AUD"))
    assert Allocation.objects.count() == 0


def nameless(space, **overrides) -> Invoice:
    return credit_note_of(space, "30", "", **overrides)


def test_a_credit_note_that_names_no_invoice_waits_with_that_one_finding(space, payer):
    note = nameless(space)
    found = [(finding["rule"], finding["severity"], finding["field"]) for finding in note.findings]
    assert (note.document_status, found) == ("AWAITING_VALIDATION", [("BANQUP-REFERENCE", "fatal", "BT-25")])
    with pytest.raises(NotCompliant, match="names no invoice"):
        approval.approve(invoice=note, by=payer)
    assert fresh(note).released_at is None


def test_a_typed_reference_lets_it_through_and_settles_the_invoice(space, payer):
    invoice, note = invoice_of(space, "100"), nameless(space)
    document = dataclasses.replace(note.document, preceding=(einvoicing.DocumentReference("i1"),))
    note = approval.save(invoice=note, document=document, by=payer, version=note.version)
    assert (note.document_status, note.findings) == ("VALIDATED", [])
    approval.approve(invoice=note, by=payer)
    assert fresh(invoice).credited == Decimal("30.00")


def test_a_stand_alone_credit_note_is_approved_as_it_came_and_settles_nothing(space, payer):
    note = nameless(space)
    note = crediting.set_stands_alone(credit_note=note, stands_alone=True, by=payer, version=note.version)
    assert (note.stands_alone, note.findings, note.error_count) == (True, [], 0)
    assert (note.events.first().verb, note.events.first().data) == ("stands_alone", {"stands_alone": True})
    approved = approval.approve(invoice=note, by=payer)
    assert (approved.content_sha256, approved.credited) == (note.original_sha256, Decimal("0.00"))
    with pytest.raises(NotPossible):
        crediting.set_stands_alone(credit_note=approved, stands_alone=False, by=payer)


def test_that_it_stands_alone_can_be_taken_back_and_is_only_said_of_credit_notes(space, payer):
    note = crediting.set_stands_alone(credit_note=nameless(space), stands_alone=True, by=payer)
    with pytest.raises(ChangedMeanwhile):
        crediting.set_stands_alone(credit_note=note, stands_alone=False, by=payer, version=note.version - 1)
    note = crediting.set_stands_alone(credit_note=note, stands_alone=False, by=payer)
    assert (note.stands_alone, note.error_count) == (False, 1)
    with pytest.raises(NotAllowed):
        crediting.set_stands_alone(credit_note=note, stands_alone=True, by=world.member(space, "FR", "SR"))
    with pytest.raises(NotPossible):
        crediting.set_stands_alone(credit_note=world.received(space, b"unreadable"), stands_alone=True, by=payer)


def test_a_resolved_credit_note_is_suggested_again_and_links_nothing_by_itself(space, payer):
    invoice, note = invoice_of(space, "100"), credit_note_of(space, "40", "I-1")
    note = disputes.dispute(invoice=note, reason="price", by=payer)
    assert crediting.suggested(fresh(note)) is None
    disputes.resolve(invoice=note, note="Agreed", by=payer)
    note, invoice = fresh(note), fresh(invoice)
    assert (note.credited, crediting.suggested(note), crediting.suggested(invoice)) == (0, invoice, note)
    crediting.link(credit_note=note, invoice=invoice, by=payer)
    assert (crediting.suggested(fresh(note)), crediting.suggested(fresh(invoice))) == (None, None)


def test_a_credit_note_that_came_before_its_invoice_is_suggested(space):
    note = credit_note_of(space, "40", "I-1")
    invoice = fresh(invoice_of(space, "100"))
    assert (invoice.credited, crediting.suggested(invoice), crediting.suggested(note)) == (0, note, invoice)


def test_another_currency_is_not_settled(space, payer):
    dollars = fresh(world.received(space, einvoices.invoice_bytes(number="I-2", currency="USD", lines=lines("9"))))
    with pytest.raises(NotPossible, match="currency"):
        crediting.link(credit_note=credit_note_of(space, "9"), invoice=dollars, by=payer)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.sampled_from("plu"), st.integers(0, 1), st.integers(0, 1), st.integers(1, 9000)), max_size=10
    )
)
def test_after_any_sequence_every_sum_equals_the_ledger(space, payer, steps):
    run = Invoice.objects.count()
    invoices = [invoice_of(space, amount, f"I-{run}-{amount}") for amount in ("80", "60")]
    notes = [credit_note_of(space, amount, number=f"C-{run}-{amount}") for amount in ("50", "70")]
    for what, which, by_which, cents in steps:
        amount = Decimal(cents).scaleb(-2)
        try:
            if what == "p":
                pay(invoices[which], amount, payer)
            elif what == "l":
                crediting.link(
                    credit_note=fresh(notes[by_which]), invoice=fresh(invoices[which]), amount=amount, by=payer
                )
            else:
                standing = Allocation.objects.filter(credit_note=notes[by_which], removed_at=None).first()
                if standing:
                    crediting.unlink(allocation=standing, by=payer)
        except NotPossible:
            pass
    for document in (*map(fresh, invoices), *map(fresh, notes)):
        assert document.paid == ledger.paid_total(document)
        assert document.credited == ledger.credited_total(document)
        assert 0 <= document.open_amount <= document.payable
