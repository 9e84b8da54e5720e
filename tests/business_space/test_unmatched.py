"""Answers that belong to no document: shown, matched by a person or set aside; nobody else's."""

import pytest

from banqup.actions import hearing
from banqup.actions.hearing import Message
from banqup.invoices import files
from banqup.invoices.models import Invoice
from tests.business_space.helpers import browser_of, main, page, url, words
from tests.factories import einvoices, sales, world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _validator(validator):
    """Documents are judged by the real rules."""


@pytest.fixture
def space():
    return world.business(iban=einvoices.iban(1))


@pytest.fixture
def seller(space):
    return world.member(space, "SR")


@pytest.fixture
def sold(space, seller):
    invoice = sales.issued(space, seller)
    sales.transmitted(invoice)
    return invoice


def heard(space, number, *, code="RE", message_id="m-1", **more):
    message = Message("peppol", message_id, "answer", code, number=number, sender="0208:0123456789", **more)
    return hearing.hear(space=space, message=message)


def status(invoice):
    return Invoice.objects.get(pk=invoice.pk).document_status


def test_the_page_says_what_came_from_whom_and_about_which_number(space, seller, sold):
    browser = browser_of(seller)
    assert "Unmatched answers" not in words(page(browser.get(url("home", space))))
    reasons = ({"list": "OPStatusReason", "code": "UNR", "text": "Who are you?"},)
    heard(space, "V1999-0001", note="Not ours", clarifications=reasons)

    navigation = words(page(browser.get(url("home", space))).xpath("//nav")[0])
    shown = words(main(browser.get(url("unmatched", space))))

    assert "Unmatched answers 1" in navigation
    assert "Refused V1999-0001 · 0208:0123456789" in shown
    assert "not recognized: Who are you?" in shown


def test_a_person_finds_the_document_and_the_answer_counts(space, seller, sold):
    answer = heard(space, "V1999-0001")
    browser = browser_of(seller)
    nothing = words(main(browser.get(url("unmatched_answer", space, answer.pk))))
    found = words(main(browser.get(url("unmatched_answer", space, answer.pk), {"q": sold.number})))
    assert "Nothing that you sent has this number." in nothing
    assert f"This one {sold.number}" in found

    said = browser.post(url("unmatched_answer", space, answer.pk), {"invoice": sold.pk})
    assert (said.status_code, said.url, status(sold)) == (303, sold.get_absolute_url(), "REFUSED")
    assert browser.post(url("unmatched_answer", space, answer.pk), {"invoice": sold.pk}).status_code == 404


def test_the_number_that_it_names_is_proposed_by_itself(space, seller, sold):
    stranger = heard(space, sold.number)
    shown = words(main(browser_of(seller).get(url("unmatched_answer", space, stranger.pk))))
    assert f"This one {sold.number}" in shown


def test_what_cant_be_read_is_downloaded_as_it_came_and_set_aside(space, seller):
    sha256 = files.store(space.pk, b"<html><script>alert(1)</script></html>")
    answer = hearing.keep_unread(space=space, source="peppol", message_id="m-1", sha256=sha256, words="No XML.")
    browser = browser_of(seller)

    shown = words(main(browser.get(url("unmatched", space))))
    file = browser.get(url("unmatched_file", space, answer.pk))
    aside = browser.post(url("unmatched_set_aside", space, answer.pk))

    assert "Can't be read" in shown and "No XML." in shown and "Belongs to" not in shown
    assert (file.content, file["Content-Type"]) == (
        b"<html><script>alert(1)</script></html>",
        "application/octet-stream",
    )
    assert file["Content-Disposition"].startswith("attachment")
    assert (aside.status_code, aside.url) == (303, url("sales_list", space))
    answer.refresh_from_db()
    assert (answer.outcome, answer.decided_by) == ("set_aside", seller)


def test_who_may_not_approve_sales_sees_it_and_decides_nothing(space, sold):
    answer = heard(space, sold.number)
    reader = browser_of(world.member(space, "AUD"))
    assert "Refused" in words(main(reader.get(url("unmatched", space))))
    assert reader.post(url("unmatched_answer", space, answer.pk), {"invoice": sold.pk}).status_code == 403
    assert reader.post(url("unmatched_set_aside", space, answer.pk)).status_code == 403
    assert status(sold) == "VALIDATED"


def test_another_space_finds_none_of_it(space, seller, sold):
    answer = heard(space, sold.number)
    other = world.business(slug="ooms", name="Ooms", vat_id="", company_id="", endpoint_id="")
    stranger = browser_of(world.member(other))
    for name in ("unmatched_answer", "unmatched_file"):
        assert stranger.get(url(name, other, answer.pk)).status_code == 404
    assert stranger.post(url("unmatched_set_aside", other, answer.pk)).status_code == 404
    assert "Every answer found its document" in words(main(stranger.get(url("unmatched", other))))
