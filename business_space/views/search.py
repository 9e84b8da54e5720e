"""The jump box: documents of both lists, parties and pages by what one remembers of them."""

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from banqup.contacts.models import Contact
from banqup.invoices.models import Invoice
from business_space.navigation import settings_nav
from business_space.rows import qualifier
from business_space.sides import SIDES
from business_space.space import in_space

EACH = 20


@in_space
@require_safe
def search(request):
    q = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    lists = []
    for side in SIDES if q else ():
        found = side.documents(Invoice.objects.of_business(request.space)).search(q)
        invoices = list(found.defer("data", "report", "search_text").order_by("-id")[:EACH])
        for invoice in invoices:
            invoice.space = request.space
        if invoices:
            rows = [
                {
                    "invoice": invoice,
                    "url": invoice.get_absolute_url(),
                    "qualifier": qualifier(invoice, request.space.today()),
                }
                for invoice in invoices
            ]
            lists.append({"title": side.title, "rows": rows, "more": f"{side.url('list', request.space)}?q={q}"})
    pages = [
        item for group in [*request.shell.nav, *settings_nav(request, request.space.slug)] for item in group["items"]
    ]
    context = {
        "page_title": _("Search"),
        "space": request.space,
        "q": q,
        "lists": lists,
        "parties": Contact.objects.filter(space=request.space, name__icontains=q)[:EACH] if q else [],
        "pages": [item for item in pages if q and q.lower() in str(item["label"]).lower()],
    }
    return render(request, "business_space/search.html", context)
