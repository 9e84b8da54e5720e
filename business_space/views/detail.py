"""One document. While its data is open it is the review desk, afterwards *Where is it?*"""

from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from banqup.common.htmx import SeeOther, render_part
from banqup.exports import whereabouts as exports
from banqup.invoices.history import timeline
from banqup.payments.models import Allocation
from business_space import buttons, queue, review
from business_space.answered import answered
from business_space.approvals import approvals
from business_space.chain import chained
from business_space.delivery import delivery
from business_space.objection import objection
from business_space.own_findings import lookalike
from business_space.rows import Qualifier, qualifier
from business_space.settlements import banner, settlements, suggestion
from business_space.space import address, find_invoice, in_space
from business_space.status import explanation
from business_space.viewer import viewer

from .conversations import beside

PANES = ("data", "document", "comments", "history")


@in_space
@require_safe
def detail(request, side, pk):
    invoice = find_invoice(request, pk, side)
    if invoice.is_draft and invoice.deleted_at is None:
        return SeeOther(invoice.get_absolute_url())
    if invoice.has_open_data:
        return desk(request, invoice, review.context(request, invoice))
    return render_part(request, "business_space/invoices/detail.html", _released(request, side, invoice), part="detail")


@in_space
@require_safe
def document(request, side, pk):
    """The document alone, as wide as the window: pages, readable data, files."""
    invoice = find_invoice(request, pk, side)
    context = _head(request, side, invoice) | {"viewer": viewer(request, invoice, list(invoice.attachments.all()))}
    context["back_url"] = invoice.get_absolute_url()
    return _stay(request, render_part(request, "business_space/invoices/document.html", context))


def desk(request, invoice, context, *, status=200):
    """The review desk around the pane with the data; HTMX gets that pane alone."""
    side, attachments = context["side"], list(invoice.attachments.all())
    pane = request.GET.get("pane")
    context |= _head(request, side, invoice)
    waits = context["approvals"]
    if waits and not invoice.error_count and invoice.data:
        context["qualifier"] = Qualifier(waits["waiting"])
    context |= {
        "viewer": viewer(
            request, invoice, attachments, base=invoice.get_absolute_url(), field_ids=context["field_ids"]
        ),
        "position": queue.position(invoice),
        "more": buttons.more(invoice, context["buttons"], attachments),
        "pane": pane if pane in PANES else "data",
        "panes": [
            {"name": name, "label": label, "current": name == pane}
            for name, label in zip(PANES, (_("Data"), _("Document"), _("Comments"), _("History")), strict=True)
        ],
        "events": timeline(invoice),
        "payments": _payments(side, invoice),
        "settlements": settlements(request, invoice),
        **beside(request, side, invoice, is_open=pane == "comments"),
    }
    return _stay(
        request, render_part(request, "business_space/invoices/review.html", context, part="data", status=status)
    )


def _stay(request, response):
    """Leafing through the viewer is no new address: going back must not lose what was typed."""
    if request.headers.get("HX-Target") == "viewer":
        response["HX-Push-Url"] = "false"
    return response


def _head(request, side, invoice) -> dict:
    return {
        "page_title": invoice.title,
        "invoice": invoice,
        "side": side,
        "space": request.space,
        "list_url": side.url("list", request.space),
        "why_url": side.url("why", request.space, invoice.pk),
        "qualifier": qualifier(invoice, request.space.today()),
    }


