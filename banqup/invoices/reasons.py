"""Why a document is objected to, or will not be paid; and how the Peppol network says it.

Banqup's own six reasons come first. `PEPPOL` maps each to the reason (OPStatusReason) and the action
(OPStatusAction) of an Invoice Response (BIS 63, T111).
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ObjectionReason(TextChoices):
    """Why we dispute or refuse, or why our customer does."""

    VAT_RATE = "vat_rate", _("Incorrect VAT rate")
    NON_COMPLIANT = "non_compliant", _("Non-compliant")
    RECIPIENT = "recipient", _("Incorrect recipient")
    UNKNOWN_TRANSACTION = "unknown_transaction", _("Unknown transaction")
    UNKNOWN_ISSUER = "unknown_issuer", _("Unknown issuer")
    CONTRACT_TERMINATED = "contract_terminated", _("Contract terminated")
    TOTAL = "total", _("Wrong total or calculation")
    PRICE = "price", _("Price")
    QUANTITY = "quantity", _("Quantity")
    ITEM = "item", _("Item")
    QUALITY = "quality", _("Quality")
    DELIVERY = "delivery", _("Incomplete delivery")
    REFERENCE = "reference", _("Order or contract reference")
    PAYMENT = "payment", _("Bank details or payment terms")
    DUPLICATE = "duplicate", _("Duplicate")
    OTHER = "other", _("Other (note required)")


_R = ObjectionReason
PEPPOL: dict[ObjectionReason, tuple[str, str]] = {
    _R.VAT_RATE: ("LEG", "NIN"),
    _R.NON_COMPLIANT: ("LEG", "NIN"),
    _R.RECIPIENT: ("REC", "CNF"),
    _R.UNKNOWN_TRANSACTION: ("UNR", "CNF"),
    _R.UNKNOWN_ISSUER: ("UNR", "CNF"),
    _R.CONTRACT_TERMINATED: ("UNR", "CNF"),
    _R.TOTAL: ("FIN", "NIN"),
    _R.PRICE: ("PRI", "CNP"),
    _R.QUANTITY: ("QTY", "CNP"),
    _R.ITEM: ("ITM", "CNP"),
    _R.QUALITY: ("QUA", "CNP"),
    _R.DELIVERY: ("DEL", "CNP"),
    _R.REFERENCE: ("REF", "PIN"),
    _R.PAYMENT: ("PAY", "PIN"),
    _R.DUPLICATE: ("OTH", "NOA"),
    _R.OTHER: ("OTH", "OTH"),
}


class Answer(TextChoices):
    """What the buyer tells the seller of an invoice (UNCL4343 as Peppol uses it), in the order of their ranks.

    `PPD` is on the network the code PD with the reason PPD.
    """

    RECEIVED = "AB", _("received")
    IN_PROCESS = "IP", _("in process")
    QUERIED = "UQ", _("under query")
    CONDITIONAL = "CA", _("accepted with conditions")
    REFUSED = "RE", _("refused")
    ACCEPTED = "AP", _("accepted")
    PARTLY_PAID = "PPD", _("partly paid")
    PAID = "PD", _("paid")


# What an objection asks the seller to do (OPStatusAction).
ACTIONS = {
    "NOA": _("asks for nothing"),
    "PIN": _("asks for information"),
    "NIN": _("asks for a new invoice"),
    "CNF": _("asks for a credit note for all of it"),
    "CNP": _("asks for a credit note for a part"),
    "CNA": _("asks for a credit note for the amount"),
    "OTH": _("see the note"),
}


# Why a customer objects, as the network says it (OPStatusReason).
NETWORK_REASONS = {
    "NON": _("no issue"),
    "REF": _("references are wrong"),
    "LEG": _("legal information is wrong"),
    "REC": _("not the right recipient"),
    "QUA": _("quality"),
    "DEL": _("delivery"),
    "PRI": _("prices are wrong"),
    "QTY": _("quantity is wrong"),
    "ITM": _("items are wrong"),
    "PAY": _("payment terms are wrong"),
    "UNR": _("not recognized"),
    "FIN": _("amounts are wrong"),
    "PPD": _("partly paid"),
    "OTH": _("other"),
}


class WontBePaidReason(TextChoices):
    REFUSED = "refused", _("The customer refuses it")
    INSOLVENT = "insolvent", _("The customer is insolvent")
    SETTLEMENT = "settlement", _("Settled for less")
    SMALL_AMOUNT = "small_amount", _("Not worth collecting")
    OTHER = "other", _("Other (note required)")


class CustomerAnswer(TextChoices):
    """What our customer said, recorded by hand."""

    ACCEPTED = "accepted", _("Accepts it")
    QUERIED = "queried", _("Has a question or disputes it")
    REFUSED = "refused", _("Refuses it")


ANSWER_OF = {
    CustomerAnswer.ACCEPTED: Answer.ACCEPTED,
    CustomerAnswer.QUERIED: Answer.QUERIED,
    CustomerAnswer.REFUSED: Answer.REFUSED,
}
