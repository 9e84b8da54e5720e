"""Approve many from the list: said before, done one by one, told after."""

import pytest

from banqup.actions import approval, bulk_window, recycle
from banqup.actions import bulk as verbs
from banqup.bulk.models import BulkRun
from banqup.contacts.models import Contact
from banqup.exports.models import Export
from banqup.invoices.models import Invoice
from banqup.invoices.statuses import DeliveryStatus, GeneralStatus
from banqup.sending.models import Transmission
from banqup.spaces.models import Space
from tests.factories import world

from .helpers import e_invoice, fresh, main, messages, page, sale, scan, url, words

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _validator(validator):
    """Documents are judged by the real rules."""


@pytest.fixture
def never(space):
    """Nothing is approved by itself."""
    space.auto_approve = Space.AutoApprove.NEVER
    space.save()


@pytest.fixture
def three(space, never):
    return [e_invoice(space, number=f"A-{position}") for position in range(3)]


@pytest.fixture
def tom(space):
    return world.member(space, "PR", email="tom@janssens.example")


def shown(*invoices) -> list[str]:
    return [f"{invoice.pk}-{invoice.version}" for invoice in invoices]


def run(client, space, values, side="purchase", task="approve"):
    return client.post(url(f"{side}_bulk_{task}", space), {"ids": " ".join(values)}, follow=True)


def title(response) -> str:
    """Of a review window or a run; of the list, what it says was done."""
    found = page(response).xpath("//*[@id='dialog-title']")
    if found or not messages(response):
        return words((found or page(response).xpath("//h1"))[0])
    return " ".join(messages(response))


def told(response) -> list[str]:
    return [words(row) for row in page(response).xpath("//tbody/tr")]


def statuses(invoices) -> list[str]:
    return [fresh(invoice).general_status for invoice in invoices]


def hidden(response, name) -> list[str]:
    return " ".join(page(response).xpath(f"//form//input[@type='hidden'][@name='{name}']/@value")).split()


def again(client, response):
    """The review window over what can be tried again."""
    (link,) = page(response).xpath("//a[contains(@href, '?again=')]/@href")
    return client.get(link)


WAITS, UNPAID = GeneralStatus.AWAITING_VALIDATION, GeneralStatus.UNPAID


def test_rows_carry_what_the_selection_bar_counts(an, space, three, scan):
    boxes = page(an.get(url("purchase_list", space))).xpath("//input[@name='ids']")

    found = {box.get("value"): (box.get("data-can"), box.get("data-amount")) for box in boxes}
    assert found == {
        **{str(invoice.pk): ("approve", str(invoice.payable)) for invoice in three},
        str(scan.pk): ("", "0"),
    }


def test_all_of_the_filter_goes_by_its_query_and_not_by_ids(an, space, three):
    listed = page(an.get(url("purchase_list", space), {"q": "molens"}))

    (link,) = listed.xpath("//*[@data-selection-bar]//a")
    assert words(link) == "select all 3 awaiting validation"
    assert link.get("href") == url("purchase_bulk_approve", space) + "?all=1&tab=awaiting_validation&q=molens"


def test_without_the_role_the_button_says_why(browser_with, space, three):
    text = words(main(browser_with("PA").get(url("purchase_list", space))))

    assert "This needs the role purchase responsible." in text


def test_the_window_says_what_will_happen_and_what_is_in_the_way(an, space, three, scan):
    world.engaged(space, world.partner())
    world.integration(space)
    world.integration(space, name="Dropbox")
    first = three[0]

    response = an.get(url("purchase_bulk_approve", space), {"ids": [first.pk, three[1].pk, scan.pk]})

    total = f"EUR {2 * first.payable}"
    text = words(main(response)).replace("\xa0", " ")
    assert title(response) == "Approve 2 of 3 invoices"
    assert f"{total}. Each becomes an e-invoice, is released to Delvaux Accountants and sent to 2 integrations." in text
    assert [row.replace("\xa0", " ") for row in told(response)] == [
        "scan.pdf – Complete the data and save first.",
        f"Molens De Ster NV A-0 EUR {first.payable} becomes Unpaid to 2 integrations",
        f"Molens De Ster NV A-1 EUR {first.payable} becomes Unpaid to 2 integrations",
    ]
    assert hidden(response, "ids") == shown(first, three[1])


