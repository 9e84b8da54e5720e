"""Who must approve a purchase document, in which order, and who may do it now (LIFECYCLE P5, P6, C12).

Reads and never writes. A document takes the first active route of its space that matches; without
one it takes a single approval by anybody with the right. A person assigned to the document comes
last. With four eyes, whoever entered the data signs no step and nobody signs two of them, also not
in somebody else's place. A substitute stands in for a person, not for that person's substitutions.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from django.db.models import Count

from banqup.invoices.models import Event, Invoice
from banqup.invoices.models.event import Verb
from banqup.invoices.statuses import PURCHASE_LIST, Kind
from banqup.spaces.access import delegates
from banqup.spaces.models import Membership, Space, User
from banqup.spaces.roles import Capability, Role

from .models import Assignment, Route, Signature, Sort, Substitute
from .seal import data_sha256

# What makes earlier signatures void: the document has to be looked at again.
ENDS_A_ROUND = (Verb.DISPUTED, Verb.REFUSED, Verb.RESOLVED, Verb.WITHDRAWN)


@dataclass(frozen=True)
class Signer:
    """Somebody who may sign, and as what: for themselves, in the place of an absent person, or for the accountant."""

    person: User
    instead_of: User | None = None
    through: Space | None = None


@dataclass(frozen=True)
class Need:
    """What a step asks for: one of `people`, or of those with `role`; neither: whoever carries the right."""

    people: tuple[User, ...] = ()
    role: str = ""
    only_from: Decimal | None = None

    @property
    def is_the_right(self) -> bool:
        return not self.people and not self.role


THE_RIGHT = Need()


class Circle:
    """The routes and people of one space, each asked once; the day is the space's today."""

    def __init__(self, space: Space):
        self.space = space

    @cached_property
    def routes(self) -> list[Route]:
        """In the order in which they are tried."""
        active = Route.objects.filter(space=self.space, is_active=True)
        return list(active.prefetch_related("steps__approvers", "suppliers"))

    @cached_property
    def members(self) -> dict[int, Membership]:
        """Active members who see documents, by user id: only they count as approvers."""
        found = Membership.objects.filter(space=self.space, user__is_active=True).select_related("user")
        for member in found:
            member.space = self.space
        return {member.user_id: member for member in found if Capability.VIEW_DOCUMENTS in member.capabilities}

    @cached_property
    def delegates(self) -> list[Signer]:
        office, people = delegates(self.space)
        return [Signer(person, through=office) for person in people]

    @cached_property
    def substitutes(self) -> list[Substitute]:
        """Those of today, whose both people still work here."""
        today = self.space.today()
        rows = Substitute.objects.filter(space=self.space, first_day__lte=today, last_day__gte=today)
        rows = rows.select_related("absent", "substitute").order_by("absent__name", "id")
        return [row for row in rows if row.absent_id in self.members and row.substitute_id in self.members]

    def own(self, need: Need) -> list[Signer]:
        """Who meets `need` without standing in for anybody. A delegate counts as a purchase responsible."""
        found = [Signer(one.user) for one in self.members.values() if _meets(one, need)]
        found.sort(key=lambda signer: (str(signer.person).lower(), signer.person.pk))
        if need.role == Role.PURCHASE_RESPONSIBLE or need.is_the_right:
            found += self.delegates
        return found

    def signers(self, need: Need, barred: Iterable[int] = ()) -> list[Signer]:
        """Who may sign for `need`, their own right first; nobody of `barred` (user ids)."""
        barred, own = set(barred), self.own(need)
        present = [signer for signer in own if signer.person.pk not in barred]
        here = {signer.person.pk for signer in present if signer.through is None}
        absent = {signer.person.pk for signer in own if signer.through is None}
        for row in self.substitutes:
            if row.absent_id in absent and row.substitute_id not in here | barred:
                here.add(row.substitute_id)
                present.append(Signer(row.substitute, instead_of=row.absent))
        return present


def _meets(member: Membership, need: Need) -> bool:
    return _has(member, need) or any(person.pk == member.user_id for person in need.people)


