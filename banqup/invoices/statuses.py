"""Every status an invoice can show, their named groups, and the ordered rules that derive them.

This module imports nothing of ours: models, queries, pages and tests all read it.
The contract is LIFECYCLE §1–§3; `tests/general_status_matrix.csv` is its table of cells.
"""

from django.db.models import Case, CharField, F, Q, SmallIntegerField, TextChoices, Value, When
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    """Who issued the document, and in which of the two lists it stands."""

    PURCHASE = "purchase", _("Purchase invoice")
    SALES = "sales", _("Sales invoice")
    SELF_BILLED_OUT = "self_billed_out", _("Self-billed invoice to a supplier")
    SELF_BILLED_IN = "self_billed_in", _("Self-billed invoice by a customer")


class DocumentStatus(TextChoices):
    DRAFT = "DRAFT", _("Draft")
    AWAITING_VALIDATION = "AWAITING_VALIDATION", _("Awaiting validation")
    VALIDATED = "VALIDATED", _("Validated")
    FULLY_APPROVED = "FULLY_APPROVED", _("Fully approved")
    DISPUTED = "DISPUTED", _("Disputed")
    REFUSED = "REFUSED", _("Refused")


class PaymentStatus(TextChoices):
    UNPAID = "UNPAID", _("Unpaid")
    PARTIALLY_PAID = "PARTIALLY_PAID", _("Partially paid")
    FULLY_PAID = "FULLY_PAID", _("Fully paid")
    WONT_BE_PAID = "WONT_BE_PAID", _("Won't be paid")


class DeliveryStatus(TextChoices):
    NONE = "NONE", _("Not sent by us")
    READY_TO_SEND = "READY_TO_SEND", _("Ready to send")
    SENDING = "SENDING", _("Sending")
    SENT = "SENT", _("Sent")
    RECEIVED = "RECEIVED", _("Received")
    DELIVERY_FAILED = "DELIVERY_FAILED", _("Delivery failed")


class GeneralStatus(TextChoices):
    DRAFT = "DRAFT", _("Draft")
    AWAITING_VALIDATION = "AWAITING_VALIDATION", _("Awaiting validation")
    UNPAID = "UNPAID", _("Unpaid")
    PARTIALLY_PAID = "PARTIALLY_PAID", _("Partially paid")
    FULLY_PAID = "FULLY_PAID", _("Fully paid")
    DISPUTED = "DISPUTED", _("Disputed")
    REFUSED = "REFUSED", _("Refused")
    WONT_BE_PAID = "WONT_BE_PAID", _("Won't be paid")


class AccountingStatus(TextChoices):
    NONE = "NONE", _("No accounting work")
    CLIENT_ACTION_NEEDED = "CLIENT_ACTION_NEEDED", _("Client action needed")
    READY_TO_PROCESS = "READY_TO_PROCESS", _("Ready to process")
    PROCESSED = "PROCESSED", _("Processed")


D, P, L, G, A = DocumentStatus, PaymentStatus, DeliveryStatus, GeneralStatus, AccountingStatus

# A credit note is not paid: what its general and payment statuses read (LIFECYCLE §7).
CREDIT_NOTE_WORDS = {
    P.UNPAID.value: _("Not settled"),
    P.PARTIALLY_PAID.value: _("Partly settled"),
    P.FULLY_PAID.value: _("Settled"),
}

# --- named groups: the only place where statuses are put together -----------------------------
PURCHASE_LIST = frozenset({Kind.PURCHASE, Kind.SELF_BILLED_OUT})
SALES_LIST = frozenset({Kind.SALES, Kind.SELF_BILLED_IN})
SELF_BILLED = frozenset({Kind.SELF_BILLED_OUT, Kind.SELF_BILLED_IN})
# Kinds that we issue and therefore deliver to the other side ourselves.
ISSUED_BY_US = frozenset({Kind.SALES, Kind.SELF_BILLED_OUT})
# Before a decision of the business: data can still be changed, nothing has left.
OPEN_FOR_EDITING = frozenset({D.AWAITING_VALIDATION, D.VALIDATED})
# A credit note in one of these states does not count against an invoice (LIFECYCLE §7).
UNDER_OBJECTION = frozenset({D.DISPUTED, D.REFUSED})
# Statuses in which a payment may be planned by us.
PAYABLE = frozenset({G.UNPAID, G.PARTIALLY_PAID})
# General statuses in which the document has been released (unless disputed or refused before it was).
SETTLING = frozenset({G.UNPAID, G.PARTIALLY_PAID, G.FULLY_PAID})
# Accounting statuses of whatever was released, and of nothing else (LIFECYCLE §3).
RELEASED = frozenset({A.READY_TO_PROCESS, A.PROCESSED})
UNDER_WAY = frozenset({L.READY_TO_SEND, L.SENDING})
HAS_LEFT = frozenset({L.SENT, L.RECEIVED})
DELIVERABLE = frozenset({L.READY_TO_SEND, L.SENDING, L.SENT, L.RECEIVED, L.DELIVERY_FAILED})