def test_a_possible_duplicate_is_decided_first_and_not_approved_with_many(an, space, three):
    same = [e_invoice(space, number=number) for number in ("D-1", "D 1")]
    assert same[1].possible_duplicate_of == same[0]

    response = an.get(url("purchase_bulk_approve", space), {"ids": [three[0].pk, same[1].pk]})

    assert "A possible duplicate. Open it and decide first." in words(main(response))
    assert hidden(response, "ids") == shown(three[0])


def test_totals_stand_by_currency_and_a_credit_note_takes_away(space, three):
    dollars = e_invoice(space, number="U-1", currency="USD", tax_currency=None)
    note = e_invoice(space, number="C-1", kind="credit_note")

    said = bulk_window.sums([*three, dollars, note]).replace("\xa0", " ")
    assert said == f"EUR {2 * three[0].payable} · USD {dollars.payable}"


@pytest.fixture
def crowd(space, three):
    """As many documents again as two pages of the window hold."""
    return Invoice.objects.bulk_create(
        Invoice(
            space=space,
            kind="purchase",
            channel="inbound",
            number=f"N{position}",
            counterparty_name="Copy",
            payable=1,
            data={"number": "N"},
            search_text="copy",
            sort_date="2027-01-01",
        )
        for position in range(100)
    )


ALL = {"all": "1", "tab": "awaiting_validation"}


def test_all_of_the_filter_across_pages(an, space, three, crowd, scan):
    response = an.get(url("purchase_bulk_approve", space), ALL)
    found = an.get(url("purchase_bulk_approve", space), {**ALL, "q": "molens"})
    other = an.get(url("purchase_bulk_approve", space), {"all": "1", "tab": "unpaid"})

    assert title(response) == "Approve 103 of 104 invoices"
    assert hidden(response, "ids") == shown(*three, *crowd)
    assert hidden(found, "ids") == shown(*three)
    assert title(other) == "Nothing to approve"


def test_the_window_is_read_page_by_page_and_keeps_the_versions_that_were_seen(an, space, three, crowd, scan, tom):
    first = an.get(url("purchase_bulk_approve", space), ALL)
    approval.save(invoice=three[1], document=three[1].document, by=tom, version=three[1].version)
    carried = {name: " ".join(hidden(first, name)) for name in ("ids", "left_out")}

    second = an.post(url("purchase_bulk_approve", space), {**carried, "page": "2"})
    back = an.post(url("purchase_bulk_approve", space), {**carried, "page": "1"})

    assert (len(told(first)), len(told(second)), BulkRun.objects.count()) == (50, 50, 0)
    assert "51–100 of 104" in words(main(second))
    assert title(second) == "Approve 102 of 104 invoices"
    assert hidden(second, "ids") == shown(three[0], three[2], *crowd)
    changed = next(row for row in told(back) if "A-1" in row)
    assert changed.endswith("Somebody changed it meanwhile. Look at it again.")


def test_more_than_a_run_takes_is_said(an, space, three, crowd, monkeypatch):
    monkeypatch.setattr("business_space.bulk.AT_MOST", 20)

    response = an.get(url("purchase_bulk_approve", space), ALL)

    assert (title(response), len(hidden(response, "ids"))) == ("Approve 20 invoices", 20)
    assert "The filter finds 103. These are 20 of them; do the others afterwards." in words(main(response))


def test_the_window_costs_the_same_for_3_and_for_30(browser_with, space, three, django_assert_max_num_queries):
    ids = [e_invoice(space, number=f"B-{position}").pk for position in range(27)]
    for client in (browser_with("PR"), browser_with("PA")):
        client.get(url("purchase_bulk_approve", space))
        counted = []
        for chosen in ([invoice.pk for invoice in three], ids + [invoice.pk for invoice in three]):
            with django_assert_max_num_queries(30) as captured:
                client.get(url("purchase_bulk_approve", space), {"ids": chosen})
            counted.append(len(captured))
        assert counted[0] == counted[1]


def test_without_script_one_request_approves_all(an, space, three):
    world.integration(space)

    response = run(an, space, shown(*three))

    assert response.redirect_chain == [(url("purchase_list", space), 303)]
    assert title(response) == "3 invoices approved."
    assert statuses(three) == [UNPAID] * 3
    assert Export.objects.count() == 3


