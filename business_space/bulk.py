"""Approve many documents: what will happen to each, and what became of each."""

from dataclasses import dataclass, field
from decimal import Decimal

from django.core import signing
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banqup.actions import approval
from banqup.actions.allowed import approving
from banqup.actions.refusals import ChangedMeanwhile, NotCompliant, Refused, TryLater
from banqup.common.templatetags.format import money_with_currency
from banqup.exports.outbox import integrations_for
from banqup.invoices.models import Invoice
from banqup.invoices.models.event import Verb
from banqup.invoices.statuses import ISSUED_BY_US, GeneralStatus

from .listing import Listing
from .preview import becomes
from .space import lacks

AT_MOST = 100
# How many one request approves while somebody watches the progress.
SLICE = 5
_KEPT = ("tab", "q", "sort")


def kept(query) -> dict:
    """What of a list's address leads back to it."""
    return {name: query[name] for name in _KEPT if query.get(name)}


def signed(invoice) -> Decimal:
    """The amount as a sum counts it: a credit note takes away."""
    amount = invoice.payable or Decimal(0)
    return -amount if invoice.is_credit_note else amount


def read(values) -> dict[int, int]:
    """`12-3` → {12: 3}, id and the version that was shown; -1 where none was said, which no document has."""
    found = {}
    for value in values:
        pk, _sep, version = value.partition("-")
        if pk.isascii() and pk.isdecimal() and len(pk) < 16:
            known = version.isascii() and version.isdecimal() and len(version) < 12
            found[int(pk)] = int(version) if known else -1
    return found


def documents(request, side):
    """What may be chosen in this list. What was moved to the recycle bin meanwhile is found, to be told of."""
    mine = Invoice.objects.of_business(request.space).filter(is_sales=side.is_sales)
    return mine.exclude(general_status=GeneralStatus.DRAFT)


# --- before -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    invoice: Invoice
    reason: str
    becomes: object = None

    @property
    def value(self) -> str:
        return f"{self.invoice.pk}-{self.invoice.version}"


@dataclass
class Window:
    """What the review window shows: first what is in the way, then what will be approved."""

    total: int
    blocked: list[Row] = field(default_factory=list)
    ready: list[Row] = field(default_factory=list)
    integrations: int = 0
    accountant: str = ""

    @property
    def shown(self) -> int:
        return len(self.blocked) + len(self.ready)

    @property
    def is_cut(self) -> bool:
        return self.total > self.shown

    @property
    def sums(self) -> str:
        return sums(row.invoice for row in self.ready)

    @property
    def paid_already(self) -> int:
        return sum(row.becomes == GeneralStatus.FULLY_PAID for row in self.ready)


def sums(invoices) -> str:
    """EUR 1,204.00 · USD 15.00"""
    totals: dict[str, Decimal] = {}
    for invoice in invoices:
        totals[invoice.currency] = totals.get(invoice.currency, Decimal(0)) + signed(invoice)
    return " · ".join(money_with_currency(amount, currency) for currency, amount in sorted(totals.items()))


def window(request, side) -> Window:
    """The documents of the address: those named by `ids`, or with `all` those its filter finds."""
    chosen, total = _chosen(request, side)
    found, lacking, space = Window(total=total), lacks(request, side.may_approve), request.space
    for invoice in chosen:
        invoice.space = space
        offer = approving(invoice, request.standing) if not lacking else None
        if not invoice.has_open_data:
            words = _("Not waiting for approval: %s.") % invoice.get_general_status_display()
            found.blocked.append(Row(invoice, words))
        elif reason := lacking or offer.reason:
            found.blocked.append(Row(invoice, reason))
        else:
            found.ready.append(Row(invoice, "", becomes(invoice)))
    if found.ready:
        found.integrations = integrations_for(found.ready[0].invoice).count()
        engagement = space.active_engagement()
        found.accountant = engagement.partner.name if engagement else ""
    return found


def _chosen(request, side) -> tuple[list[Invoice], int]:
    if "all" not in request.GET:
        rows = documents(request, side).present().filter(pk__in=list(read(request.GET.getlist("ids")))[: 2 * AT_MOST])
    else:
        listing = Listing(side, request.space, request.GET)
        rows = listing.found.awaiting_validation()
        if listing.tab not in (None, GeneralStatus.AWAITING_VALIDATION):
            rows = rows.none()
    # What can be approved comes first, so that a run of 100 always gets on.
    ready = list(_due(rows.filter(error_count=0, payable__isnull=False))[:AT_MOST])
    rest = AT_MOST - len(ready)
    others = list(_due(rows.exclude(error_count=0, payable__isnull=False))[:rest]) if rest else []
    total = len(ready) + len(others)
    return ready + others, total if total < AT_MOST else rows.capped_count()


