"""The pages of the decisions: dispute, refuse, resolve, withdraw, the customer's answer, won't be paid, resolved."""

from decimal import Decimal

import pytest

from banqup.actions import approval, bookkeeping, disputes, payments, sales
from banqup.exports import outbox
from banqup.exports.models import Export, ExportState
from banqup.exports.outbox import Answer
from banqup.invoices.models import Event, Invoice
from banqup.invoices.statuses import AccountingStatus, DocumentStatus, GeneralStatus
from banqup.spaces.models import User
from tests.factories import world

from . import helpers
from .helpers import e_invoice, form_of, fresh, main, messages, page, pushed, url, words

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
TELL = "Tell the supplier yourself: it did not come over a network that takes answers."


@pytest.fixture(autouse=True)
def _validator(validator):
    """Documents are judged by the real rules."""


@pytest.fixture
def person(an):
    return User.objects.get(email="an@janssens.example")


@pytest.fixture
def sale(space, person):
    """A released sale that the customer has."""
    return approval.approve(invoice=helpers.sale(space), by=person, delivered_elsewhere=True)


@pytest.fixture
def partly_paid(delivered, person, space):
    return payments.record_payment(invoice=delivered, amount=Decimal("100"), paid_on=space.today(), by=person)


def facts(invoice):
    """What a refused request must leave as it was."""
    row = Invoice.objects.filter(pk=invoice.pk).values("document_status", "version", "deleted_at", "paid").get()
    return row, Event.objects.filter(invoice=invoice).count()


def posted(invoice, **data):
    return {"version": fresh(invoice).version, **data}


def will_happen(response) -> list[str]:
    return [words(line) for line in page(response).xpath("//section[contains(@class, 'outcome')]//li")]


def offered(response) -> list[str]:
    """The labels of every button and menu line of the document's page that leads somewhere."""
    found = main(response).xpath(
        ".//*[contains(@class, 'page-header__actions') or contains(@class, 'pane__actions')]"
        "//*[self::a or self::button][not(@tabindex)]"
    )
    return [words(each.xpath("./span")[0]) for each in found if each.xpath("./span") and not each.get("aria-disabled")]


def banner(response) -> str:
    (found,) = main(response).xpath(".//*[contains(@class, 'objection')][contains(@class, 'banner')]")
    return words(found)


# --- dispute ------------------------------------------------------------------------------------------


def test_a_dispute_says_what_will_happen_then_what_happened(an, space):
    world.engaged(space, world.partner())
    world.integration(space, name="Folder")
    invoice = e_invoice(space)

    dialog = an.get(url("purchase_dispute", space, invoice.pk), headers=HTMX)
    assert will_happen(dialog) == [
        "Status becomes Disputed",
        "Delvaux Accountants sees Disputed – do not pay",
        "It was approved, so what waits still goes to Folder.",
        "Don't pay it until it is settled. A payment that was made is still recorded.",
        TELL,
    ]

    data = posted(invoice, reason="price", note=" Agreed was 0.58 ")
    response = an.post(url("purchase_dispute", space, invoice.pk), data, follow=True)

    assert response.redirect_chain == [(url("purchase_detail", space, invoice.pk), 303)]
    assert messages(response) == [f"Molens De Ster NV 2026-0042 is disputed: Price. {TELL}"]
    assert fresh(invoice).general_status == GeneralStatus.DISPUTED
    assert banner(response).startswith("Disputed: Price An, today, ")
    assert banner(response).endswith(
        "Agreed was 0.58 Next: Settle it with the supplier, then resolve it. Don't pay it meanwhile."
    )
    assert "An disputed it" in words(main(response))


def test_a_dispute_at_the_desk_leads_to_the_next_document(an, space, waiting):
    later = e_invoice(space, number="2026-0043", issue_date=waiting.issue_date.replace(day=20))

    dialog = an.get(url("purchase_dispute", space, waiting.pk))
    response = an.post(url("purchase_dispute", space, waiting.pk), posted(waiting, reason="vat_rate"))

    assert will_happen(dialog)[-1] == "What you typed and did not save is not kept."
    assert (response.status_code, response["Location"]) == (303, url("purchase_detail", space, later.pk))
    assert fresh(waiting).document_status == DocumentStatus.DISPUTED


