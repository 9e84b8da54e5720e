"""Where is a document? One row per destination of both sides, and why it is not there yet.

Only queries, and always the same number of them. The words are the same for the business and for
its accountant; which link repairs a row is for the page to say.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banqup.invoices.models import Invoice

from .models import CLAIMABLE, Export, ExportAttempt, ExportState, Integration, IntegrationState
from .outbox import MAX_ATTEMPTS

# A destination that never got this document: beside the states of an export.
NOT_SENT = "not_sent"
# What a person could do about a row.
SEND, SEND_AGAIN, REPAIR, FINISH = "send", "send_again", "repair", "finish"


def when(moment: datetime) -> str:
    """17 Nov, 09:41, on the wall of the space whose time zone is active."""
    local = timezone.localtime(moment)
    style = "j M" if local.year == timezone.localdate().year else "j M Y"
    return f"{date_format(local, style)}, {date_format(local, 'H:i')}"


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "j M")


@dataclass(frozen=True)
class Place:
    """One destination: its integration, the latest export of the document to it, that export's last try."""

    invoice: Invoice
    integration: Integration
    export: Export | None = None
    attempt: ExportAttempt | None = None
    attempts: int = 0

    @property
    def name(self) -> str:
        return self.integration.name

    @property
    def is_partner_side(self) -> bool:
        return self.integration.is_partner_side

    @property
    def may_receive(self) -> bool:
        """Its integration is on, on a side that is still engaged."""
        engaged = not self.is_partner_side or self.integration.engagement.status == "active"
        return self.integration.is_active and engaged

    @property
    def kind(self) -> str:
        """Whose words `state` is: an export's, or an integration's that was never switched on."""
        return "export" if self.export or self.may_receive else "integration"

    @property
    def state(self) -> str:
        if self.export:
            return str(self.export.state)
        return NOT_SENT if self.may_receive else self.integration.state.value

    @property
    def has_it(self) -> bool:
        return self.export is not None and self.export.state == ExportState.DELIVERED

    @property
    def failed(self) -> bool:
        return self.export is not None and self.export.state == ExportState.FAILED

    @property
    def is_stuck(self) -> bool:
        """It waits for a repair of the integration, not for its turn."""
        return (
            self.export is not None
            and self.export.state == ExportState.WAITING
            and self.integration.state in (IntegrationState.NEEDS_ATTENTION, IntegrationState.NOT_TESTED)
        )

    @property
    def wants_sending(self) -> bool:
        """What a *Resend* preselects: it can receive, and the document is neither there nor on its way."""
        on_its_way = self.export is not None and self.export.state in (*CLAIMABLE, ExportState.SENDING)
        return self.may_receive and not self.has_it and not on_its_way

    @property
    def repair(self) -> str:
        """The one thing to do about it; empty when there is nothing to do."""
        if self.kind == "integration":
            return FINISH
        if self.is_stuck:
            return REPAIR
        if not self.wants_sending:
            return ""
        if self.integration.state in (IntegrationState.NEEDS_ATTENTION, IntegrationState.NOT_TESTED):
            return REPAIR
        return SEND_AGAIN if self.export else SEND

    @property
    def words(self) -> str:
        """What the destination said, and what comes next."""
        export = self.export
        if export is None:
            return self._never_sent()
        if export.state == ExportState.DELIVERED:
            label = export.remote_label or _("Delivered")
            return " · ".join(filter(None, [label, when(export.settled_at), self._tries(), self._without()]))
        if export.state == ExportState.WAITING:
            return self._waiting()
        if export.state == ExportState.QUEUED:
            return _("Waits for its turn. Nothing to do.")
        if export.state == ExportState.SENDING:
            return _("Being sent at this moment.")
        return " · ".join(filter(None, [export.reason, export.settled_at and when(export.settled_at), self._tries()]))

    def _never_sent(self) -> str:
        integration = self.integration
        if not self.may_receive:
            if not integration.test_passed:
                return _("Its test has not passed. Nothing is sent until it is activated.")
            return _("It is not active. Nothing is sent until it is.")
        released, activated = self.invoice.released_at, integration.activated_at
        if released and activated and released < activated:
            # The time of day only where the day does not tell them apart.
            shown = when if _day(released) == _day(activated) else _day
            words = _("Approved on %(approved)s, before %(name)s was activated on %(activated)s.")
            return words % {"approved": shown(released), "name": self.name, "activated": shown(activated)}
        return _("It was not sent there.")

    def _waiting(self) -> str:
        reason = self.export.reason
        if self.is_stuck:
            return " ".join(
                filter(None, [reason or self.integration.attention, _("It is sent when that is repaired.")])
            )
        if self.export.is_queued_behind:
            return f"{reason} {_('Nothing to do.')}"
        following = _("Next try at %(when)s (%(number)d of %(all)d). Nothing to do.") % {
            "when": when(self.export.next_try_at),
            "number": self.export.attempt_count + 1,
            "all": MAX_ATTEMPTS,
        }
        return " ".join(filter(None, [reason, following]))

    def _without(self) -> str:
        number = self.export.went_without
        return _("went without %s, which did not get there") % number if number else ""

    def _tries(self) -> str:
        if not self.attempts:
            return ""
        tries = ngettext("%d attempt", "%d attempts", self.attempts) % self.attempts
        if self.attempt and self.attempt.duration_ms is not None and self.has_it:
            took = self.attempt.duration_ms
            tries += f", {took / 1000:.1f} s" if took >= 1000 else f", {took} ms"
        return tries


