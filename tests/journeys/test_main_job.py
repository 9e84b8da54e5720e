"""The main job in the browser, with a real worker: a document comes in, is approved, and reaches both sides."""

import re

from playwright.sync_api import expect

from banqup import einvoicing
from banqup.invoices.models import Invoice
from business_space.demo import paper
from tests.factories import einvoices

from .conftest import files_in, kept


def test_a_pdf_is_read_saved_approved_delivered_to_both_sides_and_processed(
    bakery, sign_in, sink, celery_worker_process, eventually, tmp_path
):
    document = einvoices.document(number="2026/04417")
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(paper.pdf(document))
    an = sign_in(bakery.an)

    # Upload: it becomes a document that waits.
    page = an.go(f"/s/{bakery.space.slug}/purchase/upload/")
    page.set_input_files("input[type=file]", str(scan))
    if page.get_by_role("button", name="Upload").count():
        page.get_by_role("button", name="Upload").first.click()
    eventually(lambda: Invoice.objects.filter(being_read=False).exists())
    page.get_by_role("link", name=re.compile("scan.pdf|Open|Complete")).first.click()
    expect(page.get_by_text("Awaiting validation").first).to_be_visible()

    # It was read: each value is marked in the picture when its field has the focus. Save: nothing leaves.
    expect(page.locator("[name=number]")).to_have_value("2026/04417")
    expect(page.locator("[name=party_vat_id]")).to_have_value("BE 0401.749.650")
    page.locator("[name=due_date]").focus()
    expect(page.locator('[data-region="BT-9"]')).to_have_attribute("data-lit", "")
    page.locator('[data-region="BT-1"]').click()
    expect(page.locator("[name=number]")).to_be_focused()
    page.get_by_role("button", name=re.compile("^Save")).last.click()
    expect(page.get_by_text("Saved, not approved.").first).to_be_visible()
    invoice = Invoice.objects.get()
    assert (invoice.number, invoice.payable, invoice.general_status) == (
        "2026/04417",
        document.payable,
        "AWAITING_VALIDATION",
    )
    assert (invoice.exports.count(), files_in(bakery.delivered), sink.requests) == (0, [], [])

    # The accountant sees that the client must act.
    sofie = sign_in(bakery.sofie)
    accountant = sofie.go(f"/p/{bakery.office.slug}/documents/?tab=client-action-needed")
    expect(accountant.get_by_role("cell", name="2026/04417", exact=True)).to_be_visible()

    # Approve: Unpaid, and delivered to the business's folder and the accountant's webhook.
    page.get_by_role("button", name=re.compile("^Approve")).first.click()
    expect(page.get_by_text("Approved.").first).to_be_visible()
    eventually(lambda: len(files_in(bakery.delivered)) == 2 and len(sink.documents) == 1, 120)
    assert {path.suffix for path in files_in(bakery.delivered)} == {".pdf", ".xml"}
    xml = next(path for path in files_in(bakery.delivered) if path.suffix == ".xml")
    assert einvoicing.read(xml.read_bytes()).payable == document.payable
    assert [data["number"] for data in kept(sink)] == ["2026/04417"]
    page = an.go(f"/s/{bakery.space.slug}/purchase/{invoice.pk}/")
    expect(page.get_by_text("Unpaid").first).to_be_visible()
    expect(page.get_by_text("2 of 2 destinations have it")).to_be_visible()

    # The accountant marks it as processed.
    accountant = sofie.go(f"/p/{bakery.office.slug}/documents/")
    accountant.get_by_role("link", name=re.compile("Molens De Ster")).first.click()
    accountant.get_by_role("button", name=re.compile("^Mark as processed")).first.click()
    eventually(lambda: Invoice.objects.get().accounting_status == "PROCESSED")
    accountant = sofie.go(f"/p/{bakery.office.slug}/documents/?tab=processed")
    expect(accountant.get_by_role("cell", name="2026/04417", exact=True)).to_be_visible()


def test_an_e_invoice_arrives_and_is_approved_and_delivered_untouched(
    bakery, sign_in, sink, celery_worker_process, eventually, live_server
):
    import httpx

    from banqup.spaces.models import InboundAddress

    _address, token = InboundAddress.issue(space=bakery.space, name="Access point", by=bakery.an)
    data = einvoices.invoice_bytes(number="PEPPOL-1")
    answer = httpx.post(
        f"{live_server.url}/inbound/{token}/", content=data, headers={"X-Message-Id": "m-1"}, timeout=30
    )
    assert answer.status_code in (200, 202)
    eventually(lambda: len(files_in(bakery.delivered)) >= 1 and len(sink.documents) == 1, 120)
    assert [path.read_bytes() for path in files_in(bakery.delivered) if path.suffix == ".xml"] == [data]
    invoice = Invoice.objects.get()
    assert (invoice.general_status, invoice.accounting_status) == ("UNPAID", "READY_TO_PROCESS")
    page = sign_in(bakery.an).go(f"/s/{bakery.space.slug}/purchase/{invoice.pk}/")
    expect(page.get_by_text("Approved automatically").first).to_be_visible()
    expect(page.get_by_text("2 of 2 destinations have it")).to_be_visible()


def test_an_extension_is_set_up_tested_and_switched_on_in_the_browser(bakery, sign_in, eventually):
    from banqup.exports.models import Integration

    an = sign_in(bakery.an)
    page = an.go(f"/s/{bakery.space.slug}/settings/extensions/add/folder/")
    page.locator("[name=folder]").fill("archive")
    page.get_by_role("button", name=re.compile("^(Save|Add|Continue)")).last.click()
    page.get_by_role("button", name=re.compile("^(Run the test|Test|Run again)")).first.click()
    page.get_by_role("button", name=re.compile("^Activate")).first.click()
    added = eventually(lambda: Integration.objects.filter(config__folder="archive", is_active=True).first())
    assert (added.state, added.space, added.engagement) == ("active", bakery.space, None)


def test_the_lists_work_without_javascript(bakery, browser, live_server):
    from tests.factories import world

    world.received(bakery.space, einvoices.invoice_bytes(number="NO-SCRIPT-1"))
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(live_server.url + "/account/login/")
    page.get_by_label("Email").fill(bakery.sofie.email)
    page.get_by_label("Password", exact=True).fill(world.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto(f"{live_server.url}/p/{bakery.office.slug}/documents/")
    page.locator("input[type=checkbox][name=ids]").first.check()
    page.get_by_role("button", name=re.compile("^Mark as processed")).first.click()
    assert Invoice.objects.get().accounting_status == "PROCESSED"
    page.get_by_role("button", name=re.compile("Undo")).first.click()
    assert Invoice.objects.get().accounting_status == "READY_TO_PROCESS"
    context.close()
