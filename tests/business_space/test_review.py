"""The review desk: complete, save, approve; what is refused comes back with everything that was typed."""

import pytest

from banqup.actions import approval
from banqup.exports.models import Export
from banqup.invoices.models import Attachment, Event
from banqup.invoices.statuses import DocumentStatus, GeneralStatus
from tests.factories import world

from .helpers import TYPED, e_invoice, form_of, fresh, main, messages, page, url, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _validator(validator):
    """Documents are judged by the real rules."""


def entered(client, space, invoice, **changes) -> dict:
    return {**form_of(client.get(url("purchase_detail", space, invoice.pk))), **changes}


def facts(invoice):
    """What must not change when something is refused."""
    invoice = fresh(invoice)
    return (
        invoice.document_status,
        invoice.general_status,
        invoice.version,
        invoice.released_at,
        invoice.data,
        Export.objects.filter(invoice=invoice).count(),
        Event.objects.filter(invoice=invoice).count(),
    )


def test_a_scan_is_completed_saved_and_not_released(an, space, scan):
    world.integration(space)

    response = an.post(url("purchase_save", space, scan.pk), entered(an, space, scan, **TYPED), follow=True)

    saved = fresh(scan)
    assert response.redirect_chain == [(url("purchase_detail", space, scan.pk), 303)]
    assert messages(response) == ["Saved, not approved."]
    assert (saved.document_status, saved.error_count, str(saved.payable)) == (DocumentStatus.VALIDATED, 0, "375.10")
    assert (saved.released_at, Export.objects.count()) == (None, 0)
    assert (saved.counterparty_name, saved.counterparty.vat_id) == ("Van Hecke Verpakking NV", "BE0417823441")


def test_saving_tells_what_the_accountant_sees(an, space, scan):
    world.engaged(space, world.partner())

    response = an.post(url("purchase_save", space, scan.pk), entered(an, space, scan, **TYPED), follow=True)

    assert messages(response) == ["Saved, not approved. Your accountant sees Client action needed until you approve."]


def test_what_is_missing_stands_on_top_and_at_its_field(an, space, scan):
    data = entered(an, space, scan, **{**TYPED, "number": "", "lines-0-vat": ""})

    response = an.post(url("purchase_save", space, scan.pk), data, follow=True)

    (summary,) = page(response).xpath("//*[@id='error-summary']")
    links = {words(link): link.get("href") for link in summary.xpath(".//a")}
    assert links == {
        "Enter the invoice number. (BR-02)": "#id_number",
        "Line 1: choose the VAT. (BR-CO-04)": "#id_lines-0-vat",
    }
    assert words(page(response).get_element_by_id("id_number_finding_1")) == "Enter the invoice number. (BR-02)"


def test_approving_an_untouched_e_invoice_keeps_its_bytes(an, space, waiting):
    original = waiting.attachment(Attachment.Role.ORIGINAL).sha256

    response = an.post(url("purchase_approve", space, waiting.pk), entered(an, space, waiting), follow=True)

    approved = fresh(waiting)
    assert (approved.general_status, approved.content_sha256) == (GeneralStatus.UNPAID, original)
    assert response.redirect_chain[-1][0] == url("purchase_list", space)
    assert messages(response) == [
        f"Molens De Ster NV 2026-0042 approved. Unpaid, EUR {approved.payable} due 1 Apr 2026. "
        "No integration is active."
    ]


def test_approving_sends_to_both_sides_and_says_so(an, space, waiting):
    engagement = world.engaged(space, world.partner())
    world.integration(space, name="Folder")
    world.integration(space, name="Office folder", engagement=engagement)

    response = an.post(url("purchase_approve", space, waiting.pk), entered(an, space, waiting), follow=True)

    assert sorted(Export.objects.values_list("integration__name", flat=True)) == ["Folder", "Office folder"]
    assert messages(response)[0].endswith("Being sent to Folder, Office folder.")


def test_what_will_happen_is_said_before_the_click(an, space, waiting):
    engagement = world.engaged(space, world.partner())
    world.integration(space, name="Folder")
    broken = world.integration(space, name="Office folder", engagement=engagement)
    broken.attention = "Its disk is full."
    broken.save()

    (outcome,) = page(an.get(url("purchase_detail", space, waiting.pk))).xpath("//*[contains(@class, 'outcome')]")

    assert words(outcome) == (
        "What will happen when you approve Becomes a compliant e-invoice. The original is kept. "
        f"Status becomes Unpaid EUR {waiting.payable}, due 1 Apr 2026 Delvaux Accountants sees Ready to process "
        "Sent to Folder. Office folder waits: Its disk is full.. "
        "You can withdraw the approval until the first of them has it. After that: dispute or refuse."
    )


def test_approve_saves_what_was_changed_first(an, space, waiting):
    data = entered(an, space, waiting, buyer_reference="Bakery 3")

    an.post(url("purchase_approve", space, waiting.pk), data)

    approved = fresh(waiting)
    assert (approved.document_status, approved.document.buyer_reference) == (DocumentStatus.FULLY_APPROVED, "Bakery 3")
    assert list(approved.events.order_by("id").values_list("verb", flat=True)) == ["received", "saved", "approved"]


def test_a_scan_becomes_a_compliant_e_invoice(an, space, scan):
    an.post(url("purchase_save", space, scan.pk), entered(an, space, scan, **TYPED))

    an.post(url("purchase_approve", space, scan.pk), entered(an, space, scan))

    approved = fresh(scan)
    roles = list(approved.attachments.values_list("role", flat=True))
    assert (approved.general_status, roles) == (
        GeneralStatus.UNPAID,
        [Attachment.Role.ORIGINAL, Attachment.Role.E_INVOICE],
    )


