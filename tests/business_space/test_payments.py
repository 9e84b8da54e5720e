"""Mark as paid, and take it back."""

import datetime

import pytest

from banqup.invoices.statuses import GeneralStatus
from banqup.payments.models import Payment

from .helpers import fresh, messages, page, url, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _validator(validator):
    """Documents are judged by the real rules."""


def test_a_part_payment_and_its_undo(an, space, delivered):
    data = {
        "amount": "100,00",
        "paid_on": "3/3/2026",
        "method": "transfer",
        "reference": "stmt 4",
        "version": delivered.version,
    }

    response = an.post(url("purchase_payment", space, delivered.pk), data, follow=True)

    payment = Payment.objects.get()
    assert messages(response) == ["EUR 100.00 recorded. Partially paid."]
    assert (str(payment.amount), payment.paid_on, payment.reference) == ("100.00", datetime.date(2026, 3, 3), "stmt 4")
    assert fresh(delivered).general_status == GeneralStatus.PARTIALLY_PAID

    response = an.post(url("purchase_payment_undo", space, delivered.pk, payment.pk), follow=True)

    assert messages(response) == ["The payment of EUR 100.00 is undone."]
    assert fresh(delivered).general_status == GeneralStatus.UNPAID


def test_the_open_amount_is_proposed_and_pays_it_fully(an, space, delivered):
    dialog = an.get(url("purchase_payment", space, delivered.pk), headers={"HX-Request": "true"})
    (amount,) = page(dialog).xpath("//input[@name='amount']/@value")
    assert amount == str(delivered.payable)

    an.post(url("purchase_payment", space, delivered.pk), {"amount": amount, "paid_on": "3/3/2026", "method": "card"})

    assert fresh(delivered).general_status == GeneralStatus.FULLY_PAID


@pytest.mark.parametrize(
    ("amount", "complaint"),
    [
        ("9999", "Only EUR 278.18 is open."),
        ("0", "Enter an amount above zero with at most two decimals."),
        ("1,234", "“1,234” has more than 2 decimals. Write thousands without a separator."),
        ("", "This field is required."),
    ],
)
def test_a_wrong_amount_is_refused_in_the_dialog(an, space, delivered, amount, complaint):
    data = {"amount": amount, "paid_on": "3/3/2026", "method": "cash"}

    response = an.post(url("purchase_payment", space, delivered.pk), data, headers={"HX-Request": "true"})

    assert response.status_code == 422
    assert words(page(response).get_element_by_id("id_amount_finding_1")) == complaint.replace(
        "278.18", str(delivered.payable)
    )
    assert Payment.objects.count() == 0


def test_a_payment_on_a_document_that_changed_meanwhile_is_not_recorded(an, space, delivered):
    data = {"amount": "1", "paid_on": "3/3/2026", "method": "cash", "version": delivered.version - 1}

    response = an.post(url("purchase_payment", space, delivered.pk), data)

    assert (response.status_code, Payment.objects.count()) == (409, 0)


def test_an_undone_payment_is_not_undone_twice(an, space, delivered):
    an.post(url("purchase_payment", space, delivered.pk), {"amount": "1", "paid_on": "3/3/2026", "method": "cash"})
    undo = url("purchase_payment_undo", space, delivered.pk, Payment.objects.get().pk)
    an.post(undo)

    response = an.post(undo, follow=True)

    assert messages(response)[-1] == "This payment is undone already."


def test_without_the_role_no_payment_is_recorded_or_undone(an, browser_with, space, delivered):
    data = {"amount": "1", "paid_on": "3/3/2026", "method": "cash"}
    an.post(url("purchase_payment", space, delivered.pk), data)
    assistant = browser_with("PA")
    undo = url("purchase_payment_undo", space, delivered.pk, Payment.objects.get().pk)

    answers = [
        assistant.post(url("purchase_payment", space, delivered.pk), data).status_code,
        assistant.post(undo).status_code,
    ]

    assert answers == [403, 403]
    assert str(fresh(delivered).paid) == "1.00"