def _has(member: Membership, need: Need) -> bool:
    if need.is_the_right:
        return Capability.APPROVE_PURCHASE in member.capabilities
    return bool(need.role) and need.role in member.roles


@dataclass(frozen=True)
class Case:
    """What the rules have to know of a document; the simulator makes one without a document.

    `amount` is the amount to pay in the document's own currency; nothing is converted.
    """

    sort: Sort
    amount: Decimal
    supplier_id: int | None
    submitter: User | None = None
    assigned: User | None = None


@dataclass(frozen=True)
class Planned:
    """One step of a plan. `signature` is the one that counts, `since` when it became this step's turn."""

    number: int
    need: Need
    signature: Signature | None = None
    since: datetime | None = None


@dataclass
class Plan:
    """The approvals that one document needs, and how far they are."""

    circle: Circle
    case: Case
    route: Route | None
    steps: list[Planned] = field(default_factory=list)
    sha256: str = ""
    round: int = 0

    @property
    def is_simple(self) -> bool:
        """One approval by anybody with the right, as without routes."""
        return self.route is None and self.case.assigned is None

    @property
    def four_eyes(self) -> bool:
        return self.route is not None and self.route.four_eyes

    @property
    def total(self) -> int:
        return len(self.steps)

    @property
    def current(self) -> Planned:
        """The step whose turn it is; the last one when all are signed, which only a stale copy in memory shows."""
        return next((step for step in self.steps if step.signature is None), self.steps[-1])

    @property
    def is_last(self) -> bool:
        return self.current.number == self.total

    @property
    def stand(self) -> tuple:
        """Where the document is on which route: an approval that was prepared for another stand is void."""
        return (*_edition(self.route), self.current.number, self.total)

    @property
    def signed(self) -> list[Signature]:
        return [step.signature for step in self.steps if step.signature is not None]

    @property
    def barred(self) -> set[int]:
        """User ids that four eyes keep from signing."""
        if not self.four_eyes:
            return set()
        barred = {signature.signed_by_id for signature in self.signed}
        return barred | {self.case.submitter.pk} if self.case.submitter else barred

    def signers(self, step: Planned | None = None) -> list[Signer]:
        """Who may sign `step` (the current one) as things stand."""
        return self.circle.signers((step or self.current).need, self.barred)

    def signer(self, person, through: Space | None = None) -> Signer | None:
        """As what `person` may sign now, in the business or `through` the accountant's space; None: not at all."""
        member = self.circle.members.get(person.pk) if person and through is None else None
        if member and _meets(member, self.current.need) and person.pk not in self.barred:
            return Signer(member.user)  # their own right comes first: who else may need not be known
        found = (one for one in self.signers() if one.person == person and one.through == through)
        return next(found, None)

    @property
    def following(self) -> list[Signer]:
        """Who may sign the step after the current one, whoever signs the current one."""
        return self.signers(self.steps[self.current.number]) if not self.is_last else []


def sort_of(invoice: Invoice) -> Sort:
    if invoice.kind == Kind.SELF_BILLED_OUT:
        return Sort.SELF_BILLED
    return Sort.CREDIT_NOTE if invoice.is_credit_note else Sort.INVOICE


def matching(circle: Circle, case: Case) -> Route | None:
    """The first active route for this case."""
    return next((route for route in circle.routes if _matches(route, case)), None)


def _matches(route: Route, case: Case) -> bool:
    suppliers = {supplier.pk for supplier in route.suppliers.all()}
    return (
        (not route.sorts or case.sort.value in route.sorts)
        and (route.minimum is None or case.amount >= route.minimum)
        and (route.maximum is None or case.amount <= route.maximum)
        and (not suppliers or case.supplier_id in suppliers)
    )


def needs_of(route: Route) -> list[Need]:
    """Every step of the route, in its order."""
    return [Need(tuple(step.approvers.all()), step.role, step.from_amount) for step in route.steps.all()]


