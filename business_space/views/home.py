"""Where a person lands, and what needs them in a business."""

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from banqup.conversations import overview
from banqup.exports.models import Export, ExportState
from banqup.invoices.models import Invoice, Receipt
from banqup.invoices.statuses import PAYABLE, GeneralStatus
from banqup.spaces import switcher
from business_space import setup
from business_space.rows import export_summaries, qualifier
from business_space.sides import PURCHASE, SALES, SIDES
from business_space.space import address, in_space, lacks, shown_count

LATEST = 8
FAILED_AT_MOST = 5
ASKED_AT_MOST = 3


@login_required
def root(request):
    """On to the space that was open last, else to the first; a page of its own for who has none."""
    space = switcher.landing(request)
    url = space and switcher.address(space)
    if url:
        return HttpResponseRedirect(url)
    return render(request, "business_space/no_space.html", {"page_title": _("You have no space yet"), "space": space})


@in_space
def home(request):
    space = request.space
    context = {
        "page_title": _("Home"),
        "space": space,
        "cards": _cards(request),
        "asked": overview.asked(request.membership, at_most=ASKED_AT_MOST),
        "comments_url": address("comments", space.slug),
        "failed": _failed(space),
        "failed_state": ExportState.FAILED.value,
        "latest": _latest(space),
        **setup.context(space, address),
        "upload_url": PURCHASE.url("upload", space),
        "may_import": not lacks(request, PURCHASE.may_import),
        "is_empty": not Receipt.objects.filter(space=space).exists(),
    }
    return render(request, "business_space/home.html", context)


def _cards(request) -> list[dict]:
    """What needs a person, each with the list that shows it."""
    space, cards = request.space, []
    everything = Invoice.objects.of_business(space)
    for side in SIDES:
        waiting = side.documents(everything).awaiting_validation().capped_count()
        cards.append(
            {
                "number": shown_count(waiting),
                "some": waiting > 0,
                "title": side.title,
                "text": GeneralStatus.AWAITING_VALIDATION.label,
                "status": GeneralStatus.AWAITING_VALIDATION,
                "url": _tab(side, space, GeneralStatus.AWAITING_VALIDATION),
            }
        )
    for side, words in ((PURCHASE, _("Overdue, to pay")), (SALES, _("Overdue, to receive"))):
        late = side.documents(everything).filter(
            general_status__in=PAYABLE,
            sort_date__lt=space.today(),
            due_date__lt=space.today(),
            is_credit_note=False,  # which is settled, not paid, and never overdue
        )
        number = late.capped_count()
        url = _tab(side, space, GeneralStatus.UNPAID)
        cards.append(
            {
                "number": shown_count(number),
                "some": number > 0,
                "title": side.title,
                "text": words,
                "status": None,
                "url": url,
            }
        )
    return cards


def _tab(side, space, status) -> str:
    return f"{side.url('list', space)}?tab={status.value.lower()}"


def _failed(space) -> list[dict]:
    """Exports that stopped and were not sent again since."""
    again = Export.objects.filter(
        invoice=OuterRef("invoice"), integration=OuterRef("integration"), sequence__gt=OuterRef("sequence")
    )
    stopped = Export.objects.filter(integration__space=space, state=ExportState.FAILED).exclude(Exists(again))
    rows = (
        stopped.select_related("invoice", "integration")
        .defer("invoice__data", "invoice__report")
        .order_by("-settled_at")
    )
    found = list(rows[:FAILED_AT_MOST])
    for export in found:
        export.invoice.space = space
    return [
        {
            "name": export.integration.name,
            "invoice": export.invoice,
            "url": export.invoice.get_absolute_url(),
            "reason": export.reason,
        }
        for export in found
    ]


def _latest(space) -> list[dict]:
    """The documents that came in last."""
    receipts = (
        Receipt.objects.filter(space=space, outcome=Receipt.Outcome.DOCUMENT).select_related("invoice").order_by("-id")
    )
    receipts = receipts.defer("invoice__data", "invoice__report", "invoice__search_text")
    invoices = [receipt.invoice for receipt in receipts[:LATEST] if receipt.invoice.deleted_at is None]
    summaries, today = export_summaries(invoices), space.today()
    for invoice in invoices:
        invoice.space = space
    return [
        {
            "invoice": invoice,
            "url": invoice.get_absolute_url(),
            "qualifier": qualifier(invoice, today),
            "exports": summaries.get(invoice.pk),
        }
        for invoice in invoices
    ]