def test_in_a_dialog_the_answer_is_an_address_to_load(an, space, delivered):
    response = an.post(url("purchase_dispute", space, delivered.pk), posted(delivered, reason="price"), headers=HTMX)

    assert (response.status_code, response["HX-Redirect"]) == (204, delivered.get_absolute_url())


@pytest.mark.parametrize(
    ("name", "data", "field", "complaint"),
    [
        ("purchase_dispute", {}, "id_reason", "This field is required."),
        ("purchase_dispute", {"reason": "nonsense"}, "id_reason", "Select a valid choice."),
        ("purchase_dispute", {"reason": "other", "note": "  "}, "id_note", "Say here what “Other” means."),
        ("purchase_refuse", {"reason": "other"}, "id_note", "Say here what “Other” means."),
        ("purchase_refuse", {"reason": "price", "note": "x" * 2001}, "id_note", "Ensure this value has at most 2000"),
    ],
)
def test_what_is_missing_stands_at_its_field(an, space, delivered, name, data, field, complaint):
    before = facts(delivered)

    for headers in ({}, HTMX):
        response = an.post(url(name, space, delivered.pk), posted(delivered, **data), headers=headers)

        assert response.status_code == 422
        assert words(page(response).get_element_by_id(f"{field}_finding_1")).startswith(complaint)
    assert facts(delivered) == before


# --- refuse -------------------------------------------------------------------------------------------


def test_refusing_a_processed_one_reopens_it_and_cancels_what_waits(an, space):
    office = world.partner()
    world.engaged(space, office)
    folder, webhook = world.integration(space, name="Folder"), world.integration(space, name="Webhook")
    invoice = e_invoice(space)
    pushed(invoice, webhook, outbox.settle_delivered, Answer("delivered", "ok"))
    invoice = bookkeeping.mark_as_processed(invoice=fresh(invoice), by=world.member(office, "ACC"))

    assert will_happen(an.get(url("purchase_refuse", space, invoice.pk))) == [
        "Status becomes Refused",
        "Delvaux Accountants sees Refused – do not book",
        "It was processed: it goes back to To check, so that the booking is undone.",
        "What waits for Folder is cancelled.",
        "Webhook already has it: that copy stays there.",
        TELL,
    ]
    response = an.post(url("purchase_refuse", space, invoice.pk), posted(invoice, reason="recipient"), follow=True)

    refused = fresh(invoice)
    assert messages(response) == [f"Molens De Ster NV 2026-0042 is refused: Incorrect recipient. {TELL}"]
    assert (refused.general_status, refused.accounting_status) == (
        GeneralStatus.REFUSED,
        AccountingStatus.READY_TO_PROCESS,
    )
    assert Export.objects.get(integration=folder).state == ExportState.CANCELLED
    assert "An refused it" in words(main(response))
    assert "Incorrect recipient · It was processed: the booking has to be undone." in words(main(response))


def test_a_partly_paid_one_is_refused_only_when_that_is_confirmed(an, space, partly_paid):
    name = url("purchase_refuse", space, partly_paid.pk)
    assert "EUR 100.00 was paid on it already: ask for it back." in will_happen(an.get(name))
    before = facts(partly_paid)

    response = an.post(name, posted(partly_paid, reason="quality"))

    assert response.status_code == 422
    assert words(page(response).get_element_by_id("id_confirmed_finding_1")) == (
        "EUR 100.00 was paid on it already. Refuse it all the same?"
    )
    assert facts(partly_paid) == before

    an.post(name, posted(partly_paid, reason="quality", confirmed="on"))
    assert fresh(partly_paid).general_status == GeneralStatus.REFUSED


def test_a_fully_paid_one_tells_to_dispute_it_instead(an, space, delivered, person):
    payments.record_payment(invoice=delivered, amount=delivered.payable, paid_on=space.today(), by=person)
    before = facts(delivered)

    dialog = an.get(url("purchase_refuse", space, delivered.pk))
    response = an.post(url("purchase_refuse", space, delivered.pk), posted(delivered, reason="price"))

    assert "It is fully paid: dispute it instead." in words(main(dialog))
    assert page(dialog).xpath("//div[@class='dialog__foot']/button/@aria-disabled") == ["true"]
    assert response.status_code == 409
    assert facts(delivered) == before