def test_what_somebody_changed_meanwhile_is_reported_and_can_be_tried_again(an, space, three, tom):
    seen = shown(*three)
    changed = three[1]
    approval.save(invoice=changed, document=changed.document, by=tom, version=changed.version)

    response = run(an, space, seen)

    assert title(response) == "2 invoices approved, 1 not: changed by Tom."
    assert [row.replace("\xa0", " ") for row in told(response)] == [
        f"Molens De Ster NV A-1 EUR {changed.payable} Changed by Tom."
    ]
    assert url("purchase_detail", space, changed.pk) in page(response).xpath("//tr//a/@href")
    assert statuses(three) == [UNPAID, WAITS, UNPAID]
    assert "Try this one again" in words(main(response))
    second = again(an, response)
    assert (title(second), hidden(second, "ids")) == ("Approve 1 invoice", shown(fresh(changed)))
    assert title(run(an, space, hidden(second, "ids"))) == "1 invoice approved."
    assert statuses(three) == [UNPAID] * 3


def test_a_run_that_is_sent_twice_approves_once_and_says_by_whom(an, space, three, tom):
    seen = shown(*three)
    approval.approve(invoice=three[0], by=tom)
    run(an, space, seen[1:])

    response = run(an, space, seen)

    assert title(response) == "0 invoices approved, 3 not."
    assert [row.split("22 ")[-1].strip() for row in told(response)] == [
        "Approved by Tom already.",
        "Approved by you already.",
        "Approved by you already.",
    ]
    assert page(response).xpath("//a[contains(@href, '?again=')]") == []


def test_what_is_not_compliant_is_named_and_not_offered_again(an, space, three):
    unread = scan(space)

    response = run(an, space, shown(three[0], unread))

    assert statuses([three[0], unread]) == [UNPAID, WAITS]
    assert title(response).startswith("1 invoice approved, 1 not: ")
    assert page(response).xpath("//a[contains(@href, '?again=')]") == []


def test_the_rules_out_of_reach_is_told_and_can_be_tried_again(an, space, three, monkeypatch):
    def away(*args, **kwargs):
        raise approval.einvoicing.ValidatorUnavailable("gone")

    monkeypatch.setattr(approval, "compliant", away)

    response = run(an, space, shown(*three[:2]))

    later = "The rules can't be reached at the moment. Nothing changed; try again in a minute."
    assert title(response) == f"0 invoices approved, 2 not: {later}"
    assert "Try these 2 again" in words(main(response))
    assert hidden(again(an, response), "ids") == shown(*three[:2])


def test_strangers_and_forged_ids_are_not_found(an, space, three, stranger):
    elsewhere = world.business(slug="other", vat_id="BE0999999922", company_id="", endpoint_id="", auto_approve="never")
    theirs = Invoice.objects.create(space=elsewhere, kind="purchase", channel="inbound", number="X")
    sold = sale(space)
    forged = [
        *shown(theirs, sold),
        "1e9-1",
        "²-1",
        "-5",
        "99999999999999999999-1",
        f"{three[0].pk}-x",
        f"{three[1].pk}",
    ]

    seen = an.get(url("purchase_bulk_approve", space), {"ids": [theirs.pk, sold.pk, "x", three[2].pk]})
    response = run(an, space, [*forged, *shown(three[2])])

    assert hidden(seen, "ids") == shown(three[2])
    # Without the version that was shown nothing is approved.
    assert title(response) == "1 invoice approved, 2 not: changed by the system."
    assert statuses([*three, theirs, sold]) == [WAITS, WAITS, UNPAID, WAITS, WAITS]
    assert stranger.get(url("purchase_bulk_approve", space)).status_code == 404
    assert stranger.post(url("purchase_bulk_approve", space), {"ids": shown(three[0])}).status_code == 404


def test_nothing_chosen_says_so(an, space, three):
    response = an.get(url("purchase_bulk_approve", space))

    assert (title(response), hidden(response, "ids")) == ("Nothing to approve", [])
    assert title(run(an, space, [])) == "Choose at least one document."


@pytest.mark.parametrize("role", ["PA", "AUD"])
def test_without_the_right_nothing_is_acted_on(browser_with, space, three, role):
    world.member(space, "PR", email="tom@janssens.example")
    client = browser_with(role)

    seen = client.get(url("purchase_bulk_approve", space), {"ids": [three[0].pk]})
    response = run(client, space, shown(*three))

    lacking = "This needs the role purchase responsible. Ask Tom."
    assert title(seen) == "Approve 0 of 1 invoice"
    assert told(seen)[0].endswith(lacking)
    assert title(response) == "0 invoices approved, 3 not: You may not approve purchase documents here."
    assert statuses(three) == [WAITS] * 3


