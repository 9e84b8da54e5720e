"""Files that a person brings: each is received on its own, then watched until it is judged."""

from django.conf import settings
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from banqup.actions import intake
from banqup.common.htmx import SeeOther, wants_part
from banqup.invoices.models import Receipt
from banqup.invoices.models.receipt import Channel, Direction
from banqup.invoices.statuses import DocumentStatus
from business_space.sides import PURCHASE, SALES
from business_space.space import in_space, lacks, require

# What the result page of one upload remembers, at most.
SHOWN_AT_MOST = 200


@in_space
def upload(request, side):
    """The page with the drop zone. A POST takes many files, or one from the script, which gets its <li> back."""
    reason = lacks(request, side.may_import)
    if request.method != "POST":
        context = {
            "page_title": _("Import"),
            "side": side,
            "space": request.space,
            "upload_url": request.path,
            "reason": reason,
        }
        context["list_url"] = side.url("list", request.space)
        return render(request, "business_space/uploads/upload.html", context)
    require(request, side.may_import)
    items = [_receive(request, side, file) for file in request.FILES.getlist("files")]
    if wants_part(request):
        return render(request, "business_space/uploads/_items.html", {"items": items})
    if not items:
        items = [_refused(_("No file"), _("Choose one or more files first."))]
    request.session[_key(request, side)] = [item.get("receipt") or [item["name"], item["text"]] for item in items][
        :SHOWN_AT_MOST
    ]
    return SeeOther(side.url("uploaded", request.space))


@in_space
@require_safe
def uploaded(request, side):
    """What became of the files of the last upload; without script it is looked at again by a link."""
    kept = request.session.get(_key(request, side), [])
    ids = [item for item in kept if isinstance(item, int)]
    receipts = Receipt.objects.filter(space=request.space, pk__in=ids).select_related("invoice")
    receipts = {receipt.pk: receipt for receipt in receipts.defer("invoice__data", "invoice__search_text")}
    items = [
        _refused(*item) if isinstance(item, list) else _item(request, receipts[item])
        for item in kept
        if isinstance(item, list) or item in receipts
    ]
    context = {
        "page_title": _("Import"),
        "side": side,
        "space": request.space,
        "items": items,
        "waiting": any(item.get("poll") for item in items),
        "list_url": side.url("list", request.space),
        "upload_url": side.url("upload", request.space),
    }
    return render(request, "business_space/uploads/result.html", context)


@in_space
@require_safe
def receipt(request, pk):
    """One file while it is judged: asked every two seconds until the answer carries no question any more."""
    found = get_object_or_404(Receipt.objects.filter(space=request.space).select_related("invoice"), pk=pk)
    side = SALES if found.direction == Direction.SALES else PURCHASE
    if not wants_part(request):
        return SeeOther(found.invoice.get_absolute_url() if found.invoice else side.url("list", request.space))
    return render(request, "business_space/uploads/_items.html", {"items": [_item(request, found)]})


def _receive(request, side, file) -> dict:
    name = file.name or _("The file")
    try:
        received = intake.receive(
            space=request.space,
            # One byte past the limit is enough to see that it is too large.
            data=file.read(settings.BANQUP_MAX_UPLOAD_BYTES + 1),
            filename=name,
            channel=Channel.BROWSER,
            direction=side.name,
            by=request.user,
        )
    except intake.IntakeRefused as error:
        return _refused(name, error.message)
    return _item(request, received)


def _refused(name, text) -> dict:
    return {"name": name, "text": text, "tone": "red"}


def _item(request, found: Receipt) -> dict:
    """One file in words: received and still being judged, a document, or the same as an earlier one."""
    item = {"name": found.filename, "receipt": found.pk, "tone": "", "id": f"receipt-{found.pk}"}
    if found.outcome == Receipt.Outcome.WAITING:
        words = (
            _("Received. The check takes longer than usual; you can go on.")
            if found.attempts
            else _("Received. Being checked…")
        )
        return item | {"text": words, "poll": reverse("business:receipt", args=[request.space.slug, found.pk])}
    invoice = found.invoice
    invoice.space = request.space
    link = {"url": invoice.get_absolute_url(), "label": _("Open %s") % invoice.title}
    if found.outcome == Receipt.Outcome.DUPLICATE:
        return item | {
            "text": _("Not imported again: the same file as %s.") % invoice.title,
            "tone": "amber",
            "link": link,
        }
    return item | {"text": _became(invoice), "tone": "" if invoice.is_released else "amber", "link": link}


def _became(invoice) -> str:
    """What the file became, in one sentence."""
    if invoice.is_released:
        return _("Approved automatically: a correct e-invoice.")
    if invoice.document_status == DocumentStatus.VALIDATED:
        return _("Complete. It waits for approval.")
    if invoice.being_read:
        return _("Awaiting validation: it is being read.")
    fatal = next((finding["message"] for finding in invoice.findings), "")
    return _("Awaiting validation: it needs your input.") + (f" {fatal}" if fatal else "")


def _key(request, side) -> str:
    return f"uploaded:{request.space.slug}:{side.name}"