# --- resolve ------------------------------------------------------------------------------------------


def test_resolving_a_released_one_sends_nothing_again(an, space, person):
    world.engaged(space, world.partner())
    world.integration(space, name="Folder")
    invoice = disputes.refuse(invoice=e_invoice(space), reason="price", by=person)
    shown = an.get(invoice.get_absolute_url())
    assert page(shown).xpath("//a[contains(@class, 'button--primary')]/@href") == [
        url("purchase_resolve", space, invoice.pk)
    ]

    assert will_happen(an.get(url("purchase_resolve", space, invoice.pk))) == [
        "Status becomes Unpaid",
        "Delvaux Accountants sees no objection any more.",
        "Nothing is sent by itself: Folder can be sent with Resend to integrations.",
    ]
    response = an.post(
        url("purchase_resolve", space, invoice.pk), posted(invoice, note="They credited it"), follow=True
    )

    assert messages(response) == [
        f"Molens De Ster NV 2026-0042 is resolved: Unpaid, EUR {invoice.payable}. Nothing was sent again."
    ]
    assert list(Export.objects.values_list("state", flat=True)) == [ExportState.CANCELLED]
    assert not main(response).xpath(".//*[contains(@class, 'objection')]")


def test_a_note_is_needed_to_resolve(an, space, delivered, person):
    disputed = disputes.dispute(invoice=delivered, reason="price", by=person)
    before = facts(disputed)

    response = an.post(url("purchase_resolve", space, disputed.pk), posted(disputed, note=" "))

    assert response.status_code == 422
    assert page(response).get_element_by_id("id_note_finding_1") is not None
    assert facts(disputed) == before


def test_a_disputed_one_that_was_never_approved_is_read_only_until_it_is_resolved(an, space, waiting, person):
    disputed = disputes.dispute(invoice=waiting, reason="recipient", by=person)

    shown = an.get(disputed.get_absolute_url())
    assert not page(shown).xpath("//form[@id='document-form']")
    assert "It was never approved. Resolve opens it for a decision again." in banner(shown)
    assert "Save" not in offered(shown)  # to approve it, as it is, needs a note (C18)
    response = an.post(
        url("purchase_resolve", space, disputed.pk), posted(disputed, note="Ours after all"), follow=True
    )

    assert messages(response) == ["Molens De Ster NV 2026-0042 is resolved. It waits for a decision again."]
    assert "Approve" in offered(response)
    an.post(url("purchase_approve", space, waiting.pk), form_of(response))
    assert fresh(waiting).general_status == GeneralStatus.UNPAID


# --- withdraw -----------------------------------------------------------------------------------------


def test_after_an_approval_the_message_offers_to_withdraw_it(an, space, waiting):
    world.integration(space, name="Folder")
    data = form_of(an.get(waiting.get_absolute_url()))
    response = an.post(url("purchase_approve", space, waiting.pk), data, follow=True)

    (undo,) = page(response).xpath("//*[@data-undo-bar]//form[.//span='Withdraw']/@action")
    assert undo == url("purchase_withdraw", space, waiting.pk)
    assert "undone" not in messages(response)[0]
    response = an.post(undo, follow=True)

    assert messages(response)[-1] == (
        "The approval of Molens De Ster NV 2026-0042 is withdrawn. It waits for approval again."
    )
    assert fresh(waiting).general_status == GeneralStatus.AWAITING_VALIDATION
    assert "Approve" in offered(response)
    assert "An withdrew the approval" in words(main(response))


def test_what_an_integration_has_is_not_withdrawn(an, space):
    folder = world.integration(space, name="Folder")
    invoice = e_invoice(space)
    pushed(invoice, folder, outbox.settle_delivered, Answer("delivered", "ok"))
    before = facts(invoice)

    shown = an.get(invoice.get_absolute_url())
    response = an.post(url("purchase_withdraw", space, invoice.pk))

    assert "Withdraw approval" not in offered(shown)
    assert "Folder already has it, or may have it. Dispute or refuse instead." in words(main(shown))
    assert response.status_code == 409
    assert facts(invoice) == before


