"""The consent at Dropbox is taken back: documents wait, An is told and connects again, and all arrive once."""

import re

import pytest
from playwright.sync_api import expect

from banqup.exports.models import Export, Integration
from tests.factories import einvoices, world
from tests.fakes.dropbox import Dropbox
from tests.integrations import helpers


@pytest.fixture
def dropbox(settings, live_server, monkeypatch):
    with Dropbox() as running:
        settings.BANQUP_BASE_URLS = running.base_urls
        named = ",".join(f"{name}={url}" for name, url in running.base_urls.items())
        monkeypatch.setenv("BANQUP_BASE_URLS", named)  # of the worker's process
        settings.BANQUP_PUBLIC_URL = live_server.url
        yield running


def arrives(bakery, number: str):
    """A correct e-invoice, approved on arrival."""
    return world.received(bakery.space, einvoices.invoice_bytes(number=number), filename=f"{number}.xml")


def test_documents_wait_for_a_new_consent_and_then_arrive_once(
    bakery, sign_in, dropbox, celery_worker_process, eventually
):
    there = helpers.integration(bakery.space, "dropbox", name="Our Dropbox")
    helpers.consented(there, dropbox.consent)
    ours = there.exports

    # While the consent stands, what is approved arrives.
    first = arrives(bakery, "BEFORE-1")
    eventually(lambda: ours.get(invoice=first).state == "delivered", 120)

    # It is taken back there: what is approved now waits, and says why.
    dropbox.consent.revoke()
    later = [arrives(bakery, f"AFTER-{number}") for number in (1, 2, 3)]
    words = "The consent has ended. Connect again; what waits is sent then."
    eventually(lambda: [row.reason for row in ours.filter(invoice__in=later)] == [words] * 3, 120)
    assert set(ours.filter(invoice__in=later).values_list("state", flat=True)) == {"waiting"}
    page = sign_in(bakery.an).go(f"/s/{bakery.space.slug}/purchase/{later[0].pk}/")
    row = page.locator(".integration", has_text="Our Dropbox")
    expect(row).to_contain_text("It is sent when that is repaired.")

    # An is told once, however many documents wait, and the notice leads to where she repairs it.
    page.goto(page.url.split("/purchase/")[0] + "/notifications/")
    notice = page.get_by_role("main").get_by_role("link", name="Our Dropbox has to be connected again")
    expect(notice).to_have_count(1)
    notice.click()
    expect(page.get_by_text("Documents wait, and are sent once it is connected and tested again.")).to_be_visible()

    # She connects again, and tests it: everything goes out by itself.
    page.get_by_role("button", name=re.compile("^Connect")).first.click()
    expect(page.get_by_text("Connected as person@example.test. Test it now.").first).to_be_visible()
    page.get_by_role("button", name=re.compile("^(Run the test|Test|Run again)")).first.click()
    eventually(lambda: set(ours.values_list("state", flat=True)) == {"delivered"}, 120)

    # Each stands there once, byte for byte as it was approved.
    assert Export.objects.filter(integration=there).count() == 4
    sent = [file.load() for each in (first, *later) for file in each.attachments.all()]
    assert sorted(dropbox.files.values()) == sorted(sent)
    assert Integration.objects.get(pk=there.pk).attention == ""
    page.goto(page.url.split("/settings/")[0] + f"/purchase/{later[0].pk}/")
    expect(row).to_contain_text("AFTER-1")
