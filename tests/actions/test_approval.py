"""Save and approve: saving never releases, approval releases once, a refusal changes nothing."""

import dataclasses
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.storage import default_storage

from banqup import einvoicing
from banqup.actions import approval, payments
from banqup.actions.refusals import ChangedMeanwhile, NotAllowed, NotCompliant, NotPossible, TryLater
from banqup.einvoicing import Document, Line, Party
from banqup.exports.models import Export
from banqup.invoices import files
from banqup.invoices.models import Attachment, Event, Invoice
from business_space.demo import paper
from tests.factories import einvoices, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def space():
    return world.business()


@pytest.fixture
def approver(space):
    return world.member(space, "PR", "PA")


def scan(space, **overrides) -> Invoice:
    return world.received(space, paper.pdf(einvoices.document(**overrides)), filename="scan.pdf")


def entered(**overrides) -> Document:
    """What a person types from the picture: no ids, no totals, no profile."""
    facts = {
        "type_code": "380",
        "number": "2026/04417",
        "issue_date": date(2026, 11, 13),
        "due_date": date(2026, 12, 13),
        "currency": "EUR",
        "seller": Party(name="Van Hecke Verpakking NV", vat_id="BE0417823441", country="BE", city="Aalter"),
        "lines": (
            Line(
                id="1",
                name="Taartdozen",
                quantity=Decimal(500),
                unit="C62",
                net_price=Decimal("0.62"),
                vat_category="S",
                vat_rate=Decimal(21),
            ),
        ),
    }
    return Document(**{**facts, **overrides})


def saved(invoice, by, **overrides) -> Invoice:
    return approval.save(invoice=invoice, document=entered(**overrides), by=by, version=invoice.version)


def statuses(invoice):
    return invoice.document_status, invoice.general_status, invoice.accounting_status


def test_a_pdf_waits_for_a_person(space):
    assert statuses(scan(space)) == ("AWAITING_VALIDATION", "AWAITING_VALIDATION", "CLIENT_ACTION_NEEDED")


def test_a_saved_invoice_is_not_exported(space, approver):
    world.integration(space)
    invoice = saved(scan(space), approver)
    assert statuses(invoice) == ("VALIDATED", "AWAITING_VALIDATION", "CLIENT_ACTION_NEEDED")
    assert (invoice.payable, invoice.released_at, Export.objects.count()) == (Decimal("375.10"), None, 0)


def test_an_approved_invoice_becomes_a_compliant_e_invoice_and_keeps_its_original(space, approver):
    invoice = approval.approve(invoice=saved(scan(space), approver), by=approver)
    assert statuses(invoice) == ("FULLY_APPROVED", "UNPAID", "READY_TO_PROCESS")
    made = invoice.attachment(Attachment.Role.E_INVOICE).load()
    assert einvoicing.validate(made).valid
    document = einvoicing.read(made)
    assert (document.number, document.payable, document.buyer.vat_id) == ("2026/04417", Decimal("375.10"), space.vat_id)
    assert document.attachments[0].content == invoice.attachment(Attachment.Role.ORIGINAL).load()


def test_approval_writes_one_export_per_active_integration_of_both_sides(space, approver):
    engagement = world.engaged(space, world.partner())
    ours = world.integration(space, name="Ours")
    theirs = world.integration(space, name="Theirs", engagement=engagement)
    world.integration(space, name="Off", active=False)
    broken = world.integration(space, name="Broken", connector="webhook", config={})
    invoice = approval.approve(invoice=saved(scan(space), approver), by=approver)
    assert set(invoice.exports.values_list("integration", "state", "sequence", "content_sha256")) == {
        (item.pk, "queued", 1, invoice.content_sha256) for item in (ours, theirs, broken)
    }


