"""The recycle bin: delete what was never approved, see it there, bring it back."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from banqup.actions import disputes, recycle
from banqup.invoices.models import Invoice
from banqup.spaces.models import User
from tests.factories import world

from . import helpers
from .helpers import fresh, main, messages, page, rows, url, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _validator(validator):
    """Documents are judged by the real rules."""


@pytest.fixture
def person(an):
    return User.objects.get(email="an@janssens.example")


@pytest.fixture
def deleted(scan, person):
    return recycle.delete(invoice=scan, by=person)


def delete(browser, space, invoice, **data):
    return browser.post(
        url("purchase_delete", space, invoice.pk), {"version": fresh(invoice).version, **data}, follow=True
    )


def test_a_document_is_deleted_and_the_message_brings_it_back(an, space, scan):
    dialog = an.get(url("purchase_delete", space, scan.pk))
    assert "It goes to the recycle bin. Its file is kept, and you can restore it." in words(main(dialog))

    response = delete(an, space, scan)

    assert response.redirect_chain == [(url("purchase_list", space), 303)]
    assert messages(response) == ["scan.pdf is in the recycle bin."]
    assert rows(response) == []
    (undo,) = page(response).xpath("//*[@data-undo-bar]//form/@action")
    response = an.post(undo, follow=True)

    assert messages(response)[-1] == "scan.pdf is restored."
    assert fresh(scan).deleted_at is None
    assert "An restored it from the recycle bin" in words(main(response))
    assert "An moved it to the recycle bin" in words(main(response))


def test_the_bin_lists_what_was_deleted_and_restores_it(an, space, deleted):
    listed = an.get(url("purchase_list", space))
    (link,) = page(listed).xpath("//a[normalize-space()='Recycle bin']/@href")

    shown = an.get(link)

    ((name, number, side, total, when, button),) = rows(shown)
    assert (name, number, side, total, button) == ("scan.pdf", "–", "Purchase", "–", "Restore")
    assert when.startswith("today, ") and when.endswith(" · An")
    (restore,) = page(shown).xpath("//tr[@data-row]//form/@action")
    response = an.post(restore)
    assert (response.status_code, response["Location"]) == (303, deleted.get_absolute_url())
    assert "The recycle bin is empty" in words(main(an.get(link)))


def test_a_deleted_document_says_where_it_is_and_offers_only_to_restore_it(an, space, deleted):
    shown = an.get(deleted.get_absolute_url())

    assert page(shown).xpath("//form[@id='document-form']") == []
    assert "In the recycle bin An, today, " in words(main(shown))
    assert page(shown).xpath("//main//button[contains(@class, 'button--primary')]/ancestor::form/@action") == [
        url("purchase_restore", space, deleted.pk)
    ]
    assert not page(shown).xpath("//main//*[contains(normalize-space(), 'Mark as paid')][self::a or self::button]")


def test_after_a_deletion_the_next_document_opens(an, space, scan):
    later = helpers.scan(space, number="2026-0044")

    response = an.post(url("purchase_delete", space, scan.pk), {"version": scan.version})

    assert response["Location"] == url("purchase_detail", space, later.pk)


def test_what_came_over_a_network_or_was_decided_is_not_deleted(an, space, waiting, scan, person):
    disputed = disputes.dispute(invoice=scan, reason="price", by=person)

    shown = words(main(an.get(url("purchase_delete", space, waiting.pk))))
    codes = [delete(an, space, invoice).status_code for invoice in (waiting, disputed)]

    assert "It came over a network, and its sender knows that you have it. Refuse it instead." in shown
    assert codes == [409, 409]
    assert not Invoice.objects.exclude(deleted_at=None).exists()


def test_a_document_that_changed_meanwhile_is_not_deleted(an, space, scan):
    response = delete(an, space, scan, version=scan.version + 1)

    assert response.status_code == 409
    assert fresh(scan).deleted_at is None


def test_what_came_in_again_is_not_restored_beside_its_twin(an, space, deleted):
    data = deleted.attachments.get(role="original").load()
    world.received(space, data, filename="scan.pdf", channel="browser")

    response = an.post(url("purchase_restore", space, deleted.pk), follow=True)

    assert response.redirect_chain[-1][0] == url("recycle_bin", space)
    assert messages(response) == ["The same file came in again meanwhile: scan.pdf can't be restored beside it."]
    assert fresh(deleted).deleted_at is not None


def test_what_is_not_in_the_bin_is_not_restored(an, space, scan):
    response = an.post(url("purchase_restore", space, scan.pk), follow=True)

    assert messages(response) == ["scan.pdf is not in the recycle bin."]


def test_an_assistant_sees_the_bin_but_neither_deletes_nor_restores(browser_with, space, deleted):
    assistant, other = browser_with("PA"), helpers.scan(space, number="2026-0044")

    codes = [
        assistant.post(url("purchase_delete", space, other.pk), {"version": other.version}).status_code,
        assistant.post(url("purchase_restore", space, deleted.pk)).status_code,
    ]
    shown = assistant.get(url("recycle_bin", space))

    assert codes == [403, 403]
    assert page(shown).xpath("//tr[@data-row]//button/@aria-disabled") == ["true"]
    assert "This needs the role purchase responsible." in words(main(shown))


def test_strangers_find_neither_bin_nor_way_back(stranger, space, deleted):
    codes = [
        stranger.get(url("recycle_bin", space)).status_code,
        stranger.post(url("purchase_restore", space, deleted.pk)).status_code,
        stranger.post(url("purchase_delete", space, deleted.pk)).status_code,
    ]
    own = world.Space.objects.get(slug="elsewhere")

    assert codes == [404, 404, 404]
    assert rows(stranger.get(url("recycle_bin", own))) == []
    assert fresh(deleted).deleted_at is not None


def test_restoring_needs_a_post(an, space, deleted):
    assert an.get(url("purchase_restore", space, deleted.pk)).status_code == 405
    assert fresh(deleted).deleted_at is not None


def test_a_full_bin_asks_no_more_than_a_nearly_empty_one(an, browser_with, space, deleted, person):
    def queries(browser):
        browser.get(url("recycle_bin", space))
        with CaptureQueriesContext(
            connection,
        ) as asked:
            browser.get(url("recycle_bin", space))
        return len(asked)

    reader = browser_with("AUD")
    before = queries(an), queries(reader)
    for number in range(3):
        recycle.delete(invoice=helpers.scan(space, number=f"S-{number}"), by=person)

    assert (queries(an), queries(reader)) == before
