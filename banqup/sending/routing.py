"""How a document could get to its customer: every way with what it needs, the best first (LIFECYCLE §6)."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from banqup.contacts.models import Contact
from banqup.einvoicing import Document, Party
from banqup.invoices import statuses
from banqup.invoices.models import Invoice
from banqup.spaces.models import Space

from .models import AccessPoint, Reach, Way

# What the network said of a participant counts this long.
REACH_COUNTS = timedelta(days=7)


@dataclass(frozen=True)
class Option:
    """One way to the customer. `reason` says why it can't be used; empty when it can."""

    way: Way
    recipient: str = ""
    space: Space | None = None
    access_point: AccessPoint | None = None
    reason: str = ""
    # The address that stands in the document, where it is another one than `recipient`.
    named: str = ""

    @property
    def usable(self) -> bool:
        return not self.reason

    @property
    def words(self) -> str:
        """Where it goes, for a person."""
        if self.way == Way.PLATFORM and self.space is not None:
            return _("%s on this server") % self.space.name
        return self.recipient or str(self.way.label)


def other_party(document: Document, kind: str) -> Party:
    """Whom a document that we issue goes to."""
    return document.seller if kind in statuses.PURCHASE_LIST else document.buyer


def options(invoice: Invoice) -> list[Option]:
    """Every way except by hand, which is always there: five queries at most.

    What the customer prefers comes first, the rest in the order of `Way`.
    """
    document = invoice.document
    party = other_party(document, invoice.kind)
    found = [_platform(invoice, party), _peppol(invoice, document, party), _email(invoice, party)]
    preferred = invoice.counterparty.send_by if invoice.counterparty else ""
    return sorted(found, key=lambda option: option.way != preferred)


def best(invoice: Invoice) -> Option | None:
    """The first way that can be used; None when there is none."""
    return next((option for option in options(invoice) if option.usable), None)


def _platform(invoice: Invoice, party: Party) -> Option:
    space = space_of(party, besides=invoice.space)
    if space is None:
        return Option(Way.PLATFORM, reason=_("The customer has no space on this server."))
    return Option(Way.PLATFORM, recipient=space.slug, space=space)


def space_of(party: Party, *, besides: Space) -> Space | None:
    """The one business space that carries an identifier of `party`; None for none, or for several."""
    same = Q(pk=None)
    if party.vat_id:
        same |= Q(vat_id=_compact(party.vat_id))
    if party.company_id:
        same |= Q(company_id=_compact(party.company_id), company_scheme=party.company_scheme or "")
    if party.endpoint_id:
        same |= Q(endpoint_id=party.endpoint_id, endpoint_scheme=party.endpoint_scheme or "")
    spaces = list(Space.objects.filter(same, kind=Space.Kind.BUSINESS).exclude(pk=besides.pk)[:2])
    return spaces[0] if len(spaces) == 1 else None


def _compact(text: str) -> str:
    return text.replace(" ", "").replace(".", "").upper()


def _peppol(invoice: Invoice, document: Document, party: Party) -> Option:
    scheme, endpoint = _endpoint(party)
    if not endpoint:
        return Option(Way.PEPPOL, reason=_("The customer has no Peppol id. Enter it, or its VAT number."))
    recipient = named = f"{scheme}:{endpoint}"
    account = AccessPoint.objects.filter(space=invoice.space_id, is_active=True).first()
    if account is None:
        reason = _("No access point is set up. Connect one under Space settings > Sending.")
    elif moved := _moved(invoice, recipient):
        recipient, reason = moved
    elif not (document.buyer_reference or document.order_reference):
        reason = _("Peppol asks for the customer's reference or an order number (BT-10, BT-13).")  # PEPPOL-EN16931-R003
    elif not any(_endpoint(side)[1] for side in (document.seller, document.buyer) if side is not party):
        reason = _("Your own Peppol id is missing. Enter it under Space settings > Company.")
    elif (known := known_reach(scheme, endpoint)) is not None and not known.can_receive:
        reason = known.words or _("It can't be reached over Peppol.")
    else:
        reason = ""
    differs = named if named != recipient else ""
    return Option(Way.PEPPOL, recipient=recipient, access_point=account, reason=reason, named=differs)


def _moved(invoice: Invoice, named: str) -> tuple[str, str] | None:
    """(the customer's Peppol id as it was corrected since the document was sent, why it does not go there); None: it was not.

    The receiver on the envelope has to be the EndpointID of the receiver in the document (BR-SBDH-1, and BR-SBDH-3
    for self-billed ones, of Peppol BIS Billing 3.0: fatal). The released bytes never change, so no envelope
    with the new id would be right; and to the old one it would go to somebody whom people say it is not meant for.
    """
    contact = invoice.counterparty
    if not invoice.is_released or contact is None:
        return None
    now = participant(contact)
    if now.casefold() == named.casefold():
        return None
    first = invoice.transmissions.order_by("sequence").values_list("known_peppol_id", flat=True).first()
    if now == first:
        return None  # the document named another one from the start
    if not now:
        words = _("The customer has no Peppol id any more; the document names %s.") % named
    else:
        words = _(
            "The customer's Peppol id is %(now)s now, the document names %(named)s, and Peppol takes it only to the id "
            "that stands in it."
        ) % {"now": now, "named": named}
    again = invoice.kind == statuses.Kind.SALES and not invoice.is_credit_note
    way_out = _("Send it by e-mail, or credit it and issue it again.") if again else _("Send it by e-mail.")
    return now, f"{words} {way_out}"


def _endpoint(party: Party | Contact) -> tuple[str, str]:
    """(scheme, id) on the network. Belgian enterprises are known there by their enterprise number, 0208."""
    if party.endpoint_id:
        return party.endpoint_scheme or "", party.endpoint_id
    vat = _compact(party.vat_id or "")
    return ("0208", vat[2:]) if vat.startswith("BE") and vat[2:].isdigit() and len(vat) == 12 else ("", "")


def participant(party: Party | Contact) -> str:
    """`scheme:id` on the network; empty where `party` has none."""
    scheme, endpoint = _endpoint(party)
    return f"{scheme}:{endpoint}" if endpoint else ""


def known_reach(scheme: str, endpoint: str) -> Reach | None:
    """What the network said of a participant lately; the newest answer counts."""
    fresh = Reach.objects.filter(scheme=scheme, endpoint=endpoint, checked_at__gte=timezone.now() - REACH_COUNTS)
    return fresh.order_by("-checked_at").first()


def _email(invoice: Invoice, party: Party) -> Option:
    # The envelope of a mail is ours: it goes where the customer's page says now, whatever the document names.
    named = party.email or ""
    address = (invoice.counterparty.email if invoice.counterparty else "") or named
    reason = "" if address else _("The customer has no e-mail address.")
    differs = named if named.casefold() != address.casefold() else ""
    return Option(Way.EMAIL, recipient=address, reason=reason, named=differs)
