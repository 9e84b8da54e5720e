"""How a document of ours gets to its customer: where it is, every try, what proves arrival, and the one repair."""

from dataclasses import dataclass, field

from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from banqup.actions import customers
from banqup.actions.allowed_delivery import ways_again
from banqup.common.templatetags.format import moment
from banqup.invoices.history import entry
from banqup.invoices.models.event import Verb
from banqup.invoices.statuses import ISSUED_BY_US, DeliveryStatus
from banqup.sending.models import Transmission, TransmissionState, Way
from banqup.sending.queue import MAX_ATTEMPTS
from banqup.spaces.roles import Capability

from .space import address

L, T = DeliveryStatus, TransmissionState
# How the state of one sending looks; a cancelled one has no badge of its own.
_LOOKS = {
    T.QUEUED: L.READY_TO_SEND,
    T.WAITING: L.READY_TO_SEND,
    T.SENDING: L.SENDING,
    T.SENT: L.SENT,
    T.RECEIVED: L.RECEIVED,
    T.FAILED: L.DELIVERY_FAILED,
}
_TILES = {Way.PLATFORM: "SP", Way.PEPPOL: "PE", Way.EMAIL: "EM", Way.BY_HAND: "–"}


@dataclass(frozen=True)
class Sending:
    """One transmission with its tries; `note` says why it waits or did not get through."""

    row: Transmission
    way: str
    tile: str
    to: str
    look: DeliveryStatus | None
    note: str


@dataclass(frozen=True)
class Delivery:
    """`sentence` says all in one; `repair` is the action that helps, `ways` what each way lacks."""

    status: DeliveryStatus
    sentence: str
    tone: str = ""
    proof: dict | None = None
    sendings: list[Sending] = field(default_factory=list)
    repair: dict | None = None
    # Where the address is put right that did not work.
    address_url: str | None = None
    ways: list[dict] = field(default_factory=list)


def delivery(request, invoice, offers) -> Delivery | None:
    """None for what others issued, and before approval. Three queries; a few more when something failed."""
    if invoice.kind not in ISSUED_BY_US or not invoice.is_released:
        return None
    rows = list(invoice.transmissions.select_related("recipient_space", "created_by").prefetch_related("attempts"))
    rows.reverse()  # the newest first
    last = rows[0] if rows else None
    proof = _proof(invoice)
    failed = invoice.delivery_status == L.DELIVERY_FAILED
    broken = failed or (last is not None and last.state == T.WAITING)
    return Delivery(
        status=L(invoice.delivery_status),
        sentence=_sentence(invoice, last),
        tone="red" if failed else "",
        proof=proof,
        sendings=[_sending(row) for row in rows],
        repair=_repair(invoice, last, offers),
        address_url=_address_url(request, invoice, last) if broken else None,
        ways=_lacking_ways(request, invoice, offers) if broken else [],
    )


def _sending(row: Transmission) -> Sending:
    space = row.recipient_space
    to = _("%s on this server") % space.name if space is not None else row.recipient
    note = row.reason
    if row.state == T.WAITING:
        told = {"at": moment(row.next_try_at), "number": row.attempt_count, "all": MAX_ATTEMPTS}
        note = f"{row.reason} " + _("Next try on %(at)s (%(number)d of %(all)d so far).") % told
    look = _LOOKS.get(T(row.state))
    return Sending(row=row, way=row.get_way_display(), tile=_TILES[Way(row.way)], to=to, look=look, note=_plain(note))


def _plain(text) -> str:
    """Times come marked up for pages; here they stand within a sentence."""
    return strip_tags(str(text))


def _sentence(invoice, last) -> str:
    customer = invoice.counterparty_name or _("The customer")
    names = {"customer": customer, "number": invoice.number, "to": last.recipient if last else ""}
    if last is None:
        if invoice.delivery_status == L.RECEIVED:
            return _("%(customer)s has it.") % names
        return _("It was delivered elsewhere: nothing was sent from here.")
    names["way"] = last.get_way_display()
    return {
        L.READY_TO_SEND: _("It waits to be sent to %(customer)s.")
        if last.state != T.WAITING
        else _("It is tried again."),
        L.SENDING: _("It is being sent to %(customer)s."),
        L.SENT: _sent(last),
        L.RECEIVED: _("%(customer)s has received it."),
        L.DELIVERY_FAILED: _("%(customer)s did not receive %(number)s."),
    }.get(L(invoice.delivery_status), "") % names


def _sent(last) -> str:
    if last.way == Way.PEPPOL:
        return _("The network took it; whether %(customer)s has it, Peppol still has to say.")
    if last.way == Way.EMAIL:
        return _("The mail server took it. That it arrived, only an answer of %(customer)s proves.")
    return _("It was handed over. That it arrived, only an answer of %(customer)s proves.")


def _proof(invoice) -> dict | None:
    """What proves that it arrived, as the history tells it."""
    if invoice.delivery_status != L.RECEIVED:
        return None
    told = (Verb.ARRIVED, Verb.CUSTOMER_ANSWERED, Verb.CUSTOMER_TOLD)
    event = invoice.events.filter(verb__in=told).select_related("actor", "through", "substitute_for").last()
    return entry(event) if event else None


def _repair(invoice, last, offers) -> dict | None:
    """The one button that helps; none while nothing is wrong."""
    if invoice.delivery_status == L.DELIVERY_FAILED:
        return offers.get("resend_customer")
    silent = offers.get("resend_customer")
    if silent is not None and silent["enabled"]:
        return silent
    if last is not None and last.state == T.WAITING:
        return offers.get("mark_received")
    return None


def _address_url(request, invoice, last) -> str | None:
    if last is None or last.way == Way.PLATFORM or invoice.counterparty_id is None:
        return None
    if customers.may_save(invoice.counterparty) not in request.standing.business:
        return None
    return address("party_edit", request.space.slug, invoice.counterparty_id)


def _lacking_ways(request, invoice, offers) -> list[dict]:
    reissue = offers.get("reissue")
    return [_lacking(request, invoice, option, reissue) for option in ways_again(invoice) if option.reason]


def _lacking(request, invoice, option, reissue) -> dict:
    """A way that can't be used: why, and the page where that is put right."""
    url, label = None, ""
    if option.way == Way.PEPPOL and option.access_point is None and option.recipient:
        url, label = address("settings_sending", request.space.slug), _("Set up an access point")
        if Capability.MANAGE_INTEGRATIONS not in request.standing.business:
            url = None
    elif option.way in (Way.PEPPOL, Way.EMAIL) and invoice.counterparty_id and not option.recipient:
        url, label = address("party", request.space.slug, invoice.counterparty_id), _("Open the customer's page")
    elif option.way == Way.PEPPOL and option.named and reissue and reissue["enabled"]:
        url, label = reissue["url"], reissue["label"]
    return {"way": str(option.way.label), "reason": option.reason, "url": url, "label": label}