@pytest.fixture
def large(three, monkeypatch):
    """Three documents that count as many: their run is the workers'."""
    monkeypatch.setattr(verbs, "SMALL", 2)
    return three


def test_a_large_run_has_a_page_with_progress_that_ends_by_itself(an, space, large):
    response = run(an, space, shown(*large))
    ((where, status),) = response.redirect_chain
    going = BulkRun.objects.get()

    assert (where, status) == (url("run", space, going.pk), 303)
    assert title(response) == "Approving 3 invoices"
    verbs.work(run_id=going.pk, seconds=0)
    part = an.get(where, headers=HTMX)
    assert (page(part).xpath("string(//progress)"), b"<html" in part.content) == ("1/3", False)
    assert page(part).xpath("//*[@hx-trigger]/@hx-get") == [where]
    verbs.work(run_id=going.pk)
    ended = an.get(where, headers=HTMX)
    assert (ended.status_code, ended["HX-Refresh"]) == (204, "true")
    assert title(an.get(where)) == "3 invoices approved."
    assert statuses(large) == [UNPAID] * 3


def test_whoever_leaves_the_page_is_led_back(an, space, large):
    run(an, space, shown(*large))
    going = BulkRun.objects.get()

    listed, runs = an.get(url("purchase_list", space)), an.get(url("runs", space))

    assert "Approving 3 invoices It goes on while you work." in words(main(listed))
    assert url("run", space, going.pk) in page(listed).xpath("//main//a/@href")
    assert [row.split(" Today")[0] for row in told(runs)][0].startswith("Approving 3 invoices")
    verbs.work(run_id=going.pk)
    assert "It goes on while you work." not in words(main(an.get(url("purchase_list", space))))
    assert told(an.get(url("runs", space)))[0].endswith("3 invoices approved.")


def test_the_rest_of_a_run_is_stopped_on_its_page(an, space, large):
    run(an, space, shown(*large))
    going = BulkRun.objects.get()
    verbs.work(run_id=going.pk, seconds=0)

    (stop,) = page(an.get(url("run", space, going.pk))).xpath("//main//form/@action")
    response = an.post(stop, follow=True)

    assert title(response) == "1 invoice approved; 2 left out."
    assert [row.split(" EUR")[0] for row in told(response)] == ["Molens De Ster NV A-1", "Molens De Ster NV A-2"]
    assert told(an.get(url("run", space, going.pk), {"show": "done"}))[0].endswith("Done.")
    assert statuses(large) == [UNPAID, WAITS, WAITS]


def test_two_tabs_start_one_run(an, space, large):
    first, second = (run(an, space, shown(*large)) for _tab in range(2))

    assert first.redirect_chain == second.redirect_chain
    assert BulkRun.objects.count() == 1


def test_somebody_elses_run_is_not_found(an, space, large, tom, browser_with):
    run(an, space, shown(*large))
    other = browser_with("PR")
    for name in ("run", "run_stop"):
        assert other.post(url(name, space, BulkRun.objects.get().pk)).status_code in (404, 405)
    assert other.get(url("run", space, BulkRun.objects.get().pk)).status_code == 404
    assert told(other.get(url("runs", space))) == []
    assert BulkRun.objects.get().stopped_at is None


def test_many_are_sent_to_the_integrations_that_miss_them(an, space, three):
    approved = [approval.approve(invoice=invoice, by=world.member(space, "PR")) for invoice in three[:1]]
    world.integration(space, name="Dropbox")
    ids = [invoice.pk for invoice in three]

    seen = an.get(url("purchase_bulk_resend", space), {"ids": ids})
    response = run(an, space, hidden(seen, "ids"), task="resend")

    assert title(seen) == "Send 1 of 3 documents to integrations"
    assert [row.split("22 ")[-1] for row in told(seen)] == [
        *["No integration receives it before approval."] * 2,
        "to Dropbox",
    ]
    assert title(response) == "1 document is being sent."
    assert list(Export.objects.values_list("invoice", "integration__name")) == [(approved[0].pk, "Dropbox")]