def _due(rows):
    return rows.order_by("sort_date", "id").defer("report", "search_text")


# --- the run ------------------------------------------------------------------------------------------


@dataclass
class Run:
    """How far a run is: how many are approved, and (id, why not, whether to try again) of the others."""

    total: int
    done: int = 0
    failed: list = field(default_factory=list)

    @property
    def handled(self) -> int:
        return self.done + len(self.failed)

    def said(self) -> str:
        """19 approved, 1 not: changed by Tom Wouters."""
        if not self.total:
            return _("Nothing was approved: choose at least one invoice.")
        if not self.failed:
            return ngettext("%d invoice approved.", "%d invoices approved.", self.done) % self.done
        reasons = {words for _pk, words, _again in self.failed}
        words = _("%(done)d approved, %(failed)d not") % {"done": self.done, "failed": len(self.failed)}
        return f"{words}: {reasons.pop()}." if len(reasons) == 1 else f"{words}."

    def as_text(self, request, side) -> str:
        """Signed, because it travels with the form from slice to slice."""
        return signing.dumps([self.total, self.done, self.failed], salt=_salt(request, side), compress=True)


def _salt(request, side) -> str:
    return f"bulk-approval-{request.space.pk}-{side.name}-{request.user.pk}"


def resumed(request, side, text: str) -> Run | None:
    """The run that `text` tells of; None where it tells of none of this person's."""
    try:
        return Run(*signing.loads(text, salt=_salt(request, side)))
    except (signing.BadSignature, ValueError, TypeError):
        return None


def run(request, side, seen: dict[int, int], so_far: Run) -> None:
    """Approve each of `seen` (id → version shown) on its own; what is refused is written down."""
    lacking = lacks(request, side.may_approve)
    for pk, version in seen.items():
        invoice = documents(request, side).filter(pk=pk).first()
        if invoice is None:
            so_far.total -= 1  # gone for good since it was counted
            continue
        invoice.space = request.space
        if lacking:
            so_far.failed.append([pk, _plain(lacking), False])
            continue
        try:
            if invoice.version != version:
                raise ChangedMeanwhile(invoice)
            approval.approve(
                invoice=invoice, by=request.user, version=version, delivered_elsewhere=invoice.kind in ISSUED_BY_US
            )
        except Refused as refusal:
            so_far.failed.append([pk, _why(refusal, invoice, request.user), _may_help(refusal, pk)])
        else:
            so_far.done += 1


def _may_help(refusal, pk) -> bool:
    """Whether trying again makes sense: it still waits, and nothing in it has to be put right first."""
    if isinstance(refusal, TryLater):
        return True
    return isinstance(refusal, ChangedMeanwhile) and Invoice.objects.get(pk=pk).has_open_data


def _why(refusal, invoice, person) -> str:
    """The reason in few words, as it stands after a colon."""
    if isinstance(refusal, NotCompliant):
        fatal = [finding["message"] for finding in refusal.report["findings"] if finding["severity"] == "fatal"]
        words = ngettext("%(count)d to fix. %(first)s", "%(count)d to fix. %(first)s", len(fatal))
        return _plain(words % {"count": len(fatal), "first": fatal[0] if fatal else ""})
    if not isinstance(refusal, ChangedMeanwhile):
        return _plain(str(refusal))
    decisions = {
        Verb.APPROVED: _("approved by %s already"),
        Verb.DISPUTED: _("disputed by %s"),
        Verb.REFUSED: _("refused by %s"),
        Verb.DELETED: _("moved to the recycle bin by %s"),
    }
    event = refusal.event
    if refusal.invoice.is_released:
        event = invoice.events.filter(verb__in=decisions).select_related("actor").first() or event
    actor = event.actor if event else None
    who = _("you") if actor == person else actor or _("the system")
    return decisions.get(event.verb if event else None, _("changed by %s")) % who


def _plain(words: str) -> str:
    return words.strip().removesuffix(".")


def failures(request, side, so_far: Run) -> list[dict]:
    """The documents that were not approved, as they stand now, with the reason of each."""
    found = (
        documents(request, side).defer("data", "report", "search_text").in_bulk([pk for pk, *_rest in so_far.failed])
    )
    rows = []
    for pk, words, again in so_far.failed:
        if invoice := found.get(pk):
            invoice.space = request.space
            rows.append({"row": Row(invoice, f"{capfirst(words)}."), "again": again, "url": invoice.get_absolute_url()})
    return rows
