"""The log of one integration: its last exports, each with its reason and its repair."""

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from banqup.exports.ledger import latest
from banqup.exports.models import PENDING, Export, ExportState, Integration
from banqup.exports.outbox import MAX_ATTEMPTS

LOG_LENGTH = 50

SHOWS = {
    "": (lazy("All"), Q()),
    "needs": (lazy("Needs you"), Q(state=ExportState.FAILED)),
    "queued": (lazy("Queued"), Q(state__in=PENDING)),
    "delivered": (lazy("Delivered"), Q(state=ExportState.DELIVERED)),
}


def log(place, integration: Integration, show: str) -> dict:
    """The latest sending of each document, newest first, with its reason; filtered by `show`."""
    show = show if show in SHOWS else ""
    rows = latest(Export.objects.filter(integration=integration))
    counts = rows.aggregate(
        **{f"n_{key}": Count("pk", filter=condition) for key, (_label, condition) in SHOWS.items() if key},
        n_=Count("pk"),
    )
    chosen = (
        rows.filter(SHOWS[show][1])
        .select_related("invoice__space", "integration", "after")
        .order_by("-id")[:LOG_LENGTH]
    )
    now = timezone.now()
    return {
        "rows": [_row(place, export, now) for export in chosen],
        "filters": [
            {"label": label, "show": key, "count": counts[f"n_{key}"], "current": key == show}
            for key, (label, _q) in SHOWS.items()
        ],
        "total": counts["n_"],
    }


def _row(place, export: Export, now) -> dict:
    row = {
        "export": export,
        "invoice": export.invoice,
        "url": place.document_url(export.invoice),
        "reason": _reason(export, now),
        # A path is long, and its end says enough; the whole of it is there on hover.
        "short": _reason(export, now).rpartition("/")[2] if export.state == ExportState.DELIVERED else "",
    }
    if export.state in (ExportState.FAILED, ExportState.CANCELLED):
        reason = place.resend_refusal_of(export.invoice) or (
            "" if export.integration.is_active else _("Activate it first.")
        )
        row["resend"] = {
            "name": f"resend-{export.pk}",
            "label": _("Resend") if export.state == ExportState.FAILED else _("Send"),
            "url": place.url("export_resend", export.integration_id, export.pk),
            "enabled": not reason,
            "reason": reason,
        }
    return row


def _reason(export: Export, now) -> str:
    if export.state == ExportState.DELIVERED:
        return export.remote_label
    if export.state == ExportState.QUEUED:
        return export.reason or _("goes out in a moment")
    if export.is_queued_behind:
        return export.reason
    if export.state == ExportState.WAITING:
        words = {"at": _clock(export.next_try_at, now), "done": export.attempt_count, "most": MAX_ATTEMPTS}
        again = _("Next try %(at)s (%(done)d of %(most)d).") if export.attempt_count else _("Next try %(at)s.")
        return f"{export.reason} {again % words}".strip()
    return export.reason


def _clock(at, now) -> str:
    """14:30, with its day when that is another one."""
    if at <= now:
        return _("in a moment")
    local = timezone.localtime(at)
    time = date_format(local, "H:i")
    return time if local.date() == timezone.localdate() else f"{date_format(local, 'j M')}, {time}"