def needs(route: Route | None, case: Case) -> list[Need]:
    """What this case needs; never nothing."""
    asked = needs_of(route) if route else []
    asked = [need for need in asked if need.only_from is None or need.only_from <= case.amount]
    if case.assigned is not None:
        asked.append(Need(people=(case.assigned,)))
    return asked or [THE_RIGHT]


def plan(circle: Circle, case: Case) -> Plan:
    """The plan of a case of which nothing is signed yet."""
    route = matching(circle, case)
    steps = [Planned(number, need) for number, need in enumerate(needs(route, case), start=1)]
    return Plan(circle, case, route, steps)


def plan_of(invoice: Invoice, circle: Circle | None = None) -> Plan:
    """The plan of a document of the purchase list that is not released."""
    return plans([invoice], circle or Circle(invoice.space))[invoice.pk]


def plans(invoices: Iterable[Invoice], circle: Circle) -> dict[int, Plan]:
    """Invoice id → plan, for documents of one space; as many queries for many as for one."""
    invoices = [invoice for invoice in invoices if invoice.kind in PURCHASE_LIST]
    assigned = _assigned(invoices)
    simple = not circle.routes and not assigned
    submitters = {} if simple else _submitters(invoices)
    signatures = {} if simple else _signatures(invoices)
    rounds = _rounds(signatures)
    made = {}
    for invoice in invoices:
        pk = invoice.pk
        case = Case(
            sort=sort_of(invoice),
            amount=abs(invoice.payable or Decimal(0)),
            supplier_id=invoice.counterparty_id,
            submitter=submitters.get(pk),
            assigned=assigned.get(pk),
        )
        made[pk] = plan(circle, case)
        if not made[pk].is_simple:
            made[pk].sha256, made[pk].round = data_sha256(invoice.data), rounds.get(pk, 0)
            _count(made[pk], signatures.get(pk, []))
    return made


def _assigned(invoices) -> dict[int, User]:
    rows = Assignment.objects.filter(invoice__in=[invoice.pk for invoice in invoices]).select_related("approver")
    return {row.invoice_id: row.approver for row in rows}


def _submitters(invoices) -> dict[int, User | None]:
    """Whoever last saved the data, or else brought the file; None where a machine did."""
    told = Event.objects.filter(invoice__in=[one.pk for one in invoices], verb__in=(Verb.SAVED, Verb.RECEIVED))
    return {event.invoice_id: event.actor for event in told.select_related("actor").order_by("position")}


def _signatures(invoices) -> dict[int, list[Signature]]:
    rows = Signature.objects.filter(invoice__in=[invoice.pk for invoice in invoices])
    found: dict[int, list[Signature]] = {}
    for row in rows.select_related("signed_by", "substitute_for", "through").order_by("id"):
        found.setdefault(row.invoice_id, []).append(row)
    return found


def _rounds(signatures) -> dict[int, int]:
    if not signatures:
        return {}
    ended = Event.objects.filter(invoice__in=signatures, verb__in=ENDS_A_ROUND).order_by()
    return dict(ended.values_list("invoice").annotate(ends=Count("pk")))


def _count(made: Plan, signatures: list[Signature]) -> None:
    """Put the signatures that count at their steps."""
    now = (*_edition(made.route), made.round, made.sha256)
    counting = {row.step: row for row in signatures if (row.route_id, row.revision, row.round, row.data_sha256) == now}
    steps, since = [], None
    for step in made.steps:
        signature = counting.get(step.number)
        steps.append(Planned(step.number, step.need, signature, since))
        since = signature.signed_at if signature else None
    made.steps = steps


def _edition(route: Route | None) -> tuple[int | None, int]:
    return (route.pk, route.revision) if route else (None, 0)


def last_signed(invoice: Invoice) -> list[Signature]:
    """Who signed what was released in the end, in order."""
    rows = invoice.signatures.select_related("signed_by", "substitute_for", "through").order_by("-id")
    found = list(rows[:20])
    if not found:
        return []
    last = found[0]
    same = [
        row for row in found if (row.round, row.route_id, row.revision) == (last.round, last.route_id, last.revision)
    ]
    return sorted((row for row in same if row.data_sha256 == last.data_sha256), key=lambda row: row.step)
