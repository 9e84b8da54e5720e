"""Everything an e-invoice says, in the reader's language: the readable data view, a piece of the lines at a time."""

from django.utils.translation import get_language

from banqup.einvoicing.rendering import Sheet, describe
from banqup.invoices.papers import is_own

# A document of 4,000 lines is 20 pages of the viewer; its PDF has all of them in one go.
LINES_A_PAGE = 200


def pages(invoice) -> int:
    """How many pages of the viewer the lines take; at least 1."""
    return max(1, -(-len(invoice.document.lines) // LINES_A_PAGE))


def readable(invoice, page: int = 1) -> Sheet:
    """The whole document, of its lines those of `page` (the first is 1)."""
    first = (page - 1) * LINES_A_PAGE
    return describe(invoice.document, get_language(), first=first, count=LINES_A_PAGE, own=is_own(invoice))
