"""Possible duplicates: found, decided about by people, taken back; never approved automatically."""

import dataclasses
from datetime import date

import pytest
from django.db import connection

from banqup.actions import approval, duplicates, intake, recycle
from banqup.actions.refusals import ChangedMeanwhile, NotAllowed, NotPossible
from banqup.einvoicing import DocumentReference
from banqup.invoices import numbers
from banqup.invoices.models import DuplicateDecision, Invoice
from banqup.invoices.twins import same_entry, twin_of
from tests.factories import einvoices, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def space():
    return world.business()


@pytest.fixture
def an(space):
    return world.member(space, "PR", "SR")


def arrived(space, number="2026-0042", **what) -> Invoice:
    channel = what.pop("channel", "browser")
    return fresh(world.received(space, einvoices.invoice_bytes(number=number, **what), channel=channel))


def fresh(invoice) -> Invoice:
    return Invoice.objects.select_related("space").get(pk=invoice.pk)


def asked(invoice) -> tuple:
    invoice = fresh(invoice)
    return invoice.possible_duplicate_of, [finding["rule"] for finding in invoice.findings]


NOTHING = (None, [])


@pytest.mark.parametrize(
    "written", ["2026-0042", "2026/42", "2026 0042", "20260042", "02026-0042", "２０２６－００４２"]
)
def test_a_number_written_differently_is_the_same_number(space, written):
    first = arrived(space)
    second = arrived(space, written, notes=("Once more",))
    assert (second.is_released, asked(second)) == (False, (first, ["BANQUP-DUPLICATE"]))


@pytest.mark.parametrize(
    "one, other, are",
    [
        ("INV-0042", "inv 42", True),
        ("INV0042", "INV-0042", True),
        ("Année-7", "ANNÉE 7", True),
        ("42", "420", False),
        ("1002", "102", False),
        ("A-42", "42", False),
        ("2026-42", "2025-42", False),
        ("000", "0", True),
        ("-", "/", False),
        ("", "", False),
    ],
)
def test_when_two_numbers_are_one(one, other, are):
    assert (numbers.same(one, other), numbers.same(other, one)) == (are, are)
    assert not are or numbers.key(one) == numbers.key(other)


@pytest.mark.parametrize(
    "what",
    [
        {"number": "2026-0043"},
        {"issue_date": date(2026, 3, 3)},
        {"lines": einvoices.lines()[:2]},
        {"currency": "USD"},
        {"seller": einvoices.party("Other NV", einvoices.enterprise_number(9))},
        {"type_code": "384", "preceding": (DocumentReference("2026-0042"),)},
        {"type_code": "384"},
        {"preceding": (DocumentReference("2026/42"),)},
        {"kind": "credit_note"},
    ],
    ids=["number", "day", "amount", "currency", "supplier", "corrected", "type 384", "names the other", "credit note"],
)
def test_what_differs_or_corrects_is_no_duplicate(space, what):
    arrived(space)
    second = arrived(space, **{"number": "2026-0042", **what})
    # Peppol lets only Germans exchange type 384 (P0112), so those wait for another reason.
    assert (second.possible_duplicate_of, second.is_released) == (None, what.get("type_code") != "384")


def test_two_copies_of_one_corrected_invoice_are_duplicates(space):
    corrected = {"type_code": "384", "preceding": (DocumentReference("2026-0001"),)}
    first = arrived(space, **corrected)
    assert arrived(space, notes=("Again",), **corrected).possible_duplicate_of == first


def test_a_supplier_without_a_vat_number_is_known_by_its_name(space):
    first = arrived(space)
    seller = dataclasses.replace(einvoices.SELLER, vat_id=None, company_id=None, company_scheme=None)
    second = arrived(space, seller=dataclasses.replace(seller, endpoint_id="4012345123456", endpoint_scheme="0088"))
    assert second.counterparty_id != first.counterparty_id
    assert (second.possible_duplicate_of, second.is_released) == (first, False)


def test_it_is_a_duplicate_goes_to_the_bin_and_comes_back(space, an):
    first, second = arrived(space), arrived(space, notes=("Again",))
    decision = duplicates.mark_as_duplicate(invoice=second, twin=first, by=an, version=second.version)
    assert fresh(second).deleted_at is not None
    assert [event.verb for event in second.events.all()[:2]] == ["deleted", "duplicate_decided"]
    assert first.events.first().data["copy"] == "other"
    assert asked(first) == NOTHING and twin_of(fresh(first)) is None
    duplicates.undo(decision=decision, by=an)
    assert (fresh(second).deleted_at, asked(second)) == (None, (first, ["BANQUP-DUPLICATE"]))
    with pytest.raises(NotPossible):
        duplicates.undo(decision=DuplicateDecision.objects.get(), by=an)


