"""What stands in Exact Online after a document was approved here."""

import base64
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from banqup.einvoicing import Party
from banqup.exports.models import Export
from banqup.invoices.models import Attachment
from banqup.invoices.statuses import Kind
from integrations import delivery, payload
from tests.factories import clock
from tests.fakes.server import hang_up, html, lose_answer, path, status
from tests.integrations import helpers

from .conftest import vat

pytestmark = pytest.mark.django_db
SALES = "salesentry/SalesEntries"


def shipped(exact) -> dict[str, bytes]:
    """The files of the one document there, by name."""
    assert len(exact.documents()) == 1
    files = exact.attachments()
    assert {one["Document"] for one in files} == {exact.documents()[0]["ID"]}
    assert len({one["FileName"] for one in files}) == len(files)
    return {one["FileName"]: base64.b64decode(one["Attachment"]) for one in files}


def our_files(invoice) -> dict[str, bytes]:
    return {one.filename: one.load() for one in Attachment.objects.filter(invoice=invoice)}


def test_a_document_arrives_with_its_files_and_a_new_supplier(exact, connected, bought):
    invoice = bought(appendices=[("timesheet.csv", "text/csv", b"a,b")])
    export = helpers.push(helpers.queued(invoice, connected()))
    assert (export.state, export.reason) == ("delivered", "")
    [supplier] = exact.books.rows["crm/Accounts"]
    assert (supplier["Name"], supplier["VATNumber"], supplier["IsSupplier"]) == (
        "Molens Van Damme NV",
        "BE0403019261",
        True,
    )
    [document] = exact.documents()
    assert {name: document[name] for name in ("Type", "Account", "Currency", "AmountFC", "DocumentDate")} == {
        "Type": 20,
        "Account": supplier["ID"],
        "Currency": "EUR",
        "AmountFC": 121.00,
        "DocumentDate": "2026-03-14",
    }
    assert document["Subject"].startswith("Invoice 2026-0042 Molens Van Damme NV · Banqup ")
    assert shipped(exact) == our_files(invoice)
    assert export.remote_url == document["DocumentViewUrl"]
    assert exact.entries() == []


def test_a_booking_is_linked_to_its_document(exact, connected, bought):
    invoice = bought()
    export = helpers.push(helpers.queued(invoice, connected("booking")))
    assert (export.state, export.remote_label) == ("delivered", "Entry 26700001 in journal 60")
    [entry] = exact.entries()
    [line] = entry["PurchaseEntryLines"]
    assert {name: entry[name] for name in ("Journal", "YourRef", "DueDate", "Type", "AmountFC", "Document")} == {
        "Journal": "60",
        "YourRef": "2026-0042",
        "DueDate": "2026-04-13",
        "Type": 30,
        "AmountFC": Decimal("121.00"),
        "Document": exact.documents()[0]["ID"],
    }
    assert entry["PaymentReference"] == "+++090/9337/55493+++"
    account = exact.books.get("financial/GLAccounts", line["GLAccount"])["Code"]
    assert (account, line["VATCode"], line["AmountFC"], "VATAmountFC" in line) == ("604000", "4", 100.00, False)
    assert shipped(exact) == our_files(invoice)


def test_vat_that_differs_from_what_exact_works_out_is_told(exact, connected, bought):
    invoice = bought(
        vat_breakdown=vat("100.00", "21.01"), tax_total=Decimal("21.01"), tax_inclusive_total=Decimal("121.01")
    )
    helpers.push(helpers.queued(invoice, connected("booking")))
    assert exact.entries()[0]["PurchaseEntryLines"][0]["VATAmountFC"] == 21.01
    assert exact.entries()[0]["AmountFC"] == Decimal("121.01")


def pushed(invoice, integration, *, credit=False, **changed):
    """Delivered as another kind of document than the one that was released."""
    what = payload.build(helpers.queued(invoice, integration))
    if credit:
        changed |= {"is_credit_note": True, "document": replace(what.document, kind="credit_note")}
    delivery.configured(integration).push(replace(what, **changed), remote={}, keep=lambda **ids: None)


