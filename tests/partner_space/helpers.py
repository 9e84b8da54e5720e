"""How the tests of the accountant's pages speak: documents straight into the tables, pages as words."""

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from banqup.exports.models import Export, ExportState
from banqup.invoices.models import Invoice
from banqup.invoices.statuses import DocumentStatus, Kind
from tests.business_space.helpers import messages, page, rows, tabs, words
from tests.integrations.helpers import integration, queued, released

__all__ = ["integration", "messages", "page", "queued", "released", "rows", "tabs", "words"]

HTMX = {"HX-Request": "true"}


def browser_of(user, **options) -> Client:
    client = Client(**options)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def url(name, space, *args) -> str:
    return reverse(f"partner:{name}", args=[space.slug, *args])


def undecided(
    space, number="2026-0100", *, status=DocumentStatus.AWAITING_VALIDATION, kind=Kind.PURCHASE, **fields
) -> Invoice:
    """A document that its business has not approved."""
    made = Invoice.objects.create(
        space=space,
        kind=kind,
        channel="browser",
        document_status=status,
        number=number,
        counterparty_name="Elektro Maes BV",
        **fields,
    )
    return Invoice.objects.get(pk=made.pk)


def processed(space, number="2026-0200", **fields) -> Invoice:
    """A released document that the accountant has booked."""
    invoice = released(space, number, **fields)
    Invoice.objects.filter(pk=invoice.pk).update(processed_at=timezone.now())
    return Invoice.objects.get(pk=invoice.pk)


def exported(invoice, to, state: ExportState, **fields) -> Export:
    """An export of `invoice` in `state`."""
    open_states = (ExportState.QUEUED, ExportState.WAITING, ExportState.SENDING)
    settled = None if state in open_states else timezone.now()
    return queued(invoice, to, state=state, settled_at=settled, **fields)


def texts(response, xpath) -> list[str]:
    """What the elements say."""
    return [words(element) for element in page(response).xpath(xpath)]


def numbers(response) -> list[str]:
    """The number of each row, in order."""
    return texts(response, "//tr[starts-with(@id, 'invoice-')]/td[contains(@class, 'priority-2')][1]")


def rail(response) -> list[list[str]]:
    found = page(response).xpath("//table[@id='rail']/tbody/tr")
    return [[" ".join(cell.text_content().split()) for cell in row.xpath("td")] for row in found]