@dataclass(frozen=True)
class Whereabouts:
    """Every destination of one document."""

    invoice: Invoice
    places: tuple[Place, ...]

    @property
    def accountant(self) -> list[Place]:
        return [place for place in self.places if place.is_partner_side]

    @property
    def own(self) -> list[Place]:
        return [place for place in self.places if not place.is_partner_side]

    @property
    def failed(self) -> int:
        return sum(place.failed for place in self.places)

    @property
    def sentence(self) -> str:
        """3 of 5 destinations have it, 1 failed, 1 is not ready."""
        if not self.places:
            return _("No integration receives documents yet.")
        if not self.invoice.is_released:
            return _("No integration receives it before approval.")
        number, done = len(self.places), sum(place.has_it for place in self.places)
        parts = [
            ngettext("%(done)d of %(all)d destination has it", "%(done)d of %(all)d destinations have it", number)
            % {"done": done, "all": number}
        ]
        moving = sum(
            place.kind == "export" and not (place.has_it or place.failed or place.repair) for place in self.places
        )
        not_sent = sum(place.state == NOT_SENT for place in self.places)
        stuck = sum(place.is_stuck for place in self.places)
        idle = sum(place.kind == "integration" for place in self.places)
        for count, one, many in (
            (self.failed, _("%d failed"), _("%d failed")),
            (stuck, _("%d waits for a repair"), _("%d wait for a repair")),
            (moving, _("%d is under way"), _("%d are under way")),
            (not_sent, _("%d was never sent"), _("%d were never sent")),
            (idle, _("%d is not ready"), _("%d are not ready")),
        ):
            if count:
                parts.append((one if count == 1 else many) % count)
        return ", ".join(parts)


def with_what_went_first(exports):
    """`exports` with what their `is_queued_behind` and `went_without` ask for."""
    heavy = [f"after__invoice__{name}" for name in ("data", "report", "search_text")]
    return exports.select_related("after__invoice").defer(*heavy)


def whereabouts(invoice: Invoice) -> Whereabouts:
    """The destinations of `invoice`: three queries, however many there are.

    Listed is every integration that is on, every one that ever got this document, and those of the
    business that are still being set up.
    """
    exports = with_what_went_first(Export.objects.filter(invoice=invoice))
    exports = exports.select_related("integration__engagement__partner")
    latest: dict[int, Export] = {}
    for export in exports.order_by("sequence"):
        latest[export.integration_id] = export
    listed = Integration.objects.filter(space_id=invoice.space_id).filter(
        Q(pk__in=list(latest))
        | Q(is_active=True, engagement=None)
        | Q(is_active=True, engagement__status="active")
        | Q(engagement=None, activated_at=None)
    )
    tries: dict[int, list[ExportAttempt]] = {}
    for attempt in ExportAttempt.objects.filter(export__in=latest.values()).order_by("number"):
        tries.setdefault(attempt.export_id, []).append(attempt)
    places = []
    for integration in listed.select_related("engagement__partner").order_by("name", "id"):
        export = latest.get(integration.pk)
        made = tries.get(export.pk, []) if export else []
        places.append(
            Place(invoice, integration, export=export, attempt=made[-1] if made else None, attempts=len(made))
        )
    return Whereabouts(invoice, tuple(places))