def test_a_sale_a_credit_note_and_a_self_billed_invoice_arrive_as_what_they_are(exact, connected, bought):
    integration = connected("booking")
    buyer = Party(name="Hotel Astrid NV", vat_id="BE0417823441", country="BE")
    pushed(bought("V-1", buyer=buyer), integration, kind=Kind.SALES, counterparty_name="Hotel Astrid NV")
    pushed(bought("CN-1"), integration, credit=True)
    pushed(bought("SB-1"), integration, kind=Kind.SELF_BILLED_OUT)
    assert [(one["YourRef"], one["Type"], one["AmountFC"]) for one in exact.entries()] == [
        ("CN-1", 31, Decimal("-121.00")),
        ("SB-1", 30, Decimal("121.00")),
    ]
    [entry] = exact.entries(SALES)
    assert (entry["YourRef"], entry["Type"], entry["Journal"], entry["AmountFC"]) == (
        "V-1",
        20,
        "70",
        Decimal("121.00"),
    )
    customer = exact.books.get("crm/Accounts", entry["Customer"])
    assert (customer["Name"], customer["Status"], customer["IsSupplier"]) == ("Hotel Astrid NV", "C", False)
    assert [one["Type"] for one in exact.documents()] == [10, 20, 20]


def test_amounts_of_credit_notes_go_without_a_sign_where_it_is_set_so(exact, connected, bought):
    pushed(bought("CN-1"), connected("booking", credit_notes="plus"), credit=True)
    assert exact.entries()[0]["AmountFC"] == Decimal("121.00")


def test_a_supplier_with_an_account_of_its_own_is_booked_there(exact, connected, bought):
    integration = connected("booking")
    integration.config["booking"] = {**integration.config["booking"], "parties": {"BE0403019261": "612100"}}
    integration.save()
    helpers.push(helpers.queued(bought(), integration))
    line = exact.entries()[0]["PurchaseEntryLines"][0]
    assert exact.books.get("financial/GLAccounts", line["GLAccount"])["Code"] == "612100"


def test_a_customer_that_becomes_a_supplier_stays_one_relation(exact, connected, bought):
    exact.books.add(
        "crm/Accounts", {"Code": "1", "Name": "Molens", "VATNumber": "BE0403019261", "IsSupplier": False, "Status": "C"}
    )
    assert helpers.push(helpers.queued(bought(), connected("booking"))).state == "delivered"
    [relation] = exact.books.rows["crm/Accounts"]
    assert (relation["IsSupplier"], relation["Status"]) == (True, "C")


POSTS = ["crm/Accounts", "documents/Documents", "documents/DocumentAttachments", "purchaseentry/PurchaseEntries"]


@pytest.mark.parametrize("step", POSTS)
@pytest.mark.parametrize(
    "fault", [lose_answer(), hang_up(), status(502), html(503)], ids=["lost", "away", "502", "html"]
)
def test_whatever_happens_to_an_answer_a_retry_leaves_one_of_each(exact, connected, bought, step, fault):
    invoice = bought()
    export = helpers.queued(invoice, connected("booking"))
    exact.next(fault, when=path(step, "POST"))
    assert helpers.push(export).state == "waiting"
    assert helpers.push_again(export).state == "delivered"
    assert (len(exact.books.rows["crm/Accounts"]), len(exact.entries())) == (1, 1)
    assert shipped(exact) == our_files(invoice)


class Died(BaseException):
    """Not an Exception: nothing may catch it."""


class Keeper:
    """Dies at the chosen call; what was kept before stays, unless the database went with the worker."""

    def __init__(self, dies_at, remote):
        self.dies_at, self.remote = dies_at, remote

    def __call__(self, **ids):
        if self.remote is not None:
            self.remote.update(ids)
        self.dies_at -= 1
        if not self.dies_at:
            raise Died


@pytest.mark.parametrize("is_kept", [True, False], ids=["kept", "not-kept"])
def test_a_worker_that_dies_at_any_step_of_a_booking_leaves_one_of_each(exact, connected, bought, is_kept):
    invoice, remote, deaths = bought(), {}, 0
    export = helpers.queued(invoice, connected("booking"))
    what = payload.build(export)
    while True:
        # With every step kept each life gets one further; with none the next life does it all again.
        keep = Keeper(1 if is_kept else deaths + 1, remote if is_kept else None)
        try:
            delivery.configured(export.integration).push(what, remote=dict(remote), keep=keep)
            break
        except Died:
            deaths += 1
    assert deaths == (5 if is_kept else 4)
    assert (len(exact.books.rows["crm/Accounts"]), len(exact.entries())) == (1, 1)
    assert shipped(exact) == our_files(invoice)


def test_a_resend_makes_a_second_document_and_no_second_booking(exact, connected, bought):
    invoice, integration = bought(), connected("booking")
    helpers.push(helpers.queued(invoice, integration))
    again = helpers.push(helpers.queued(invoice, integration))
    assert (again.state, len(exact.documents()), len(exact.entries())) == ("delivered", 2, 1)