def test_restoring_from_the_bin_takes_the_decision_back_too(space, an):
    first, second = arrived(space), arrived(space, notes=("Again",))
    duplicates.mark_as_duplicate(invoice=second, twin=first, by=an)
    recycle.restore(invoice=fresh(second), by=an)
    assert DuplicateDecision.objects.filter(undone_at=None).count() == 0
    assert twin_of(fresh(second)) == first


def test_it_is_another_document_is_never_asked_again_until_it_is_undone(space, an):
    first, second = arrived(space), arrived(space, notes=("Again",))
    decision = duplicates.mark_as_another(invoice=second, twin=first, by=an, version=second.version)
    assert asked(second) == NOTHING
    saved = approval.save(invoice=fresh(second), document=second.document, by=an, version=fresh(second).version)
    assert (saved.document_status, asked(saved)) == ("VALIDATED", NOTHING)
    duplicates.undo(decision=decision, by=an)
    assert asked(second) == (first, ["BANQUP-DUPLICATE"])
    assert [event.verb for event in first.events.all()[:2]] == ["duplicate_undone", "duplicate_decided"]


def test_the_next_one_that_looks_alike_is_asked_about_after_the_first(space, an):
    first, second = arrived(space), arrived(space, notes=("Again",))
    third = arrived(space, notes=("And again",))
    assert third.possible_duplicate_of == first
    duplicates.mark_as_another(invoice=third, twin=first, by=an)
    assert asked(third) == (second, ["BANQUP-DUPLICATE"])


def test_what_came_over_a_network_or_was_approved_is_refused_and_not_deleted(space, an):
    first = arrived(space)
    sent = arrived(space, notes=("Again",), channel="inbound")
    with pytest.raises(NotPossible, match="Refuse it"):
        duplicates.mark_as_duplicate(invoice=sent, twin=first, by=an)
    released = approval.approve(invoice=sent, by=an, version=sent.version)
    with pytest.raises(NotPossible, match="Refuse it"):
        duplicates.mark_as_duplicate(invoice=released, twin=first, by=an)
    assert (fresh(sent).deleted_at, DuplicateDecision.objects.count()) == (None, 0)
    duplicates.mark_as_another(invoice=fresh(sent), twin=first, by=an)
    assert fresh(sent).possible_duplicate_of is None


def test_a_twin_in_the_recycle_bin_is_said_and_holds_back(space, an):
    space.auto_approve = "never"
    space.save()
    first = arrived(space)
    recycle.delete(invoice=first, by=an)
    space.auto_approve = "all"
    space.save()
    second = arrived(space, notes=("Again",))
    assert (second.is_released, second.possible_duplicate_of) == (False, first)
    assert "recycle bin" in second.findings[0]["message"]


def test_the_same_file_in_the_recycle_bin_is_said(space, an):
    scan = b"%PDF-1.4 nobody can read this"
    first = world.received(space, scan, filename="scan.pdf")
    recycle.delete(invoice=first, by=an)
    second = world.received(space, scan, filename="scan again.pdf")
    assert (second.pk != first.pk, twin_of(second)) == (True, first)


def test_of_two_files_that_are_judged_at_one_moment_only_the_first_is_approved(space, monkeypatch):
    drafted_first = intake.draft

    def another_worker_is_faster(*arguments):
        drafted = drafted_first(*arguments)
        monkeypatch.setattr(intake, "draft", drafted_first)
        world.received(space, einvoices.invoice_bytes())
        return drafted

    monkeypatch.setattr(intake, "draft", another_worker_is_faster)
    second = arrived(space, notes=("Again",))
    assert (second.is_released, asked(second)[1]) == (False, ["BANQUP-DUPLICATE"])


def test_only_what_the_person_looked_at_is_decided(space, an):
    first, second = arrived(space), arrived(space, notes=("Again",))
    other = arrived(space, "2026-0099")
    for refusal, twin, version in (
        (NotPossible, other, None),
        (NotPossible, second, None),
        (ChangedMeanwhile, first, second.version - 1),
    ):
        with pytest.raises(refusal):
            duplicates.mark_as_another(invoice=second, twin=twin, by=an, version=version)
    for verb in (duplicates.mark_as_another, duplicates.mark_as_duplicate):
        with pytest.raises(NotAllowed):
            verb(invoice=second, twin=first, by=world.member(space, "AUD", email=f"{verb.__name__}@x.example"))
    assert DuplicateDecision.objects.count() == 0


def test_the_look_up_reads_an_index(space):
    arrived(space)
    invoice = arrived(space, "2026-0043")
    # The planner of a nearly empty table would rather read all of it.
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    assert "invoice_same_entry" in same_entry(invoice).explain()