def test_money_that_came_before_approval_makes_it_fully_paid(an, space, waiting):
    data = {"amount": str(waiting.payable), "paid_on": "3/3/2026", "method": "transfer", "version": waiting.version}
    an.post(url("purchase_payment", space, waiting.pk), data)
    assert fresh(waiting).general_status == GeneralStatus.AWAITING_VALIDATION

    an.post(url("purchase_approve", space, waiting.pk), entered(an, space, waiting))

    assert fresh(waiting).general_status == GeneralStatus.FULLY_PAID


def test_data_that_is_not_compliant_is_kept_and_nothing_is_released(an, space, waiting):
    world.integration(space)
    data = entered(an, space, waiting, **{"lines-0-net_price": ""})

    response = an.post(url("purchase_approve", space, waiting.pk), data)

    kept = fresh(waiting)
    assert response.status_code == 422
    assert "Line 1: enter the price of one unit, without VAT. (BR-26)" in words(main(response))
    assert (kept.document_status, kept.released_at) == (DocumentStatus.AWAITING_VALIDATION, None)
    assert Export.objects.count() == 0
    assert form_of(response)["lines-0-net_price"] == ""
    assert form_of(response)["version"] == str(kept.version)


def test_an_entry_that_is_no_number_changes_nothing_and_stays_in_its_field(an, space, waiting):
    before = facts(waiting)
    data = entered(an, space, waiting, **{"lines-0-quantity": "ten", "due_date": "31/2", "number": "typed"})

    for name in ("purchase_save", "purchase_approve"):
        response = an.post(url(name, space, waiting.pk), data)

        assert response.status_code == 422
        assert {key: form_of(response)[key] for key in ("lines-0-quantity", "due_date", "number")} == {
            "lines-0-quantity": "ten",
            "due_date": "31/2",
            "number": "typed",
        }
        assert facts(waiting) == before


@pytest.mark.parametrize("name", ["purchase_save", "purchase_approve"])
def test_a_change_by_somebody_else_is_told_and_nothing_is_lost(an, space, waiting, name):
    data = entered(an, space, waiting, number="mine")
    tom = world.member(space, "PR", person=world.user("tom@janssens.example", "Tom Wouters"))
    approval.save(invoice=waiting, document=waiting.document, by=tom, version=waiting.version)
    before = facts(waiting)

    response = an.post(url(name, space, waiting.pk), data)

    (banner,) = page(response).xpath("//form[@id='document-form']//*[contains(@class, 'banner--danger')]")
    assert response.status_code == 409
    assert words(banner) == "Tom Wouters changed this invoice 1 second ago. Nothing of yours was applied. Look again"
    assert form_of(response)["number"] == "mine"
    assert facts(waiting) == before


def test_a_forged_approval_without_version_changes_nothing(an, space, waiting):
    before = facts(waiting)

    an.post(url("purchase_approve", space, waiting.pk), {})

    assert facts(waiting) == before


def test_approving_twice_releases_once(an, space, waiting):
    world.integration(space)
    data = entered(an, space, waiting)

    an.post(url("purchase_approve", space, waiting.pk), data)
    again = an.post(url("purchase_approve", space, waiting.pk), data, follow=True)

    assert messages(again)[-1] == "Molens De Ster NV 2026-0042 is not waiting for approval any more."
    assert Export.objects.count() == 1


def test_after_approval_the_next_document_opens(an, space, waiting):
    later = e_invoice(space, number="2026-0043", issue_date=waiting.issue_date.replace(day=20))

    response = an.post(url("purchase_approve", space, waiting.pk), entered(an, space, waiting))

    assert response["Location"] == url("purchase_detail", space, later.pk)


def test_the_desk_knows_its_place_in_the_queue(an, space, waiting):
    later = e_invoice(space, number="2026-0043", issue_date=waiting.issue_date.replace(day=20))

    position = an.get(url("purchase_detail", space, later.pk)).context["position"]

    assert (position.number, position.total, position.previous, position.following) == (
        2,
        2,
        url("purchase_detail", space, waiting.pk),
        "",
    )


def test_an_assistant_may_save_but_not_approve(browser_with, space, waiting):
    assistant = browser_with("PA")
    data = entered(assistant, space, waiting)
    before = facts(waiting)

    shown = words(main(assistant.get(url("purchase_detail", space, waiting.pk))))
    response = assistant.post(url("purchase_approve", space, waiting.pk), data)

    assert "This needs the role purchase responsible." in shown
    assert response.status_code == 403
    assert "You may not approve purchase documents here." in words(main(response))
    assert facts(waiting) == before


def test_a_reader_may_change_nothing(browser_with, space, waiting):
    reader = browser_with("AUD")
    data, before = entered(reader, space, waiting), facts(waiting)

    answers = [
        reader.post(url(name, space, waiting.pk), data).status_code for name in ("purchase_save", "purchase_approve")
    ]

    assert answers == [403, 403]
    assert facts(waiting) == before


def test_a_stranger_finds_nothing(stranger, space, waiting):
    names = ["purchase_detail", "purchase_document", "purchase_attempts", "purchase_resend", "purchase_payment"]
    before = facts(waiting)

    assert {stranger.get(url(name, space, waiting.pk)).status_code for name in names} == {404}
    assert {
        stranger.post(url(name, space, waiting.pk)).status_code for name in ("purchase_save", "purchase_approve")
    } == {404}
    assert facts(waiting) == before


def test_a_document_of_another_space_is_not_found_under_ones_own_address(stranger, waiting):
    own = world.Space.objects.get(slug="elsewhere")

    assert stranger.get(url("purchase_detail", own, waiting.pk)).status_code == 404


def test_a_purchase_document_is_not_found_among_sales(an, space, waiting):
    assert an.get(url("sales_detail", space, waiting.pk)).status_code == 404