def test_an_entry_of_somebody_else_over_another_amount_stops_it(exact, connected, bought):
    integration = connected("booking")
    helpers.push(helpers.queued(bought(), integration))
    exact.entries()[0] |= {"AmountFC": Decimal("99.00"), "Document": None}
    stopped = helpers.push(helpers.queued(bought(), integration))
    assert stopped.state == "failed"
    assert "has entry 26700001 with number 2026-0042 there already, over another amount" in stopped.reason
    assert len(exact.entries()) == 1


def test_what_is_not_mapped_is_said_before_anything_is_sent(exact, connected, bought):
    integration = connected("booking")
    integration.config["booking"] = {**integration.config["booking"], "vat": {}}
    integration.save()
    stopped = helpers.push(helpers.queued(bought(), integration))
    assert stopped.state == "failed"
    assert "No VAT code is chosen for Standard rate, 21 % (purchase)" in stopped.reason
    assert exact.requests == []


def test_a_closed_period_is_tried_again_slowly_in_exacts_own_words(exact, connected, bought):
    exact.books.closed_until = date(2026, 3, 31)
    waiting = helpers.push(helpers.queued(bought(), connected("booking")))
    assert (waiting.state, helpers.tries(waiting)) == ("waiting", [(1, "refused")])
    assert waiting.reason == "Exact Online does not take it: Period 2026 - 3 is closed."
    exact.books.closed_until = None
    assert helpers.push_again(waiting).state == "delivered"
    assert (len(exact.documents()), len(exact.entries())) == (1, 1)


def test_an_account_that_went_away_there_is_named(exact, connected, bought):
    exact.books.rows["financial/GLAccounts"].clear()
    stopped = helpers.push(helpers.queued(bought(), connected("booking")))
    assert stopped.reason == "Account 604000 does not exist there. Choose another under Booking, then resend."


def test_a_missing_right_keeps_documents_waiting(exact, connected, bought):
    exact.forbidden.add("documents/Documents")
    waiting = helpers.push(helpers.queued(bought(), connected()))
    assert (waiting.state, helpers.tries(waiting)) == ("waiting", [(1, "broken_configuration")])
    assert "may not do this in administration 123456" in waiting.reason


def test_a_file_that_is_too_large_is_named_before_anything_is_sent(exact, connected, bought):
    invoice = bought()
    Attachment.objects.filter(invoice=invoice, filename="scan.pdf").update(size=30 * 1024**2)
    stopped = helpers.push(helpers.queued(invoice, connected()))
    assert "The file scan.pdf has 31 MB; Exact Online takes at most 20 MB." in stopped.reason
    assert exact.requests == []


def test_awkward_names_arrive_safe_and_each_once(exact, connected, bought):
    names = ["../../etc/passwd", 'a:b*c?"<>|.pdf', "a_b_c_.pdf", "x" * 300 + ".pdf", "facture n° 5 é.pdf"]
    invoice = bought(appendices=[(name[:200], "application/pdf", name.encode()) for name in names])
    assert helpers.push(helpers.queued(invoice, connected())).state == "delivered"
    stored = shipped(exact)
    assert sorted(stored.values()) == sorted(our_files(invoice).values())
    assert [name for name in stored if set(name) & set('/\\:*?"<>|') or len(name) > 104] == []


def test_a_token_that_ends_in_between_is_renewed_once(exact, connected, bought, space):
    with clock.set_to(timezone.now()) as time:
        integration = connected()
        time.passes(minutes=9, seconds=31)
        assert helpers.push(helpers.queued(bought("A-1"), integration)).state == "delivered"
        assert exact.consent.refreshes == 1
        time.passes(minutes=11)
        assert helpers.push(helpers.queued(bought("A-2"), integration)).state == "delivered"
        assert (exact.consent.refreshes, len(exact.documents())) == (2, 2)


def test_a_consent_taken_back_keeps_documents_until_a_person_connects_again(exact, connected, bought):
    with clock.set_to(timezone.now()) as time:
        integration = connected()
        exact.consent.revoke()
        time.passes(minutes=10)
        export = helpers.queued(bought(), integration)
        waiting = helpers.push(export)
        assert (waiting.state, helpers.tries(waiting)) == ("waiting", [(1, "reconnect_needed")])
        integration.grant.delete()
        helpers.consented(integration, exact.consent)
        time.passes(hours=2)
        integration.refresh_from_db()
        assert helpers.push_again(export).state == "delivered"
        assert len(exact.documents()) == 1


def test_no_secret_stands_in_the_log(exact, connected, bought):
    integration = connected()
    tokens = integration.grant.read()
    exact.next(status(500, str(tokens).encode()), when=path("Documents"))
    helpers.push(helpers.queued(bought(), integration))
    said = str(list(Export.objects.values())) + str(list(Export.objects.get().attempts.values()))
    assert tokens["access_token"] not in said and tokens["refresh_token"] not in said
