"""Send again: to whom, with which warning, and to nobody before approval."""

import pytest

from banqup.exports import outbox
from banqup.exports.models import Export, ExportState
from banqup.exports.outbox import Answer
from banqup.invoices.models import Event
from integrations import registry
from tests.factories import world

from .helpers import e_invoice, fresh, main, messages, page, pushed, url, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _validator(validator):
    """Documents are judged by the real rules."""


NAME = ".//*[@class='integration__name']"


def test_resend_preselects_what_failed_or_is_missing(an, space):
    failing, fine = world.integration(space, name="Failing"), world.integration(space, name="Fine")
    invoice = e_invoice(space)
    pushed(invoice, failing, outbox.settle_failed, Answer("permanent", "No."))
    pushed(invoice, fine, outbox.settle_delivered, Answer("delivered", "ok"))
    late = world.integration(space, name="Late", connector="webhook")

    dialog = page(an.get(url("purchase_resend", space, invoice.pk)))

    boxes = {
        box.get("aria-label"): box.get("checked") is not None for box in dialog.xpath("//input[@name='integration']")
    }
    assert boxes == {"Failing": True, "Fine": False, "Late": True}
    assert late.pk


def test_resend_queues_one_export_per_choice_and_changes_no_status(an, space):
    folder = world.integration(space, name="Folder")
    world.integration(space, name="Other")
    invoice = e_invoice(space)
    pushed(invoice, folder, outbox.settle_failed, Answer("permanent", "No."))
    before = (fresh(invoice).general_status, fresh(invoice).accounting_status)

    response = an.post(url("purchase_resend", space, invoice.pk), {"integration": [folder.pk]}, follow=True)

    sent = Export.objects.filter(integration=folder).order_by("sequence").values_list("sequence", "state")
    assert list(sent) == [(1, ExportState.FAILED), (2, ExportState.QUEUED)]
    assert messages(response) == ["Sent again to Folder. Status and bookkeeping do not change."]
    assert (fresh(invoice).general_status, fresh(invoice).accounting_status) == before


def test_a_second_copy_is_warned_of_only_where_it_may_arise(an, space):
    folder, webhook = world.integration(space, name="Folder"), world.integration(space, name="ERP", connector="webhook")
    invoice = e_invoice(space)
    for integration in (folder, webhook):
        pushed(invoice, integration, outbox.settle_delivered, Answer("delivered", "ok"))

    dialog = page(an.get(url("purchase_resend", space, invoice.pk)))

    warned = {
        words(name)
        for name in dialog.xpath("//div[@class='integration'][.//*[contains(@class, 'finding--warning')]]" + NAME[1:])
    }
    assert warned == {
        integration.name for integration in (folder, webhook) if not registry.get(integration.connector).can_update
    }


@pytest.mark.parametrize("chosen", [[], [987654]])
def test_resend_of_nothing_or_of_a_foreign_integration_is_refused(an, space, delivered, chosen):
    response = an.post(url("purchase_resend", space, delivered.pk), {"integration": chosen})

    assert response.status_code == 422
    assert Event.objects.filter(invoice=delivered, verb="export_requested").count() == 0


def test_nothing_is_resent_before_approval(an, space, waiting):
    folder = world.integration(space)

    response = an.post(url("purchase_resend", space, waiting.pk), {"integration": [folder.pk]})

    assert (response.status_code, Export.objects.count()) == (422, 0)
    assert "No integration receives it before approval." in words(main(response))


def test_a_reader_resends_nothing(browser_with, space, delivered):
    folder = world.integration(space)

    response = browser_with("AUD").post(url("purchase_resend", space, delivered.pk), {"integration": [folder.pk]})

    assert (response.status_code, Export.objects.count()) == (403, 0)