def test_a_payment_recorded_before_approval_gives_fully_paid_on_approval(space, approver):
    payer = world.member(space, "FR")
    invoice = saved(scan(space), approver)
    invoice = payments.record_payment(invoice=invoice, amount=invoice.payable, paid_on=date(2026, 11, 20), by=payer)
    assert statuses(invoice) == ("VALIDATED", "AWAITING_VALIDATION", "CLIENT_ACTION_NEEDED")
    invoice = approval.approve(invoice=invoice, by=approver)
    assert statuses(invoice) == ("FULLY_APPROVED", "FULLY_PAID", "READY_TO_PROCESS")


def test_incomplete_data_is_saved_with_what_is_missing_and_can_not_be_approved(space, approver):
    invoice = saved(scan(space), approver, number=None, lines=())
    assert [(finding["rule"], finding["field"]) for finding in invoice.findings] == [
        ("BR-02", "BT-1"),
        ("BR-16", "BG-25"),
    ]
    assert statuses(invoice)[0] == "AWAITING_VALIDATION"
    before = Invoice.objects.values().get(pk=invoice.pk)
    with pytest.raises(NotCompliant) as refused:
        approval.approve(invoice=invoice, by=approver)
    assert [finding["rule"] for finding in refused.value.report["findings"]] == ["BR-02", "BR-16"]
    assert Invoice.objects.values().get(pk=invoice.pk) == before


def test_data_that_breaks_a_rule_is_refused_with_the_field_to_fix(space, approver):
    line = dataclasses.replace(entered().lines[0], vat_category="E", vat_rate=Decimal(0))
    invoice = saved(scan(space), approver, lines=(line,))  # exempt, without the reason that BR-E-10 demands
    with pytest.raises(NotCompliant) as refused:
        approval.approve(invoice=invoice, by=approver)
    assert "BR-E-10" in [finding["rule"] for finding in refused.value.report["findings"]]
    assert not Event.objects.filter(invoice=invoice, verb="approved").exists()


def test_two_people_approving_at_once_one_succeeds_and_the_other_sees_who(space, approver):
    invoice = saved(scan(space), approver)
    colleague = world.member(space, "PR", email="colleague@janssens.example")
    approval.approve(invoice=invoice, by=approver, version=invoice.version)
    stale = Invoice(
        **{
            field.attname: getattr(invoice, field.attname)
            for field in Invoice._meta.concrete_fields
            if not field.generated
        }
    )
    stale.space = space
    with pytest.raises(ChangedMeanwhile) as refused:
        approval.approve(invoice=stale, by=colleague, version=stale.version)
    assert refused.value.event.actor == approver
    assert invoice.events.filter(verb="approved").count() == 1


def test_a_second_approval_is_refused(space, approver):
    invoice = approval.approve(invoice=saved(scan(space), approver), by=approver)
    with pytest.raises(NotPossible):
        approval.approve(invoice=invoice, by=approver)


def test_approved_data_can_not_be_changed(space, approver):
    invoice = approval.approve(invoice=saved(scan(space), approver), by=approver)
    with pytest.raises(NotPossible):
        saved(invoice, approver, number="OTHER")


@pytest.mark.parametrize("role", ["ADM", "PA", "SR", "SA", "FR", "AUD"])
def test_only_the_purchase_responsible_approves_a_purchase(space, approver, role):
    invoice = saved(scan(space), approver)
    with pytest.raises(NotAllowed):
        approval.approve(invoice=invoice, by=world.member(space, role))
    assert not Invoice.objects.get(pk=invoice.pk).is_released


def test_an_accountant_does_not_approve_for_the_client(space, approver):
    office = world.partner()
    world.engaged(space, office)
    invoice = saved(scan(space), approver)
    with pytest.raises(NotAllowed):
        approval.approve(invoice=invoice, by=world.member(office))


def test_an_incorrect_e_invoice_is_corrected_by_a_person_and_approved(space, approver):
    document = einvoices.document()
    wrong = dataclasses.replace(document, payable=document.payable + 1)
    invoice = world.received(space, einvoicing.write(wrong))
    with pytest.raises(NotCompliant):
        approval.approve(invoice=invoice, by=approver)
    invoice = approval.save(invoice=invoice, document=invoice.document, by=approver, version=invoice.version)
    invoice = approval.approve(invoice=invoice, by=approver)
    assert (invoice.payable, invoice.is_released) == (document.payable, True)
    assert invoice.attachment(Attachment.Role.ORIGINAL).load() == einvoicing.write(wrong)


