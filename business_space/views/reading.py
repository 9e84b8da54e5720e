"""How far the reading of a scan is: asked every two seconds, until it has ended."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from banqup.common.htmx import SeeOther, wants_part
from business_space import read
from business_space.space import find_invoice, in_space


@in_space
@require_safe
def reading(request, side, pk):
    invoice = find_invoice(request, pk, side)
    if not wants_part(request):
        return SeeOther(invoice.get_absolute_url())
    found = read.reading_of(invoice)
    context = {"reading": read.progress(found, invoice), "url": invoice.get_absolute_url()}
    return render(request, "business_space/invoices/_reading.html", context)
