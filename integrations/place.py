"""Where the set-up pages stand and for whom; see `pages` for how a space makes one."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from banqup.bulk.models import BulkRun
from banqup.exports.models import Integration
from banqup.invoices.models import Invoice
from banqup.spaces.models import Engagement, Space


@dataclass(frozen=True)
class Place:
    """Where the pages stand and for whom."""

    space: Space
    engagement: Engagement | None
    url: Callable[..., str]
    document_url: Callable[[Invoice], str]
    base: str
    # Why this person may look but not change; empty when they may.
    refusal: str = ""
    # Why this person may send no document again, and why not this one; empty when they may.
    resend_refusal: str = ""
    resend_refusal_of: Callable[[Invoice], str] = field(default=lambda invoice: "")
    # How this space calls the list; empty: Extensions.
    title: str = ""
    # Why this person may not see documents here, not even their names; empty when they may.
    documents_refusal: str = ""
    # Where a bulk run of this space is followed.
    run_url: Callable[[BulkRun], str] | None = None
    # What the base template needs besides.
    context: dict = field(default_factory=dict)

    @property
    def asked_in(self) -> Space:
        """The space whose pages these are."""
        return self.engagement.partner if self.engagement else self.space

    @property
    def integrations(self):
        """The only integrations that exist here."""
        return Integration.objects.filter(space=self.space, engagement=self.engagement).select_related(
            "space", "engagement__partner", "secrets_set_by"
        )

    def find(self, pk: int) -> Integration:
        return get_object_or_404(self.integrations, pk=pk)

    def require(self) -> None:
        if self.refusal:
            raise PermissionDenied(self.refusal)

    def require_documents(self) -> None:
        if self.documents_refusal:
            raise PermissionDenied(self.documents_refusal)
