"""Send and resend: a person's choice makes a new export with a new key, and moves no status."""

import pytest

from banqup.actions import exports
from banqup.actions.refusals import NotAllowed, NotPossible
from banqup.exports.models import Export
from banqup.invoices.models import Invoice
from tests.factories import einvoices, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def space():
    return world.business()


@pytest.fixture
def person(space):
    return world.member(space, "PR")


def test_a_document_approved_before_an_integration_was_active_is_sent_only_when_asked(space, person):
    invoice = world.received(space, einvoices.invoice_bytes())
    late = world.integration(space)
    assert Export.objects.count() == 0
    exports.resend(invoice=invoice, integrations=[late], by=person)
    assert list(Export.objects.values_list("invoice", "integration", "state", "sequence", "created_by")) == [
        (invoice.pk, late.pk, "queued", 1, person.pk)
    ]


def test_a_resend_has_a_new_key_and_replaces_what_still_waited(space, person):
    integration = world.integration(space)
    invoice = world.received(space, einvoices.invoice_bytes())
    before = Invoice.objects.values(
        "document_status", "general_status", "accounting_status", "released_at", "version"
    ).get()
    exports.resend(invoice=invoice, integrations=[integration.pk], by=person)
    first, second = Export.objects.order_by("sequence")
    assert (first.state, second.state, second.sequence) == ("cancelled", "queued", 2)
    assert first.idempotency_key != second.idempotency_key
    assert Invoice.objects.values(*before).get() == before


def test_nothing_unapproved_is_sent(space, person):
    integration = world.integration(space)
    with pytest.raises(NotPossible):
        exports.resend(invoice=world.received(space, b"unreadable"), integrations=[integration], by=person)
    assert Export.objects.count() == 0


def test_the_accountant_reaches_only_the_accountant_s_side(space):
    office = world.partner()
    theirs = world.integration(space, name="Office", engagement=world.engaged(space, office))
    ours = world.integration(space, name="Ours")
    accountant = world.member(office, "ACC")
    invoice = world.received(space, einvoices.invoice_bytes())
    with pytest.raises(NotPossible):
        exports.resend(invoice=invoice, integrations=[ours], by=accountant)
    sent = exports.resend(invoice=invoice, integrations=[theirs], by=accountant)
    assert [export.integration for export in sent] == [theirs]


@pytest.mark.parametrize("role", ["PA", "SA", "FR", "AUD"])
def test_who_may_not_send(space, role):
    integration = world.integration(space)
    invoice = world.received(space, einvoices.invoice_bytes())
    with pytest.raises(NotAllowed):
        exports.resend(invoice=invoice, integrations=[integration], by=world.member(space, role))
    assert Export.objects.count() == 1
