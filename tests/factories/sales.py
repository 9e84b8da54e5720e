"""Sales of a space for tests: a customer, a draft, a document that was sent."""

from dataclasses import replace
from decimal import Decimal

from banqup.actions import drafts, issuing, transmitting
from banqup.contacts.models import Contact
from banqup.einvoicing import Line
from banqup.invoices.models import Invoice
from banqup.sending.models import Transmission
from banqup.sending.queue import Told
from tests.factories import einvoices


def customer(space, name="Hotel Ter Duinen NV", seed=77, **fields) -> Contact:
    """A Belgian customer with an e-mail address."""
    number = einvoices.enterprise_number(seed)
    known = {
        "vat_id": f"BE{number}",
        "company_id": number,
        "company_scheme": "0208",
        "street": "Zeedijk 1",
        "postal_code": "8400",
        "city": "Oostende",
        "country": "BE",
        "email": "facturen@terduinen.example",
        "buyer_reference": "KST-12",
    }
    return Contact.objects.create(space=space, name=name, is_customer=True, **{**known, **fields})


def line(name="Brood", quantity="10", price="4.50", rate="6") -> Line:
    return Line(
        name=name,
        quantity=Decimal(quantity),
        unit="C62",
        net_price=Decimal(price),
        vat_category="S",
        vat_rate=Decimal(rate),
    )


def draft(space, by, *, contact=None, lines=None, **fields) -> Invoice:
    """A draft that could be sent."""
    known = Contact.objects.filter(space=space, is_customer=True).exclude(email="").first()
    contact = contact or known or customer(space)
    started = drafts.start(space=space, by=by, contact=contact)
    document = replace(started.document, lines=tuple(lines or [line()]), **fields)
    return drafts.save(invoice=started, document=document, contact=contact, by=by, version=started.version)


def issued(space, by, *, way="email", **fields) -> Invoice:
    """Sent by a person; its transmission waits for the worker."""
    return issuing.send(invoice=draft(space, by, **fields), way=way, by=by)


def transmitted(invoice: Invoice, *, remote_id="") -> Transmission:
    """What the worker does with its transmission when all goes well."""
    row, attempt = transmitting.begin(invoice.transmissions.last().pk)
    transmitting.sent(row, attempt, Told("sent", "250 OK"), remote_id=remote_id)
    return Transmission.objects.get(pk=row.pk)
