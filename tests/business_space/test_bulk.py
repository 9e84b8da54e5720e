"""Approve many from the list: said before, done one by one, told after."""

import pytest

from banqup.actions import approval, recycle
from banqup.exports.models import Export
from banqup.invoices.models import Invoice
from banqup.invoices.statuses import DeliveryStatus, GeneralStatus
from banqup.spaces.models import Space
from business_space import bulk
from tests.factories import world

from .helpers import e_invoice, fresh, main, page, sale, scan, url, words

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


def run(client, space, values, side="purchase", **extra):
    return client.post(url(f"{side}_bulk_approve", space), {"ids": values}, follow=True, **extra)


def title(response) -> str:
    return words(page(response).xpath("//*[@id='dialog-title']")[0])


def told(response) -> list[str]:
    return [words(row) for row in page(response).xpath("//tr")]


def statuses(invoices) -> list[str]:
    return [fresh(invoice).general_status for invoice in invoices]


def hidden(response, name) -> list[str]:
    return page(response).xpath(f"//form//input[@name='{name}']/@value")


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


def test_totals_stand_by_currency_and_a_credit_note_takes_away(space, three):
    dollars = e_invoice(space, number="U-1", currency="USD", tax_currency=None)
    note = e_invoice(space, number="C-1", kind="credit_note")

    said = bulk.sums([*three, dollars, note]).replace("\xa0", " ")
    assert said == f"EUR {2 * three[0].payable} · USD {dollars.payable}"


def test_all_of_the_filter_across_pages_at_most_100_at_once(an, space, three):
    copies = Invoice.objects.bulk_create(
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
        for position in range(120)
    )
    asked = {"all": "1", "tab": "awaiting_validation"}

    response = an.get(url("purchase_bulk_approve", space), asked)
    found = an.get(url("purchase_bulk_approve", space), {**asked, "q": "molens"})
    other = an.get(url("purchase_bulk_approve", space), {"all": "1", "tab": "unpaid"})

    assert title(response) == "Approve 100 invoices"
    assert "The filter finds 123. These are 100 of them; approve the others afterwards." in words(main(response))
    assert hidden(response, "ids") == shown(*three, *copies[:97])
    assert hidden(found, "ids") == shown(*three)
    assert title(other) == "Nothing to approve"


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

    assert response.redirect_chain == [(url("purchase_bulk_result", space), 303)]
    assert (title(response), told(response)) == ("3 invoices approved.", [])
    assert statuses(three) == [UNPAID] * 3
    assert Export.objects.count() == 3


def test_what_somebody_changed_meanwhile_is_reported_and_can_be_tried_again(an, space, three, tom):
    seen = shown(*three)
    changed = three[1]
    approval.save(invoice=changed, document=changed.document, by=tom, version=changed.version)

    response = run(an, space, seen)

    assert title(response) == "2 approved, 1 not: changed by Tom."
    assert [row.replace("\xa0", " ") for row in told(response)] == [
        f"Molens De Ster NV A-1 EUR {changed.payable} Changed by Tom. Look again Molens De Ster NV A-1"
    ]
    assert url("purchase_detail", space, changed.pk) in page(response).xpath("//tr//a/@href")
    assert statuses(three) == [UNPAID, WAITS, UNPAID]
    assert "Try this one again" in words(main(response))
    assert hidden(response, "ids") == shown(fresh(changed))
    assert title(run(an, space, hidden(response, "ids"))) == "1 invoice approved."
    assert statuses(three) == [UNPAID] * 3


def test_a_run_that_is_sent_twice_approves_once_and_says_by_whom(an, space, three, tom):
    seen = shown(*three)
    approval.approve(invoice=three[0], by=tom)
    run(an, space, seen[1:])

    response = run(an, space, seen)

    assert title(response) == "0 approved, 3 not."
    assert [row.split("Look again")[0].split("22 ")[-1].strip() for row in told(response)] == [
        "Approved by Tom already.",
        "Approved by you already.",
        "Approved by you already.",
    ]
    assert hidden(response, "ids") == []


