"""What `banqup.actions.allowed` offers the accountant, as buttons with an address."""

from django.utils.translation import gettext as _

from banqup.actions.allowed import allowed_to_partner
from banqup.exports import whereabouts
from banqup.spaces.roles import Capability

from .space import here, lacks, standing


def offers(request, invoice) -> dict:
    """name → action dict of the design system, in the order of importance."""
    ways = {
        "approve": {"url": _with_query(request, "document_approve", invoice), "method": "get", "dialog": True},
        "mark_as_processed": {"url": _process(request, invoice), "fields": {"seen": invoice.document_status}},
        "undo_processed": {"url": _process(request, invoice), "fields": {"undo": "1"}},
        "resend": {"url": _with_query(request, "document_resend", invoice), "method": "get", "dialog": True},
    }
    return {
        action.name: {
            "name": action.name,
            "label": action.label,
            "icon": action.icon,
            "key": action.key,
            "style": action.style,
            "enabled": action.enabled,
            "reason": action.reason,
            **ways[action.name],
        }
        for action in allowed_to_partner(invoice, standing(request, invoice.space))
    }


def _process(request, invoice) -> str:
    return _with_query(request, "document_process", invoice)


def _with_query(request, name, invoice, **more) -> str:
    query = request.GET.copy()
    for key in ("view", "page", "pane", "to"):
        query.pop(key, None)
    query.update(more)
    return here(request, name, invoice.pk) + (f"?{query.urlencode()}" if query else "")


def repair(request, invoice, place, made) -> dict | None:
    """The one button that helps a destination: to the integration that is broken, or to sending again."""
    name, labels = f"repair-{place.integration.pk}", {
        whereabouts.SEND: _("Send"),
        whereabouts.SEND_AGAIN: _("Send again"),
        whereabouts.REPAIR: _("Repair"),
        whereabouts.FINISH: _("Finish set-up"),
    }  # fmt: skip
    if place.repair in (whereabouts.SEND, whereabouts.SEND_AGAIN):
        url = _with_query(request, "document_resend", invoice, to=str(place.integration.pk))
        return {**made["resend"], "name": name, "label": labels[place.repair], "icon": "", "url": url}
    if place.repair not in labels:
        return None
    reason = lacks(request, Capability.MANAGE_INTEGRATIONS)
    url = here(request, "client_extension", invoice.space_id, place.integration.pk)
    return {
        "name": name,
        "label": labels[place.repair],
        "url": url,
        "method": "get",
        "enabled": not reason,
        "reason": reason,
    }


def more(request, invoice, made, attachments) -> list:
    """The ⋮ menu: processed or not, sending, then downloads and print."""
    items = [
        made[name] | {"style": "default", "key": ""}
        for name in ("mark_as_processed", "undo_processed", "resend")
        if name in made
    ]
    items.append(None)
    for attachment in attachments:
        items.append(
            {
                "name": f"file-{attachment.pk}",
                "label": _("Download %s") % attachment.get_role_display().lower(),
                "note": attachment.filename,
                "url": here(request, "document_file", invoice.pk, attachment.pk),
                "method": "get",
                "icon": "arrow-down-tray",
            }
        )
    if invoice.is_released:
        items.append(
            {
                "name": "paper",
                "label": _("Download a PDF with the e-invoice inside"),
                "note": _("Drawn from the data"),
                "url": here(request, "document_paper", invoice.pk),
                "method": "get",
                "icon": "document-arrow-down",
            }
        )
    items.append(
        {
            "name": "why",
            "label": _("Why this status?"),
            "url": _with_query(request, "document_why", invoice),
            "method": "get",
            "dialog": True,
            "icon": "question-mark-circle",
        }
    )
    items.append(
        {
            "name": "client",
            "label": _("Open the client"),
            "url": here(request, "client", invoice.space_id),
            "method": "get",
            "icon": "building-office",
        }
    )
    return items
