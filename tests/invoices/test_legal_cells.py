"""LIFECYCLE §10.10: every transition, applied to every legal cell, is refused or lands on a legal cell."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_fsm import can_proceed

from banqup.invoices.models import Invoice
from banqup.invoices.statuses import ISSUED_BY_US
from banqup.invoices.statuses import DocumentStatus as D
from tests.factories import world

from .test_general_status_matrix import cell, rows

VERBS = (
    "keep_waiting",
    "wait_for_approval",
    "approve_received",
    "approve_self_billed",
    "approve_sales",
    "dispute",
    "refuse",
    "resolve_released",
    "reopen",
    "withdraw_approval",
    "customer_accepts",
    "customer_queries",
    "customer_refuses",
    "close_as_refused",
    "resolve_accepted_sale",
    "resolve_sale",
    "issue_sales",
    "issue_self_billed",
    "wait_for_sending",
    "begin_sending",
    "transport_accepted",
    "delivery_fails",
    "proved_to_have_arrived",
)
# A released sale always has a way of delivery, and an approved self-billed document too: their verbs say so.
WITH_DELIVERY = {
    "approve_self_billed": "delivered_elsewhere",
    "approve_sales": "delivered_elsewhere",
    "issue_sales": "wait_for_sending",
    "issue_self_billed": "wait_for_sending",
}
AFTER_AN_ANSWER = {"customer_accepts", "customer_queries", "customer_refuses"}


def in_cell(space, row, *, released, accepted) -> Invoice:
    invoice = cell(space, row)
    if released:
        invoice.released_at, invoice.content_sha256 = timezone.now(), "0" * 64
    if accepted:
        invoice.accepted_at = timezone.now()
    return invoice


def possible(row):
    """Whether a document of this cell may be released, unreleased, or either."""
    if row["kind"] in ISSUED_BY_US:
        return (row["delivery"] != "NONE",)  # released and under way are one step
    if row["document"] == D.FULLY_APPROVED:
        return (True,)
    return (False,) if row["document"] in (D.AWAITING_VALIDATION, D.VALIDATED) else (False, True)


@pytest.mark.django_db
def test_every_transition_from_every_legal_cell_lands_on_a_legal_cell_or_is_refused():
    space, moved, illegal = world.business(), 0, []
    for row in (row for row in rows() if row["legal"] == "yes"):
        for released in possible(row):
            for verb in VERBS:
                for accepted in (False, True):
                    invoice = in_cell(space, row, released=released, accepted=accepted)
                    if verb in AFTER_AN_ANSWER and can_proceed(invoice.proved_to_have_arrived):
                        invoice.proved_to_have_arrived()
                    if not can_proceed(getattr(invoice, verb)):
                        continue
                    try:
                        with transaction.atomic():
                            _apply(invoice, verb)
                            invoice.save()
                    except IntegrityError:
                        illegal.append((row["kind"], row["document"], row["payment"], row["delivery"], released, verb))
                    moved += 1
    assert sorted(set(illegal)) == []
    assert moved > 200


def _apply(invoice, verb):
    getattr(invoice, verb)()
    if invoice.released_at is None:
        invoice.content_sha256 = ""
    elif not invoice.content_sha256:
        invoice.content_sha256 = "0" * 64
    if verb in WITH_DELIVERY and can_proceed(getattr(invoice, WITH_DELIVERY[verb])):
        getattr(invoice, WITH_DELIVERY[verb])()
