"""The files of a document: pages as pictures, and downloads that no browser runs."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from banqup.common.htmx import back
from banqup.invoices import serving
from banqup.invoices.files import DamagedFile
from banqup.invoices.papers import CANNOT_DRAW, NoPaper
from business_space.space import find_invoice, in_space


@in_space
@require_safe
def file(request, side, pk, file):
    attachment = get_object_or_404(find_invoice(request, pk, side).attachments, pk=file)
    try:
        return serving.download(attachment)
    except (FileNotFoundError, DamagedFile):
        return _lost(request, side, pk, attachment.filename)


@in_space
@require_safe
def page(request, side, pk, number):
    """One page as PNG, drawn from the file in a process of its own."""
    invoice = find_invoice(request, pk, side)
    try:
        return serving.page(list(invoice.attachments.all()), number)
    except (FileNotFoundError, DamagedFile):
        return _lost(request, side, pk, invoice.filename)


@in_space
@require_safe
def paper(request, side, pk):
    """The released e-invoice, drawn from its data, as a PDF with the data inside."""
    invoice = find_invoice(request, pk, side)
    try:
        return serving.paper(invoice, get_language())
    except NoPaper:
        return back(request, invoice.get_absolute_url(), CANNOT_DRAW, messages.ERROR)


def _lost(request, side, pk, name):
    context = {
        "page_title": _("The file can't be read"),
        "name": name,
        "back_url": side.url("detail", request.space, pk),
    }
    return render(request, "business_space/invoices/lost_file.html", context, status=410)
