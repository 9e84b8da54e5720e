"""The document viewer, with the addresses of this space."""

from banqup.invoices import viewer as shared

from . import read
from .sides import side_of


def viewer(request, invoice, attachments, *, base: str = "", field_ids=None) -> dict:
    """What the viewer of the templates asks for, by `?view=`, `?page=` and `?mark=`, a business term whose place
    is marked. `field_ids`: business term → id of the field that a click on its place goes to."""
    side = side_of(invoice)

    def page_url(page):
        return side.url("page", invoice.space, invoice.pk, page)

    reading = read.reading_of(invoice) if field_ids else None

    def regions(page):
        return read.regions(reading, page, request.GET.get("mark", ""), field_ids or {})

    return shared.viewer(request, invoice, attachments, page_url=page_url, base=base, regions=regions)
