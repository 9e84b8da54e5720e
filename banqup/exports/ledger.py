"""The export ledger: released documents × integrations. What is where, and what is missing.

Only queries; how many there are depends on neither the documents nor the integrations. The state of
a pair of document and integration is *delivered* once any sending of it was, for then it is there;
else the state of its latest sending; without one it was never asked for.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.db.models import Exists, F, IntegerField, OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from banqup.invoices import statuses
from banqup.invoices.models import Invoice
from banqup.invoices.queries import COUNT_CAP
from banqup.spaces.models import Engagement, Space

from .models import PENDING, Export, ExportState, Integration
from .whereabouts import Place, with_what_went_first

# What a list of documents leaves out: long, and never shown.
HEAVY = ("data", "report", "search_text")
# A pair may be asked for by these, and by NEVER and MISSING.
STATES = {
    "waiting": tuple(PENDING),
    "failed": (ExportState.FAILED,),
    "cancelled": (ExportState.CANCELLED,),
    "delivered": (ExportState.DELIVERED,),
}
# Never asked for, though the integration is active; and all that is not delivered to an active one.
NEVER, MISSING = "never", "missing"


def receiving() -> Q:
    """Integrations that are on, on a side that is still engaged."""
    return Q(is_active=True) & (Q(engagement=None) | Q(engagement__status=Engagement.Status.ACTIVE))


def latest(exports):
    """Of each document and integration the last sending; earlier ones were replaced by it."""
    later = Export.objects.filter(
        invoice=OuterRef("invoice"), integration=OuterRef("integration"), sequence__gt=OuterRef("sequence")
    )
    return exports.filter(~Exists(later))


def columns(space: Space, engagement: Engagement | None = None) -> list[Integration]:
    """The integrations of the ledger: those that receive, and those that ever got a document.

    Both sides', the accountant's after the business's own; with `engagement` only that accountant's (C15).
    """
    found = Integration.objects.filter(space=space)
    if engagement:
        found = found.filter(engagement=engagement)
    ever = Exists(Export.objects.filter(integration=OuterRef("pk")))
    found = found.filter(receiving() | ever).select_related("engagement__partner")
    return sorted(found.order_by("name", "id"), key=lambda one: one.is_partner_side)


def is_receiving(integration: Integration) -> bool:
    """`receiving` for one that was read with its engagement."""
    engaged = not integration.is_partner_side or integration.engagement.status == Engagement.Status.ACTIVE
    return integration.is_active and engaged


def documents(space: Space):
    """Every released document of `space`. Told by what an index holds: counting reads no document."""
    return Invoice.objects.of_business(space).present().filter(accounting_status__in=statuses.RELEASED)


def in_state(rows, integrations: Iterable[Integration], state: str):
    """Those of `rows` that are in `state` at one of the `integrations`; all when `state` is empty."""
    ids = [one.pk for one in integrations]
    active = [one.pk for one in integrations if is_receiving(one)]
    if not state:
        return rows
    if state in (NEVER, MISSING):
        lacking = [~Exists(_sendings([pk], delivered=state == MISSING)) for pk in active]
        return rows.filter(_any(lacking)) if lacking else rows.none()
    if state == ExportState.DELIVERED:
        return rows.filter(Exists(_sendings(ids, delivered=True)))
    # Few are in such a state, so they are looked up first and the documents after them.
    return rows.filter(pk__in=undelivered(state).filter(integration__in=ids).values("invoice"))


def undelivered(state: str):
    """The latest sendings in `state` of what was never delivered there."""
    there = _of(OuterRef("invoice")).filter(at=OuterRef("integration"), state=ExportState.DELIVERED)
    return latest(Export.objects.filter(state__in=STATES[state])).filter(~Exists(there))


def _sendings(ids, *, delivered: bool):
    rows = _of(OuterRef("pk")).filter(at__in=ids)
    return rows.filter(state=ExportState.DELIVERED) if delivered else rows


def _of(invoice):
    """The sendings of one document, `at` an integration: found by the document, which has few.

    The sum keeps a database without statistics from beginning at the integration, which has very many.
    """
    return Export.objects.filter(invoice=invoice).alias(at=F("integration") + 0)


def _any(conditions) -> Q:
    found = Q()
    for condition in conditions:
        found |= Q(condition)
    return found


def page(rows, number: int) -> list[Invoice]:
    """The first `number` of `rows`, with what a list shows; the rest is looked through in an index."""
    ids = list(rows.values_list("pk", flat=True)[:number])
    found = Invoice.objects.defer(*HEAVY).in_bulk(ids)
    return [found[pk] for pk in ids]


# --- cells ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """One document at one integration. `again`: a later sending of what is there already, not delivered."""

    place: Place
    again: Export | None = None

    @property
    def state(self) -> str:
        """Of the pair; empty where nothing is there and nothing is expected."""
        return self.place.state if self.place.kind == "export" else ""

    @property
    def words(self) -> str:
        if not self.again:
            return self.place.words
        again = replace(self.place, export=self.again)
        told = _("Sent again: %(state)s. %(words)s") % {
            "state": self.again.get_state_display(),
            "words": again.words,
        }
        return f"{self.place.words}. {told}"

    @property
    def is_missing(self) -> bool:
        return self.place.may_receive and not self.place.has_it

    @property
    def since(self):
        """When it came into this state; None before anything was asked for."""
        export = self.place.export
        return export and (export.settled_at or export.created_at)

    def is_in(self, state: str) -> bool:
        """Whether a filter by `state` asks for this one."""
        if not state:
            return True
        if state == MISSING:
            return self.is_missing
        if state == NEVER:
            return self.is_missing and self.place.export is None
        return self.place.export is not None and self.place.export.state in STATES[state]


def cells(invoices: list[Invoice], integrations: list[Integration]) -> dict[int, list[Cell]]:
    """Invoice id → its cells in the order of `integrations`; one query for a whole page."""
    rows = with_what_went_first(Export.objects.filter(invoice__in=invoices, integration__in=integrations))
    there: dict[tuple[int, int], Export] = {}
    last: dict[tuple[int, int], Export] = {}
    for export in rows.order_by("sequence"):
        key = (export.invoice_id, export.integration_id)
        last[key] = export
        if export.state == ExportState.DELIVERED:
            there[key] = export
    made: dict[int, list[Cell]] = {}
    for invoice in invoices:
        made[invoice.pk] = []
        for integration in integrations:
            key = (invoice.pk, integration.pk)
            export = there.get(key) or last.get(key)
            if export:
                export.integration = integration
            again = last.get(key) if key in there and last[key] is not there[key] else None
            made[invoice.pk].append(Cell(Place(invoice, integration, export=export), again=again))
    return made


# --- released, but not delivered --------------------------------------------------------------------


@dataclass(frozen=True)
class Gap:
    """What one receiving integration does not have, by the reason; none counts past the cap."""

    integration: Integration
    never: int
    waiting: int
    failed: int
    cancelled: int

    @property
    def total(self) -> int:
        return self.never + self.waiting + self.failed + self.cancelled


def gaps(space: Space, integrations: list[Integration]) -> list[Gap]:
    """One for each of `integrations` that receives; one query.

    What was never asked for is counted the other way round: all that is released, without what was
    ever asked for. So nothing is compared document by document.
    """
    active = {one.pk: one for one in integrations if is_receiving(one)}
    of_one = Export.objects.filter(integration=OuterRef("pk"))
    # Everything of a document whose approval was withdrawn is cancelled, and it is not released.
    # The sum, as in `_of`: few are cancelled, all have a first sending.
    cancelled = of_one.filter(state=ExportState.CANCELLED).alias(nth=F("sequence") + 0)
    withdrawn = cancelled.filter(nth=1).exclude(**_RELEASED)
    counted = {
        "released": Count(documents(space)),
        "asked": Count(of_one.filter(sequence=1)),
        "withdrawn": Count(withdrawn),
    }
    for state in ("waiting", "failed", "cancelled"):
        rows = undelivered(state).filter(integration=OuterRef("pk"), **_RELEASED)
        counted[state] = Count(rows, at_most=COUNT_CAP)
    rows = Integration.objects.filter(pk__in=active).annotate(**counted).values_list("pk", *counted)
    numbers = {pk: _gap(active[pk], *found) for pk, *found in rows}
    return [numbers[pk] for pk in active]


_RELEASED = {"invoice__accounting_status__in": statuses.RELEASED, "invoice__deleted_at": None}


def _gap(integration, released, asked, withdrawn, *undelivered) -> Gap:
    return Gap(integration, min(released - (asked - withdrawn), COUNT_CAP), *undelivered)


class Count(Subquery):
    """How many rows a query finds; with `at_most` it reads no more than that."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()

    def __init__(self, rows, *, at_most: int | None = None):
        super().__init__(rows.order_by().values("pk")[:at_most])


def lacking(integration: Integration, state: str):
    """The documents that `integration` does not have because of `state` (`never`, `failed` or `cancelled`)."""
    return in_state(documents(integration.space), [integration], state)
