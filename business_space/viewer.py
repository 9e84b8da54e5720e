"""The document viewer, with the addresses of this space."""

from banqup.invoices import viewer as shared

from .sides import side_of


def viewer(request, invoice, attachments, *, base: str = "") -> dict:
    """What the viewer of the templates asks for, by `?view=` and `?page=`."""
    side = side_of(invoice)

    def page_url(page):
        return side.url("page", invoice.space, invoice.pk, page)

    return shared.viewer(request, invoice, attachments, page_url=page_url, base=base)