def _released(request, side, invoice) -> dict:
    found, offers = exports.whereabouts(invoice), buttons.offers(request, invoice)
    attachments = list(invoice.attachments.all())
    resend = offers.get("resend")
    if resend and found.failed:
        failed = ", ".join(place.name for place in found.places if place.failed)
        resend["note"] = _("%s failed: preselected") % failed
    engagement = request.space.active_engagement()
    settled = settlements(request, invoice)
    return _head(request, side, invoice) | {
        "found": found,
        "checks": _checks(found),
        "bands": _bands(request, side, invoice, found, engagement),
        "explanation": explanation(invoice, request.space.today()),
        "buttons": offers,
        "main": next(iter(buttons.row(offers, buttons.MAIN)), None),
        "approvals": approvals(invoice),
        "beside_main": buttons.row(offers, buttons.BESIDE_MAIN),
        "more": buttons.more(invoice, offers, attachments, shown=buttons.MAIN),
        "objection": objection(invoice),
        "settlements": settled,
        "settled": banner(invoice, settled, offers),
        "suggestion": suggestion(invoice, offers),
        "delivery": delivery(request, invoice, offers),
        "answered": answered(invoice),
        "chain": chained(invoice),
        "lookalike": lookalike(invoice),
        **beside(request, side, invoice, is_open=True),
        "document_url": side.url("document", request.space, invoice.pk),
        "events": timeline(invoice),
        "payments": _payments(side, invoice),
        "document": invoice.document,
        "accountant": engagement.partner.name if engagement else "",
        "other": invoice.document.buyer if side.is_sales else invoice.document.seller,
        "means": next(iter(invoice.document.payment_means), None),
    }


def _checks(found) -> list[dict]:
    """The conditions of sending, each met or not (LIFECYCLE §4, export rule)."""
    invoice = found.invoice
    checks = []
    if invoice.is_released:
        words = _("Approved %s") if invoice.approved_by_id else _("Approved automatically %s")
        checks.append({"text": words % exports.when(invoice.released_at), "icon": "check", "tone": ""})
    else:
        checks.append({"text": _("Not approved"), "icon": "exclamation-triangle", "tone": "amber"})
    active = sum(place.may_receive for place in found.places)
    if found.places:
        words = _("%(active)d of %(all)d integrations active") % {"active": active, "all": len(found.places)}
        checks.append(
            {"text": words, "icon": "check" if active else "exclamation-triangle", "tone": "" if active else "amber"}
        )
    for place in found.places:
        if place.failed:
            checks.append({"text": _("%s did not take it") % place.name, "icon": "exclamation-triangle", "tone": "red"})
        elif place.is_stuck:
            checks.append(
                {"text": _("%s waits for a repair") % place.name, "icon": "exclamation-triangle", "tone": "amber"}
            )
        elif place.kind == "integration" and not place.integration.test_passed:
            checks.append({"text": _("%s not tested") % place.name, "icon": "exclamation-triangle", "tone": "amber"})
    return checks


def _bands(request, side, invoice, found, engagement) -> list[dict]:
    """The rows of both sides, the accountant's first."""
    named = engagement.partner.name if engagement else ""
    bands = ((_("Accountant’s software"), named, found.accountant), (_("Your own tools"), "", found.own))
    return [
        {"title": title, "name": name, "rows": [_row(request, side, invoice, place) for place in places]}
        for title, name, places in bands
        if places
    ]


def _row(request, side, invoice, place) -> dict:
    attempts = f"{side.url('attempts', request.space, invoice.pk)}#integration-{place.integration.pk}"
    return {
        "place": place,
        "repair": _repair(request, side, invoice, place),
        "link": {"url": attempts, "label": _("Attempts")} if place.attempts else None,
    }


def _repair(request, side, invoice, place) -> dict | None:
    """The one button that helps: to the integration that is broken, or to sending again."""
    send = {exports.SEND: _("Send"), exports.SEND_AGAIN: _("Send again")}
    if place.repair in send:
        resend = buttons.offers(request, invoice).get("resend")
        label = send[place.repair]
        return resend and resend | {
            "name": f"send-{place.integration.pk}",
            "label": label,
            "icon": "",
            "url": f"{resend['url']}?to={place.integration.pk}",
        }
    labels = {exports.REPAIR: _("Repair"), exports.FINISH: _("Finish set-up")}
    url = address("extension", request.space.slug, place.integration.pk)
    if place.repair not in labels or place.is_partner_side or url is None:
        return None
    return {"name": f"repair-{place.integration.pk}", "label": labels[place.repair], "url": url, "method": "get"}


def _payments(side, invoice) -> list[dict]:
    standing = Allocation.objects.filter(invoice=invoice, removed_at=None, credit_note=None)
    rows = standing.select_related("payment__recorded_by").order_by("payment__paid_on", "id")
    return [
        {
            "allocation": row,
            "payment": row.payment,
            "undo_url": side.url("payment_undo", invoice.space, invoice.pk, row.payment_id),
        }
        for row in rows
    ]