def test_an_approval_that_cannot_be_withdrawn_says_so(an, space):
    invoice = helpers.sale(space)
    data = form_of(an.get(invoice.get_absolute_url())) | {"way": "elsewhere"}

    response = an.post(url("sales_approve", space, invoice.pk), data, follow=True)

    assert messages(response)[0].endswith("This can't be undone.")
    assert not page(response).xpath("//*[@data-undo-bar]//form")


# --- after a sale -------------------------------------------------------------------------------------


def test_the_customers_answer_is_recorded(an, space, sale):
    assert will_happen(an.get(url("sales_answer", space, sale.pk)))[0] == (
        "Any answer proves that it arrived. Delivery becomes Received"
    )

    response = an.post(url("sales_answer", space, sale.pk), posted(sale, answer="accepted"), follow=True)

    assert messages(response) == [
        f"The customer's answer to {sale.title} is recorded: Accepts it. Status: Unpaid, EUR {sale.payable}."
    ]
    assert "An recorded the customer's answer: Accepts it" in words(main(response))
    again = page(an.get(url("sales_answer", space, sale.pk))).xpath("//input[@name='answer']/@value")
    assert again == ["queried", "refused"]


@pytest.mark.parametrize(
    ("data", "field"),
    [({}, "id_answer"), ({"answer": "queried"}, "id_reason"), ({"answer": "refused", "reason": "other"}, "id_note")],
)
def test_a_question_or_a_refusal_needs_its_reason(an, space, sale, data, field):
    before = facts(sale)

    response = an.post(url("sales_answer", space, sale.pk), posted(sale, **data))

    assert response.status_code == 422
    assert page(response).get_element_by_id(f"{field}_finding_1") is not None
    assert facts(sale) == before


def test_a_refusal_is_closed_and_opened_again(an, space, sale):
    data = posted(sale, answer="refused", reason="quality", note="Broken")
    response = an.post(url("sales_answer", space, sale.pk), data, follow=True)
    assert banner(response).startswith("Refused: Quality An, today, ")
    assert fresh(sale).general_status == GeneralStatus.REFUSED

    response = an.post(url("sales_wont_be_paid", space, sale.pk), posted(sale, reason="refused"), follow=True)
    assert messages(response) == [f"{sale.title} is closed: won't be paid."]
    assert banner(response).startswith("Won't be paid: The customer refuses it An, today, ")

    assert will_happen(an.get(url("sales_mark_resolved", space, sale.pk)))[:2] == [
        "Status becomes Unpaid",
        f"It counts as open again: EUR {sale.payable}, due 1 Apr 2026.",
    ]
    response = an.post(url("sales_mark_resolved", space, sale.pk), posted(sale, note="They pay"), follow=True)
    assert messages(response) == [f"{sale.title} is resolved: Unpaid, EUR {sale.payable}."]
    assert "An marked it as won't be paid" in words(main(response))


def test_a_purchase_knows_no_customers_answer(an, space, delivered):
    before = facts(delivered)

    for name in ("purchase_answer", "purchase_wont_be_paid", "purchase_mark_resolved"):
        assert "this is not possible in its present state" in words(main(an.get(url(name, space, delivered.pk))))
        data = posted(delivered, answer="accepted", reason="refused", note="x")
        assert an.post(url(name, space, delivered.pk), data).status_code in (409, 422)
    assert facts(delivered) == before


# --- who, and when --------------------------------------------------------------------------------------

PURCHASE_PAGES = ("purchase_dispute", "purchase_refuse", "purchase_resolve", "purchase_withdraw", "purchase_delete")
SALES_PAGES = ("sales_answer", "sales_wont_be_paid", "sales_mark_resolved")
ENTERED = {"reason": "price", "note": "x", "answer": "accepted"}


def test_strangers_find_none_of_it(stranger, space, delivered, sale):
    pages = [(name, delivered) for name in PURCHASE_PAGES] + [(name, sale) for name in SALES_PAGES]
    before = facts(delivered), facts(sale)

    for name, invoice in pages:
        assert stranger.get(url(name, space, invoice.pk)).status_code == 404
        assert stranger.post(url(name, space, invoice.pk), posted(invoice, **ENTERED)).status_code == 404
    assert (facts(delivered), facts(sale)) == before