# Tabs of the business's lists, in the order they are shown.
PURCHASE_TABS = (
    G.AWAITING_VALIDATION,
    G.UNPAID,
    G.PARTIALLY_PAID,
    G.FULLY_PAID,
    G.DISPUTED,
    G.REFUSED,
)
SALES_TABS = (*PURCHASE_TABS, G.WONT_BE_PAID)

# --- payment status: from the amounts that the ledger keeps on the invoice -----------------------
# LIFECYCLE §1: open = payable − paid − credited; won't be paid only while something is open.
OPEN_AMOUNT = F("payable") - F("paid") - F("credited")
PAYMENT_RULES = (
    (Q(payable__lte=F("paid") + F("credited")), P.FULLY_PAID),
    (Q(wont_be_paid_at__isnull=False), P.WONT_BE_PAID),
    (Q(paid__gt=0) | Q(credited__gt=0), P.PARTIALLY_PAID),
)

# --- general status: first match wins (LIFECYCLE §2) ---------------------------------------------
# A generated column may not refer to another generated column, so payment is spelled out again
# through the same conditions.
_FULLY_PAID, _WONT_BE_PAID, _PARTIALLY_PAID = (condition for condition, _status in PAYMENT_RULES)
GENERAL_RULES = (
    (Q(document_status=D.DRAFT), G.DRAFT),
    (Q(document_status=D.AWAITING_VALIDATION), G.AWAITING_VALIDATION),
    (Q(document_status=D.VALIDATED) & ~Q(kind=Kind.SALES), G.AWAITING_VALIDATION),
    (_WONT_BE_PAID & ~_FULLY_PAID, G.WONT_BE_PAID),
    (Q(document_status=D.REFUSED), G.REFUSED),
    (Q(document_status=D.DISPUTED), G.DISPUTED),
    (_FULLY_PAID, G.FULLY_PAID),
    (_PARTIALLY_PAID, G.PARTIALLY_PAID),
)

# --- accounting status: first match wins (LIFECYCLE §3) ------------------------------------------
ACCOUNTING_RULES = (
    (Q(document_status=D.DRAFT), A.NONE),
    (Q(released_at__isnull=True) & (Q(document_status=D.REFUSED) | Q(deleted_at__isnull=False)), A.NONE),
    (Q(released_at__isnull=True), A.CLIENT_ACTION_NEEDED),
    (Q(processed_at__isnull=False), A.PROCESSED),
)


def compiled(rules, default):
    """The ordered `rules` as one SQL expression, for a generated column."""
    return Case(
        *(When(condition, then=Value(status.value)) for condition, status in rules),
        default=Value(default.value),
        output_field=CharField(max_length=24),
    )


# --- "Needs attention first": the smaller, the sooner a person should look -----------------------
ATTENTION_RULES = (
    (Q(document_status=D.AWAITING_VALIDATION), 0),
    (Q(document_status=D.VALIDATED) & ~Q(kind=Kind.SALES), 1),
    (Q(delivery_status=L.DELIVERY_FAILED), 2),
    (Q(document_status=D.DISPUTED), 3),
    (_WONT_BE_PAID, 6),
    (Q(document_status=D.REFUSED), 5),
    (_FULLY_PAID, 6),
)
OPEN_ATTENTION = 4


def attention_expression():
    return Case(
        *(When(condition, then=Value(rank)) for condition, rank in ATTENTION_RULES),
        default=Value(OPEN_ATTENTION),
        output_field=SmallIntegerField(),
    )
