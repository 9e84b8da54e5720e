"""The clients of the office, and the invitations that wait for an answer."""

from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from banqup.common.htmx import render_part
from banqup.exports.models import Integration, IntegrationState
from banqup.invoices.models import Invoice
from banqup.spaces.models import Engagement
from banqup.spaces.roles import Capability
from partner_space.clients import CLIENT_CAP, shown_count
from partner_space.space import button, here, in_partner, lacks

from .home import invitations

MANAGE = Capability.MANAGE_CLIENTS


@in_partner
@require_safe
def clients(request):
    query = request.GET.get("q", "").strip()[:200]
    context = {
        "page_title": _("Clients"),
        "space": request.space,
        "q": query,
        "sees_documents": not lacks(request, Capability.VIEW_DOCUMENTS),
        "rows": _rows(request, query),
        "total": len(request.clients),
        "received": invitations(request),
        "sent": _sent(request),
        "invite": button(
            request,
            "invite",
            _("Invite a client"),
            "client_invite",
            capability=MANAGE,
            method="get",
            dialog=True,
            icon="plus",
            style="primary",
        ),
    }
    return render_part(request, "partner_space/clients/list.html", context, part="results")


def _rows(request, query) -> list[dict]:
    """Each client with its numbers and the worst state of the office's integrations for it. Two queries."""
    rows = Invoice.objects.present()
    sees = not lacks(request, Capability.VIEW_DOCUMENTS)
    counts = request.clients.counts(check=rows.to_check(), waiting=rows.client_action_needed()) if sees else {}
    ours: dict[int, list[Integration]] = {}
    for integration in Integration.objects.filter(engagement__in=request.clients.engagements):
        ours.setdefault(integration.space_id, []).append(integration)
    return [
        {
            "client": space,
            "url": here(request, "client", pk),
            "documents_url": f"{here(request, 'documents')}?client={pk}",
            "check": _shown(counts, pk, "check"),
            "waiting": _shown(counts, pk, "waiting"),
            "integrations": [(one.name, one.state.value) for one in sorted(ours.get(pk, []), key=_worst)][:3],
        }
        for pk, space in request.clients.spaces.items()
        if _matches(space, query)
    ]


def _matches(space, query) -> bool:
    text = f"{space.name} {space.city} {space.vat_id} {space.company_id}".lower()
    return all(word in text for word in query.lower().split())


def _shown(counts, pk, name) -> str:
    number = counts.get(pk, {}).get(name, 0)
    return shown_count(number, CLIENT_CAP) if number else ""


_ORDER = [
    IntegrationState.NEEDS_ATTENTION,
    IntegrationState.NOT_TESTED,
    IntegrationState.ACTIVE,
    IntegrationState.INACTIVE,
]


def _worst(integration) -> int:
    return _ORDER.index(integration.state)


def _sent(request) -> list[Engagement]:
    """Invitations of this office without an answer."""
    sent = Engagement.objects.filter(
        partner=request.space, status=Engagement.Status.INVITED, invited_side=Engagement.Side.PARTNER
    )
    sent = list(sent.select_related("business", "invited_by").order_by("id"))
    for one in sent:
        one.withdraw = button(
            request, f"withdraw-{one.pk}", _("Withdraw"), "engagement_withdraw", one.pk, capability=MANAGE
        )
    return sent