def test_without_the_role_every_page_says_whom_to_ask_and_no_request_passes(an, browser_with, space, delivered, sale):
    reader = browser_with("AUD", "ADM")
    pages = [(name, delivered) for name in PURCHASE_PAGES] + [(name, sale) for name in SALES_PAGES]
    before = facts(delivered), facts(sale)

    for name, invoice in pages:
        assert reader.post(url(name, space, invoice.pk), posted(invoice, **ENTERED)).status_code == 403
    assert (facts(delivered), facts(sale)) == before
    shown = words(main(reader.get(url("purchase_dispute", space, delivered.pk))))
    assert "This needs the role purchase responsible. Ask An." in shown


def test_who_handles_money_closes_a_sale_but_does_not_answer_for_the_customer(browser_with, space, sale):
    financial = browser_with("FR")

    answer = financial.post(url("sales_answer", space, sale.pk), posted(sale, answer="accepted"))
    closed = financial.post(url("sales_wont_be_paid", space, sale.pk), posted(sale, reason="insolvent"))

    assert (answer.status_code, closed.status_code) == (403, 303)


@pytest.mark.parametrize("version", ["", "nonsense", "1", "99999999999999"])
def test_what_somebody_changed_meanwhile_is_not_decided(an, space, delivered, person, version):
    seen = delivered.version if version == "1" else version
    payments.record_payment(invoice=delivered, amount=Decimal("1"), paid_on=space.today(), by=person)
    before = facts(delivered)

    for name in ("purchase_dispute", "purchase_refuse"):
        response = an.post(url(name, space, delivered.pk), {**ENTERED, "version": seen}, headers=HTMX)

        assert response.status_code == 409
        assert words(page(response).xpath("//*[contains(@class, 'banner--danger')]")[0]) == (
            "An changed this document meanwhile. Nothing of yours was applied. Look again"
        )
        assert page(response).xpath("//input[@name='version']/@value") == [str(seen)]
        assert page(response).xpath("//textarea[@name='note']")[0].text.strip() == "x"
    assert facts(delivered) == before


@pytest.mark.parametrize("name", SALES_PAGES)
def test_a_sale_that_changed_meanwhile_is_not_decided(an, space, sale, person, name):
    if name == "sales_mark_resolved":
        sales.record_answer(invoice=sale, answer="queried", reason="price", by=person)
    before = facts(sale)

    response = an.post(url(name, space, sale.pk), {**ENTERED, "reason": "insolvent", "version": 0})

    assert response.status_code == 409
    assert facts(sale) == before


def test_a_verdict_is_not_given_twice(an, space, delivered):
    data = posted(delivered, reason="price")

    codes = [an.post(url("purchase_dispute", space, delivered.pk), data).status_code for _ in range(2)]

    assert codes == [303, 409]
    assert Event.objects.filter(invoice=delivered, verb="disputed").count() == 1


def test_the_desk_and_the_detail_page_offer_what_is_allowed(an, space, delivered, sale):
    space.auto_approve = "never"
    space.save()
    waiting = e_invoice(space, number="W-1")
    desk = an.get(waiting.get_absolute_url())
    assert [name for name in offered(desk) if name != "Comments"][:4] == ["Approve", "Save", "Dispute", "Refuse"]
    assert page(desk).xpath("//*[contains(@class, 'pane__actions')]//a[@data-key='d']/@href") == [
        url("purchase_dispute", space, waiting.pk)
    ]
    assert not page(desk).xpath("//*[contains(@class, 'button--danger')][@data-key]")
    assert {"Dispute", "Refuse", "Withdraw approval"} <= set(offered(an.get(delivered.get_absolute_url())))
    of_sale = offered(an.get(sale.get_absolute_url()))
    assert {"Record the customer's answer", "Mark as won't be paid"} <= set(of_sale)
    assert not {"Dispute", "Refuse", "Withdraw approval", "Mark as resolved"} & set(of_sale)