def test_sales_go_out_by_the_best_way_and_one_without_any_stays_and_says_why(an, space):
    reached, unreachable = sale(space, number="V-0"), sale(space, number="V-1")
    Contact.objects.filter(pk=reached.counterparty_id).update(email="zaal@anker.example")
    nobody = Contact.objects.create(space=space, name="Nobody", is_customer=True)
    Invoice.objects.filter(pk=unreachable.pk).update(counterparty=nobody)

    seen = an.get(url("sales_bulk_approve", space), {"ids": [reached.pk, unreachable.pk]})
    response = run(an, space, shown(reached, unreachable), side="sales")

    assert "Each goes to its customer by the best way that there is" in words(main(seen))
    assert title(response).startswith("1 invoice approved, 1 not")
    assert "There is no way to send it yet." in words(main(response))
    assert [fresh(one).delivery_status for one in (reached, unreachable)] == [
        DeliveryStatus.READY_TO_SEND,
        DeliveryStatus.NONE,
    ]


def test_sales_that_were_delivered_elsewhere_are_approved_and_nothing_is_sent(an, space):
    invoices = [sale(space, number=f"V-{position}") for position in range(2)]
    Contact.objects.filter(pk=invoices[0].counterparty_id).update(email="zaal@anker.example")
    seen = an.get(url("sales_bulk_approve", space), {"ids": [invoice.pk for invoice in invoices]})
    assert main(seen).xpath(".//input[@name='way'][@checked]/@value") == ["best"]

    entered = {"ids": " ".join(hidden(seen, "ids")), "way": "elsewhere"}
    turned = an.post(url("sales_bulk_approve", space), entered | {"page": "1"})
    assert main(turned).xpath(".//input[@name='way'][@checked]/@value") == ["elsewhere"]
    response = an.post(url("sales_bulk_approve", space), entered, follow=True)
    assert title(response) == "2 invoices approved."
    assert [fresh(one).delivery_status for one in invoices] == [DeliveryStatus.SENT] * 2
    assert Transmission.objects.count() == 0


def test_the_same_documents_with_another_answer_are_another_run_and_a_large_one_remembers_it(space, monkeypatch):
    monkeypatch.setattr(verbs, "SMALL", 0)
    invoice, by = sale(space, number="V-0"), world.member(space)
    Contact.objects.filter(pk=invoice.counterparty_id).update(email="zaal@anker.example")
    seen = {"space": space, "task": "approve", "seen": {invoice.pk: invoice.version}, "by": by}
    best = verbs.start(**seen)
    elsewhere = verbs.start(**seen, delivered_elsewhere=True)
    assert (best.pk != elsewhere.pk, verbs.start(**seen, delivered_elsewhere=True).pk) == (True, elsewhere.pk)
    verbs.work(run_id=elsewhere.pk)
    assert (fresh(invoice).delivery_status, Transmission.objects.count()) == (DeliveryStatus.SENT, 0)


def test_what_is_tried_again_is_not_sent_to_who_has_it_already(an, space):
    invoices = [sale(space, number=f"V-{position}") for position in range(2)]
    values = [f"{invoices[0].pk}-{invoices[0].version}", f"{invoices[1].pk}-{invoices[1].version + 1}"]
    entered = {"ids": " ".join(values), "way": "elsewhere"}
    done = an.post(url("sales_bulk_approve", space), entered, follow=True)
    assert main(again(an, done)).xpath(".//input[@name='way'][@checked]/@value") == ["elsewhere"]


def test_how_sales_go_out_is_asked_of_sales_only_and_anything_else_starts_nothing(an, space, three):
    bought = an.get(url("purchase_bulk_approve", space), {"ids": [invoice.pk for invoice in three]})
    assert main(bought).xpath(".//input[@name='way']") == []
    sold = sale(space, number="V-0")
    response = an.post(url("sales_bulk_approve", space), {"ids": shown(sold)[0], "way": "pigeon"}, follow=True)
    assert messages(response) == ["Choose how they go to their customers. Nothing was approved."]
    assert BulkRun.objects.count() == 0


def test_what_went_to_the_recycle_bin_meanwhile_is_told(an, space, three, tom):
    read = scan(space)
    seen = shown(read)
    recycle.delete(invoice=read, by=tom)

    assert title(run(an, space, seen)) == "0 invoices approved, 1 not: moved to the recycle bin by Tom."
