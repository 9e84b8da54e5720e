"""The transition table. It and `banqup/invoices/workflow.py` change together or not at all."""

from banqup.invoices.models import Invoice
from banqup.invoices.statuses import DeliveryStatus as L
from banqup.invoices.statuses import DocumentStatus as D

OPEN = (D.AWAITING_VALIDATION, D.VALIDATED)
OBJECTED = (D.DISPUTED, D.REFUSED)
# (field, verb, sources, target, predicate)
TABLE = {
    ("document_status", "keep_waiting", (D.AWAITING_VALIDATION, D.VALIDATED), D.AWAITING_VALIDATION, "not_released"),
    ("document_status", "wait_for_approval", (D.AWAITING_VALIDATION, D.VALIDATED), D.VALIDATED, "may_wait_validated"),
    ("document_status", "approve_received", OPEN + (D.DISPUTED,), D.FULLY_APPROVED, "we_received_it"),
    ("document_status", "approve_self_billed", OPEN + (D.DISPUTED,), D.FULLY_APPROVED, "we_issue_for_the_supplier"),
    ("document_status", "approve_sales", (D.AWAITING_VALIDATION,), D.VALIDATED, "we_sell"),
    ("document_status", "issue_sales", (D.DRAFT,), D.VALIDATED, "we_sell"),
    ("document_status", "issue_self_billed", (D.DRAFT,), D.FULLY_APPROVED, "we_issue_for_the_supplier"),
    ("document_status", "dispute", OPEN + (D.FULLY_APPROVED,), D.DISPUTED, "received_and_present"),
    ("document_status", "refuse", OPEN + (D.FULLY_APPROVED, D.DISPUTED), D.REFUSED, "not_fully_paid"),
    ("document_status", "resolve_released", OBJECTED, D.FULLY_APPROVED, "released_to_us"),
    ("document_status", "reopen", OBJECTED, D.AWAITING_VALIDATION, "never_released"),
    ("document_status", "withdraw_approval", (D.FULLY_APPROVED,), D.VALIDATED, "nothing_has_left"),
    ("document_status", "customer_accepts", (D.VALIDATED, D.DISPUTED), D.FULLY_APPROVED, "we_sold"),
    ("document_status", "customer_queries", (D.VALIDATED, D.FULLY_APPROVED), D.DISPUTED, "we_sold"),
    ("document_status", "customer_refuses", (D.VALIDATED, D.FULLY_APPROVED, D.DISPUTED), D.REFUSED, "we_sold"),
    ("document_status", "close_as_refused", (D.VALIDATED, D.FULLY_APPROVED, D.DISPUTED), D.REFUSED, "customer_has_it"),
    ("document_status", "resolve_accepted_sale", OBJECTED, D.FULLY_APPROVED, "customer_had_accepted"),
    ("document_status", "resolve_sale", OBJECTED, D.VALIDATED, "customer_had_not_accepted"),
    ("delivery_status", "delivered_elsewhere", (L.NONE,), L.SENT, None),
    (
        "delivery_status",
        "wait_for_sending",
        (L.NONE, L.SENDING, L.DELIVERY_FAILED, L.SENT),
        L.READY_TO_SEND,
        "customer_has_not_spoken",
    ),
    ("delivery_status", "begin_sending", (L.READY_TO_SEND,), L.SENDING, "we_issued"),
    ("delivery_status", "transport_accepted", (L.SENDING,), L.SENT, "we_issued"),
    (
        "delivery_status",
        "delivery_fails",
        (L.READY_TO_SEND, L.SENDING, L.SENT),
        L.DELIVERY_FAILED,
        "customer_has_not_spoken",
    ),
    (
        "delivery_status",
        "proved_to_have_arrived",
        (L.READY_TO_SEND, L.SENDING, L.SENT, L.DELIVERY_FAILED, L.RECEIVED),
        L.RECEIVED,
        "we_issued",
    ),
}


def _machine():
    rows = set()
    for field in Invoice._meta.concrete_fields:
        by_verb = {}
        for transition in getattr(field, "get_all_transitions", lambda _cls: ())(Invoice):
            by_verb.setdefault(transition.name, []).append(transition)
        for verb, transitions in by_verb.items():
            sources = tuple(sorted({transition.source for transition in transitions}))
            targets = {transition.target for transition in transitions}
            conditions = {condition.__name__ for transition in transitions for condition in transition.conditions}
            assert len(targets) == 1 and len(conditions) <= 1
            rows.add((field.name, verb, sources, targets.pop(), conditions.pop() if conditions else None))
    return rows


def test_the_machine_is_the_table():
    assert _machine() == {(f, v, tuple(sorted(s)), t, p) for f, v, s, t, p in TABLE}
