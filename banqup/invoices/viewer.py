"""The document viewer of a page: original pages, readable data, or the list of attachments.

Both spaces show a document with it; each says at which address a page's picture stands.
"""

from collections.abc import Callable

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from . import pictures, readable

ORIGINAL, DATA, FILES = "original", "data", "files"


def viewer(
    request, invoice, attachments, *, page_url: Callable[[int], str], file_url=None, base: str = "", regions=None
) -> dict:
    """What templates/components/invoice/_viewer.html asks for, by `?view=` and `?page=`.

    `base` begins its links; `file_url(attachment)` is where a file is downloaded.
    `regions(page)` gives the places to mark on a page.
    """
    picture = pictures.picture_of(attachments)
    pages = pictures.pages(picture) if picture else 0
    has_data = bool(invoice.data)
    view = _chosen(request.GET.get("view", ""), pages, has_data)
    made = {
        "view": view,
        "attachments": attachments,
        "files": [{"attachment": item, "url": file_url(item)} for item in attachments] if file_url else [],
        "base": base,
        "is_own_page": not base,
        "invoice": invoice,
        "space": invoice.space,
        "views": _views(view, pages, has_data, len(attachments), base),
    }
    if view == ORIGINAL:
        made |= _sheet(request, picture, pages, page_url, base, regions)
    elif view == DATA:
        made |= _data(request, invoice, base)
    return made


def _data(request, invoice, base) -> dict:
    pages = readable.pages(invoice)
    page = _page(request, pages)
    sheet = readable.readable(invoice, page)
    context = {"data": sheet, "pages": pages, "first": sheet.first + 1, "last": sheet.first + len(sheet.rows)}
    made = {"readable": render_to_string("components/invoice/_readable.html", context)}
    return made | _leafing(DATA, page, pages, base) if pages > 1 else made


def _chosen(asked, pages, has_data) -> str:
    there = {ORIGINAL: pages, DATA: has_data, FILES: True}
    if there.get(asked):
        return asked
    return next(view for view in (ORIGINAL, DATA, FILES) if there[view] and view != asked)


def _views(view, pages, has_data, files, base) -> list[dict]:
    offered = [
        (ORIGINAL, _("Original"), pages),
        (DATA, _("Readable data view"), has_data),
        (FILES, _("Attachments %d") % files, files),
    ]
    return [
        {"label": label, "url": _with(base, f"view={name}"), "current": name == view}
        for name, label, there in offered
        if there
    ]


def _with(base, query) -> str:
    return f"{base}{'&' if '?' in base else '?'}{query}"


def _sheet(request, picture, pages, page_url, base, regions) -> dict:
    page = _page(request, pages)
    alt = _("Page %(page)d of %(title)s") % {"page": page, "title": picture.filename}
    return _leafing(ORIGINAL, page, pages, base) | {
        "sheets": [{"url": page_url(page), "alt": alt, "regions": regions(page) if regions else []}],
        "file_url": page_url(page),
    }


def _page(request, pages: int) -> int:
    """The page that is asked for, of those there are."""
    asked = request.GET.get("page", "")
    return min(max(int(asked), 1), pages) if asked.isdecimal() and len(asked) < 6 else 1


def _leafing(view, page, pages, base) -> dict:
    return {
        "page": page,
        "pages": pages,
        "prev_url": _with(base, f"view={view}&page={page - 1}") if page > 1 else "",
        "next_url": _with(base, f"view={view}&page={page + 1}") if page < pages else "",
    }