def test_what_is_not_compliant_is_named_and_not_offered_again(an, space, three):
    unread = scan(space)

    response = run(an, space, shown(three[0], unread))

    assert statuses([three[0], unread]) == [UNPAID, WAITS]
    assert title(response).startswith("1 approved, 1 not: ")
    assert hidden(response, "ids") == []


def test_the_rules_out_of_reach_is_told_and_can_be_tried_again(an, space, three, monkeypatch):
    def away(*args, **kwargs):
        raise approval.einvoicing.ValidatorUnavailable("gone")

    monkeypatch.setattr(approval, "_e_invoice", away)

    response = run(an, space, shown(*three[:2]))

    later = "The rules can't be reached at the moment. Nothing changed; try again in a minute."
    assert title(response) == f"0 approved, 2 not: {later}"
    assert "Try these again" in words(main(response))
    assert hidden(response, "ids") == shown(*three[:2])


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
    assert title(response) == "1 approved, 2 not: changed by the system."
    assert statuses([*three, theirs, sold]) == [WAITS, WAITS, UNPAID, WAITS, WAITS]
    assert stranger.get(url("purchase_bulk_approve", space)).status_code == 404
    assert stranger.post(url("purchase_bulk_approve", space), {"ids": shown(three[0])}).status_code == 404


def test_nothing_chosen_says_so(an, space, three):
    response = an.get(url("purchase_bulk_approve", space))

    assert (title(response), hidden(response, "ids")) == ("Nothing to approve", [])
    assert title(run(an, space, [])) == "Nothing was approved: choose at least one invoice."


@pytest.mark.parametrize("role", ["PA", "AUD"])
def test_without_the_right_nothing_is_acted_on(browser_with, space, three, role):
    world.member(space, "PR", email="tom@janssens.example")
    client = browser_with(role)

    seen = client.get(url("purchase_bulk_approve", space), {"ids": [three[0].pk]})
    response = run(client, space, shown(*three))

    lacking = "This needs the role purchase responsible. Ask Tom."
    assert title(seen) == "Approve 0 of 1 invoice"
    assert told(seen)[0].endswith(lacking)
    assert title(response) == f"0 approved, 3 not: {lacking}"
    assert statuses(three) == [WAITS] * 3


def test_with_htmx_it_goes_on_in_slices_and_says_how_far(an, space, never):
    made = [e_invoice(space, number=f"A-{position:02d}") for position in range(12)]
    told_so_far, data = [], {"ids": shown(*made)}

    for _slice in range(3):
        response = an.post(url("purchase_bulk_approve", space), data, headers=HTMX)
        told_so_far.append((title(response), page(response).xpath("string(//progress)")))
        data = {"ids": hidden(response, "ids"), "so_far": "".join(hidden(response, "so_far"))}

    assert told_so_far == [
        ("Approving 12 invoices", "5/12"),
        ("Approving 12 invoices", "10/12"),
        ("12 invoices approved.", ""),
    ]
    assert response["HX-Trigger"] == "documents-changed"
    assert b"<html" not in response.content
    assert statuses(made) == [UNPAID] * 12


def test_a_forged_account_of_the_run_counts_for_nothing(an, space, three):
    response = an.post(
        url("purchase_bulk_approve", space), {"ids": shown(*three), "so_far": "WzEwMCw5OSxbXV0:x:y"}, headers=HTMX
    )

    assert title(response) == "3 invoices approved."


def test_sales_are_approved_as_delivered_elsewhere(an, space):
    sold = [sale(space, number=f"V-{position}") for position in range(2)]

    seen = an.get(url("sales_bulk_approve", space), {"ids": [invoice.pk for invoice in sold]})
    response = run(an, space, shown(*sold), side="sales")

    assert "Each counts as delivered elsewhere: the customers receive nothing from here." in words(main(seen))
    assert title(response) == "2 invoices approved."
    assert statuses(sold) == [UNPAID] * 2
    assert {fresh(invoice).delivery_status for invoice in sold} == {DeliveryStatus.SENT}


def test_what_went_to_the_recycle_bin_meanwhile_is_told(an, space, three, tom):
    read = scan(space)
    seen = shown(read)
    recycle.delete(invoice=read, by=tom)

    assert title(run(an, space, seen)) == "0 approved, 1 not: moved to the recycle bin by Tom."
