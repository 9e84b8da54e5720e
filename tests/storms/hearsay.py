"""What customers say in a storm: answers of the network as bytes, and what the rules make of a log of them."""

from datetime import date

from banqup.einvoicing import InvoiceResponse, Party, write_response
from banqup.sending.models import NetworkAnswer, TransmissionState

# What may be said after what, in the words of the network's rule; None: nothing was said yet.
_QUERIED, _CONDITIONAL, _REFUSED, _ACCEPTED, _PART, _PAID = "UQ", "CA", "RE", "AP", "PPD", "PD"
_DECISIONS = {_QUERIED, _CONDITIONAL, _REFUSED, _ACCEPTED, _PART, _PAID}
_AFTER = {
    None: _DECISIONS,
    _QUERIED: _DECISIONS,
    _CONDITIONAL: {_REFUSED, _ACCEPTED, _PART, _PAID},
    _ACCEPTED: {_PART, _PAID},
    _PART: {_PART, _PAID},
    _REFUSED: set(),
    _PAID: set(),
}
_STANDS = {None: "VALIDATED", _QUERIED: "DISPUTED", _REFUSED: "REFUSED"}


def answer(code: str, *, number: str, issued: date, sender: str, receiver: str, id: str) -> bytes:
    """An Invoice Response of the participant `sender` about our `number`."""
    parties = {
        side: Party(name=side, endpoint_id=own.removeprefix("0208:"), endpoint_scheme="0208")
        for side, own in (("sender", sender), ("receiver", receiver))
    }
    said = InvoiceResponse(
        code=code,
        number=id,
        issue_date=issued,
        invoice_number=number,
        invoice_date=issued,
        invoice_type="380",
        **parties,
    )
    return write_response(said)


def expected(invoice) -> tuple[str, str]:
    """(document status, delivery status) of a sale that was validated and sent, by its log alone."""
    said, arrived, failed = None, False, False
    for told in NetworkAnswer.objects.filter(invoice=invoice).order_by("pk"):
        if told.subject == NetworkAnswer.Subject.DELIVERY:
            arrived |= told.code in ("delivered", "duplicate")
            failed |= told.code == "failed"
            continue
        arrived = True  # whatever they say, they have it
        if told.code in _DECISIONS and told.code in _AFTER[said]:
            said = told.code
    failed |= invoice.transmissions.last().state == TransmissionState.FAILED
    delivery = "RECEIVED" if arrived else "DELIVERY_FAILED" if failed else "SENT"
    return _STANDS.get(said, "FULLY_APPROVED"), delivery
