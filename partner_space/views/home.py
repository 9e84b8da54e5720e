"""What needs the office: what to check for each client, who invites it, what did not arrive."""

from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from banqup.common.htmx import render_part
from banqup.conversations import overview
from banqup.exports.models import ExportState
from banqup.invoices.models import Invoice
from banqup.spaces.models import Engagement
from banqup.spaces.roles import Capability
from partner_space import ledger
from partner_space.clients import CLIENT_CAP, shown_count
from partner_space.listing import CLIENT_ACTION, TO_CHECK
from partner_space.space import button, here, in_partner, lacks

FAILED_AT_MOST = 5
ASKED_AT_MOST = 3


@in_partner
@require_safe
def home(request):
    documents = not lacks(request, Capability.VIEW_DOCUMENTS)
    context = {
        "page_title": _("Home"),
        "space": request.space,
        "sees_documents": documents,
        "cards": _cards(request) if documents else [],
        "asked": overview.asked(request.membership, at_most=ASKED_AT_MOST) if documents else None,
        "comments_url": here(request, "comments"),
        "clients": _clients(request) if documents else [],
        "invitations": invitations(request),
        "failed": _failed(request) if documents else [],
        "failed_state": ExportState.FAILED.value,
        "exports_url": here(request, "exports"),
        "has_clients": bool(len(request.clients)),
        "invite": button(
            request,
            "invite",
            _("Invite a client"),
            "client_invite",
            capability=Capability.MANAGE_CLIENTS,
            method="get",
            icon="plus",
            style="default" if len(request.clients) else "primary",
            dialog=True,
        ),
    }
    return render_part(request, "partner_space/home.html", context)


def _cards(request) -> list[dict]:
    everything = request.clients.documents()
    url = here(request, "documents")
    numbers = (
        (request.clients.to_check, TO_CHECK.label, _("Ready to process, for all clients"), url),
        (
            everything.client_action_needed().capped_count(),
            CLIENT_ACTION.label,
            _("Wait for the approval of a client"),
            f"{url}?tab={CLIENT_ACTION.name}",
        ),
        (
            ledger.stopped_count(request.space),
            _("Did not arrive"),
            _("Exports that stopped and need you"),
            f"{here(request, 'exports')}?show=failed",
        ),
    )
    return [
        {"number": shown_count(number), "some": number > 0, "title": title, "text": text, "url": url}
        for number, title, text, url in numbers
    ]


def _clients(request) -> list[dict]:
    """Clients with something to check, the most first."""
    rows = Invoice.objects.present()
    counts = request.clients.counts(check=rows.to_check(), waiting=rows.client_action_needed())
    url = here(request, "documents")
    listed = [
        {
            "client": space,
            "check": counts[pk]["check"],
            "check_label": shown_count(counts[pk]["check"], CLIENT_CAP),
            "waiting_label": shown_count(counts[pk]["waiting"], CLIENT_CAP),
            "url": f"{url}?client={pk}",
        }
        for pk, space in request.clients.spaces.items()
        if pk in counts and any(counts[pk].values())
    ]
    return sorted(listed, key=lambda row: -row["check"])


def invitations(request) -> list[Engagement]:
    """Businesses that ask this office to work for them, with the two answers."""
    found = Engagement.objects.filter(
        partner=request.space, status=Engagement.Status.INVITED, invited_side=Engagement.Side.BUSINESS
    )
    found = list(found.select_related("business", "invited_by").order_by("id"))
    for one in found:
        may = {"capability": Capability.MANAGE_CLIENTS}
        accept = {"style": "primary", "fields": {"answer": "accept"}}
        one.actions = [
            button(request, f"accept-{one.pk}", _("Accept"), "engagement_answer", one.pk, **accept, **may),
            button(
                request,
                f"decline-{one.pk}",
                _("Decline"),
                "engagement_answer",
                one.pk,
                fields={"answer": "decline"},
                **may,
            ),
        ]
    return found


def _failed(request) -> list[dict]:
    rows = ledger.stopped(request.space).select_related("invoice", "integration__space").order_by("-settled_at")
    rows = rows.defer("invoice__data", "invoice__report", "invoice__search_text")
    return [
        {"export": row, "client": row.integration.space, "url": here(request, "document", row.invoice_id)}
        for row in rows[:FAILED_AT_MOST]
    ]
