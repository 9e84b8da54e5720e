"""The business's Dropbox and its accountant's Yuki get the same document; Yuki fails, and only Yuki is repaired."""

import pytest
from django.core.cache import cache
from playwright.sync_api import expect

from banqup.exports.models import ExportAttempt
from tests.factories import einvoices, world
from tests.fakes.dropbox import Dropbox
from tests.fakes.server import status
from tests.fakes.yuki import ADMINISTRATION, KEY, Yuki
from tests.integrations import helpers
from tests.integrations.yuki.destination import FAULT


@pytest.fixture
def there(settings, monkeypatch):
    """Both destinations."""

    class There:
        pass

    cache.clear()
    with Dropbox() as There.dropbox, Yuki() as There.yuki:
        settings.BANQUP_BASE_URLS = {**There.dropbox.base_urls, "yuki.be": There.yuki.url}
        named = ",".join(f"{name}={url}" for name, url in settings.BANQUP_BASE_URLS.items())
        monkeypatch.setenv("BANQUP_BASE_URLS", named)  # of the worker's process
        yield There


def tries(to) -> list[str]:
    return list(ExportAttempt.objects.filter(export__integration=to).order_by("pk").values_list("outcome", flat=True))


def test_one_document_in_dropbox_and_yuki_each_with_its_own_fate(
    bakery, sign_in, there, celery_worker_process, eventually
):
    ours = helpers.integration(bakery.space, "dropbox", name="Our Dropbox")
    helpers.consented(ours, there.dropbox.consent)
    where = {"country": "be", "administration": ADMINISTRATION, "mode": "documents", "domain": ""}
    theirs = helpers.integration(
        bakery.space,
        "yuki",
        name="Office Yuki",
        config=where,
        secrets={"access_key": KEY},
        engagement=bakery.engagement,
    )
    full = FAULT.replace(b"No.", b"The file does not fit into the archive any more")
    there.yuki.next(status(500, full), when=lambda request: b"UploadDocument" in request.body)

    # One document, approved on arrival: Dropbox has it, Yuki refuses it and says why.
    invoice = world.received(bakery.space, einvoices.invoice_bytes(number="BOTH-1"), filename="both.xml")
    eventually(lambda: invoice.exports.get(integration=ours).state == "delivered", 120)
    eventually(lambda: invoice.exports.get(integration=theirs).state == "failed", 120)
    page = sign_in(bakery.an).go(f"/s/{bakery.space.slug}/purchase/{invoice.pk}/")
    in_dropbox = page.locator(".integration", has_text="Our Dropbox")
    in_yuki = page.locator(".integration", has_text="Office Yuki")
    expect(in_dropbox).to_contain_text("Delivered")
    expect(in_yuki).to_contain_text("Failed")
    before = (dict(there.dropbox.files), len(there.dropbox.requests))
    sent = sorted(file.load() for file in invoice.attachments.all())
    assert (sorted(before[0].values()), there.yuki.kept) == (sent, [])

    # The accountant reads what Yuki said, makes room there, and sends it again.
    office = sign_in(bakery.sofie).go(f"/p/{bakery.office.slug}/documents/{invoice.pk}/")
    row = office.locator(".integration", has_text="Office Yuki")
    expect(row).to_contain_text("Yuki does not take the document: “The file does not fit into the archive any more”.")
    row.get_by_role("link").or_(row.get_by_role("button")).first.click()
    office.locator("dialog[open]").get_by_role("button", name="Send to the chosen ones").click()
    eventually(lambda: len(there.yuki.kept) == 1, 120)
    eventually(lambda: invoice.exports.filter(integration=theirs).latest("sequence").state == "delivered")

    # Yuki has it once; Dropbox was not asked anything meanwhile.
    assert sorted(there.yuki.kept[0].files.values()) == sent
    assert (dict(there.dropbox.files), len(there.dropbox.requests)) == before
    assert (tries(ours), tries(theirs)) == (["delivered"], ["permanent", "delivered"])
    page.reload()
    expect(in_dropbox).to_contain_text("Delivered")
    expect(in_yuki).to_contain_text("Delivered")
    expect(page.get_by_text("4 of 4 destinations have it")).to_be_visible()
