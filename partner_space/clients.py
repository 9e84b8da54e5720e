"""The businesses an office works for: only those with an active engagement exist here."""

from django.db.models import IntegerField, OuterRef, Subquery
from django.db.models.functions import Lower
from django.http import Http404
from django.utils.formats import number_format
from django.utils.functional import cached_property

from banqup.invoices.models import Invoice
from banqup.invoices.queries import COUNT_CAP
from banqup.spaces.models import Engagement, Space

# A client's number in the rail stops here; the tabs count further.
CLIENT_CAP = 1_000


def shown_count(number: int, cap: int = COUNT_CAP) -> str:
    """1284 → 1,284; at the cap 10,000+."""
    return number_format(number, force_grouping=True) + ("+" if number >= cap else "")


class CappedCount(Subquery):
    """How many rows a sliced query finds: it reads no more of the index than the slice."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS capped)"
    output_field = IntegerField()


class Clients:
    """The clients of one office at this moment, by name. One query, asked when it is needed."""

    def __init__(self, partner: Space):
        self.partner = partner

    @property
    def _active(self):
        active = Engagement.objects.filter(partner=self.partner, status=Engagement.Status.ACTIVE)
        return active.order_by(Lower("business__name"), "business_id")

    @cached_property
    def engagements(self) -> list[Engagement]:
        found = list(self._active.select_related("business"))
        for engagement in found:
            engagement.partner = self.partner
        return found

    @cached_property
    def spaces(self) -> dict[int, Space]:
        """Id → business, in the order of their names."""
        return {engagement.business_id: engagement.business for engagement in self.engagements}

    def __len__(self):
        return len(self.engagements)

    def find(self, pk: int) -> Engagement:
        """The active engagement with the business `pk`; anything else is not found."""
        for engagement in self.engagements:
            if engagement.business_id == pk:
                return engagement
        raise Http404

    def chosen(self, raw: str) -> Space | None:
        """The client that a filter in an address names; none for an empty one, *not found* for a stranger."""
        if not raw:
            return None
        return self.find(int(raw) if raw.isdecimal() and len(raw) < 16 else 0).business

    def documents(self):
        """Every document of every client that a list may show, drafts not yet left out; see `documents_of`."""
        return documents_of(list(self.spaces))

    @cached_property
    def to_check(self) -> int:
        """How many documents of all clients are ready to process, up to the cap."""
        return self.documents().to_check().capped_count()

    def counts(self, **queries) -> dict[int, dict[str, int]]:
        """Client id → name → number, for each `name=query` over invoices; none counts past CLIENT_CAP. One query."""
        counted = {
            name: CappedCount(query.filter(space=OuterRef("business")).order_by().values("pk")[:CLIENT_CAP])
            for name, query in queries.items()
        }
        rows = self._active.order_by().annotate(**counted).values("business_id", *counted)
        return {row.pop("business_id"): row for row in rows}


def documents_of(spaces):
    """The documents of these clients without the recycle bin; each tab of the list leaves drafts out by itself.

    The same as `InvoiceQuerySet.of_clients`, whose engagements were just read, and without its join:
    so an index holds all that counting needs.
    """
    return Invoice.objects.filter(space__in=spaces).present()
