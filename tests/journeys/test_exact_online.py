"""The accountant connects Exact Online, maps, looks at a dry run; the client approves; the booking stands there."""

import base64
import re

import pytest
from playwright.sync_api import expect

from banqup import einvoicing
from banqup.exports.models import OAuthApp
from banqup.invoices.models import Invoice
from business_space.demo import paper
from tests.factories import einvoices, world
from tests.fakes.exact_online import ExactOnline


@pytest.fixture
def exact(settings, live_server, monkeypatch):
    with ExactOnline() as running:
        settings.BANQUP_BASE_URLS = {"exact_online.be": running.url}
        monkeypatch.setenv("BANQUP_BASE_URLS", f"exact_online.be={running.url}")  # of the worker's process
        settings.BANQUP_PUBLIC_URL = live_server.url
        yield running


def test_from_consent_to_a_booking_with_its_files(bakery, sign_in, exact, start_worker, eventually, tmp_path):
    app = OAuthApp(name="exact_online.be", client_id=exact.consent.client_id)
    app.keep_secret(exact.consent.client_secret)
    app.save()
    world.received(bakery.space, einvoices.invoice_bytes(number="EARLIER-1"))  # correct, so approved on arrival
    start_worker()
    sofie, an = sign_in(bakery.sofie), sign_in(bakery.an)

    # Connect: off to the destination's own sign-in, and back.
    page = sofie.go(f"/p/{bakery.office.slug}/clients/{bakery.space.pk}/integrations/add/exact_online/")
    page.get_by_label("What happens there").select_option("booking")
    page.get_by_role("button", name=re.compile("^(Save|Add|Continue)")).last.click()
    page.get_by_role("button", name="Connect Exact Online").click()
    expect(page.get_by_text("Connected as Sofie Delvaux. Test it now.").first).to_be_visible()
    page.get_by_label("Administration").select_option(label="Bakkerij Janssens BV (123456)")
    page.get_by_role("button", name="Save").click()

    # Map: out of the administration's own lists.
    page.get_by_role("link", name="Booking", exact=True).click()
    page.get_by_role("button", name="Fetch again").click()
    expect(page.get_by_text("Fetched: 2 journals, 3 accounts, 4 VAT codes.").first).to_be_visible()
    purchase = page.get_by_role("group", name="Purchase", exact=True)
    purchase.get_by_label("Journal").select_option("60")
    purchase.get_by_label("Usual account").fill("604000")
    for rate, code in (("21", "4"), ("6", "2")):
        purchase.get_by_label(f"Standard rate, {rate} %").select_option(code)
    page.get_by_role("button", name="Save").click()

    # Dry run: the booking, and nothing there.
    page.get_by_role("link", name="Dry run", exact=True).first.click()
    expect(page.get_by_role("heading", name="Invoice EARLIER-1")).to_be_visible()
    expect(page.get_by_role("cell", name="604000 Handelsgoederen").first).to_be_visible()
    assert (exact.documents(), exact.entries()) == ([], [])
    page.get_by_role("link", name="Back", exact=True).click()
    page.get_by_role("button", name="Run the test").first.click()
    page.get_by_role("button", name="Activate").first.click()
    expect(page.get_by_text("Exact Online is active.").first).to_be_visible()

    # Approve: a real worker books it, with the PDF and the e-invoice.
    document = einvoices.document(number="2026/04417")
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(paper.pdf(document))
    page = an.go(f"/s/{bakery.space.slug}/purchase/upload/")
    page.set_input_files("input[type=file]", str(scan))
    page.get_by_role("link", name=re.compile("scan.pdf|Open|Complete")).first.click()
    expect(page.locator("[name=number]")).to_have_value("2026/04417")
    page.get_by_role("button", name=re.compile("^Save")).last.click()
    expect(page.get_by_text("Saved, not approved.").first).to_be_visible()
    page.get_by_role("button", name=re.compile("^Approve")).first.click()
    expect(page.get_by_text("Approved.").first).to_be_visible()
    eventually(lambda: exact.entries(), 120)
    [entry] = exact.entries()
    assert (entry["YourRef"], entry["AmountFC"]) == ("2026/04417", document.payable)
    [stored] = exact.documents()
    files = {one["FileName"]: base64.b64decode(one["Attachment"]) for one in exact.attachments()}
    assert entry["Document"] == stored["ID"]
    invoice = Invoice.objects.get(number="2026/04417")
    assert sorted(files.values()) == sorted(one.load() for one in invoice.attachments.all())
    assert scan.read_bytes() in files.values()
    assert any(einvoicing.read(data).payable == document.payable for data in files.values() if data[:1] == b"<")
    eventually(lambda: not invoice.exports.exclude(state="delivered").exists())

    # Where is it? Both sides see it; the accountant finds it there.
    page = sofie.go(f"/p/{bakery.office.slug}/documents/{invoice.pk}/")
    expect(page.get_by_text(re.compile("Entry 26700001 in journal 60")).first).to_be_visible()
