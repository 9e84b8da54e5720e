"""Send what an integration does not have, all of it in one run (LIFECYCLE §8)."""

from django.utils.translation import gettext as _

from banqup.bulk.models import BulkRun, Task
from banqup.exports import ledger
from banqup.exports.models import ExportState, Integration
from banqup.spaces.access import membership
from banqup.spaces.models import Space
from banqup.spaces.roles import Capability

from . import bulk
from .refusals import NotAllowed, NotPossible

# What can be sent all at once; what waits goes by itself.
SENDABLE = (ledger.NEVER, ExportState.FAILED.value, ExportState.CANCELLED.value)


def send_missing(
    *, space: Space, integration: Integration, by, state: str = ledger.NEVER, list_url: str = ""
) -> BulkRun:
    """Start a run that sends to `integration`, and to no other, what it lacks because of `state`.

    `space`: where it is asked, the business itself or its accountant's office. Only documents of the
    lists that `by` may send; the oldest first, at most `bulk.AT_MOST`. Raises NotAllowed, NotPossible.
    """
    rows = _sendable(space=space, integration=integration, by=by, state=state)
    if not ledger.is_receiving(integration):
        raise NotPossible(_("%s is not active any more. Nothing was sent.") % integration.name)
    seen = dict(rows.order_by("id").values_list("pk", "version")[: bulk.AT_MOST])
    if not seen:
        raise NotPossible(_("%s misses no such document any more.") % integration.name)
    return bulk.start(space=space, task=Task.RESEND, seen=seen, by=by, list_url=list_url, to=integration)


def _sendable(*, space: Space, integration: Integration, by, state: str):
    member = membership(by, space)
    ours = integration.owner == space if space.is_partner else integration.space_id == space.pk
    held = member.capabilities if member and ours else frozenset()
    lists = [
        number for number, needed in enumerate((Capability.RESEND_PURCHASE, Capability.RESEND_SALES)) if needed in held
    ]
    if not lists:
        raise NotAllowed(_("You may not send documents here."))
    return ledger.lacking(integration, state if state in SENDABLE else ledger.NEVER).filter(is_sales__in=lists)