def test_a_correct_e_invoice_that_waited_for_a_person_is_released_as_it_came(space, approver):
    space.auto_approve = "never"
    space.save()
    data = einvoices.invoice_bytes()
    invoice = approval.approve(invoice=world.received(space, data), by=approver)
    assert invoice.content_sha256 == invoice.original_sha256
    assert invoice.attachment(Attachment.Role.E_INVOICE) is None


def test_a_sales_document_that_no_way_leads_to_its_customer_is_approved_as_already_delivered_elsewhere(space):
    seller = world.member(space, "SR")
    data = einvoices.invoice_bytes(seller=einvoices.BUYER, buyer=dataclasses.replace(einvoices.SELLER, email=None))
    invoice = world.received(space, data, direction="sales")
    with pytest.raises(NotPossible, match="no way to send it yet"):
        approval.approve(invoice=invoice, by=seller)
    invoice = approval.approve(invoice=invoice, by=seller, delivered_elsewhere=True)
    assert (*statuses(invoice), invoice.delivery_status) == ("VALIDATED", "UNPAID", "READY_TO_PROCESS", "SENT")


def test_while_the_rules_are_away_nothing_is_approved_and_saving_still_works(space, approver, monkeypatch):
    invoice = scan(space)

    def away(*_args, **_kwargs):
        raise einvoicing.ValidatorUnavailable("gone")

    monkeypatch.setattr("banqup.einvoicing.begin_validation", away)
    invoice = saved(invoice, approver)
    assert (invoice.document_status, invoice.number) == ("AWAITING_VALIDATION", "2026/04417")
    with pytest.raises(TryLater):
        approval.approve(invoice=invoice, by=approver)
    monkeypatch.undo()
    assert approval.approve(invoice=Invoice.objects.get(pk=invoice.pk), by=approver).is_released


def test_an_approval_that_fails_half_way_leaves_nothing_behind(space, approver, monkeypatch):
    world.integration(space)
    invoice = saved(scan(space), approver)
    before = Invoice.objects.values().get(pk=invoice.pk)

    def breaks(*_args, **_kwargs):
        raise RuntimeError("power cut")

    monkeypatch.setattr("banqup.actions.release.journal.append", breaks)
    with pytest.raises(RuntimeError):
        approval.approve(invoice=invoice, by=approver)
    assert Invoice.objects.values().get(pk=invoice.pk) == before
    assert (Export.objects.count(), invoice.attachments.filter(role="e_invoice").count()) == (0, 0)


def test_an_amount_that_no_ledger_holds_is_not_approved_even_if_the_rules_are_content(space, approver):
    price = Decimal("123456789012345678901234567.00")
    line = einvoices.line(1, quantity=Decimal(1), net_price=price, vat_category="Z", vat_rate=Decimal(0))
    invoice = world.received(space, einvoices.invoice_bytes(lines=(line,)))
    assert [finding["rule"] for finding in invoice.findings if finding["severity"] == "fatal"] == ["BANQUP-AMOUNT"]
    with pytest.raises(NotCompliant):
        approval.approve(invoice=invoice, by=approver)
    assert not Invoice.objects.get(pk=invoice.pk).is_released


def test_a_damaged_original_is_said_and_nothing_changes(space, approver):
    space.auto_approve = "never"
    space.save()
    invoice = world.received(space, einvoices.invoice_bytes())
    with default_storage.open(files.path(space.pk, invoice.original_sha256), "r+b") as stream:
        stream.write(b"X")
    with pytest.raises(NotPossible):
        approval.approve(invoice=invoice, by=approver)
    assert not Invoice.objects.get(pk=invoice.pk).is_released
