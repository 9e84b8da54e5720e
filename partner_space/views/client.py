"""One client: overview, its documents, and whom to reach there."""

from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from banqup.common.htmx import SeeOther, render_part
from banqup.contacts.models import Contact
from banqup.exports import health
from banqup.exports.models import Integration
from banqup.spaces.models import Membership
from banqup.spaces.roles import Capability
from integrations import cards
from partner_space import ledger
from partner_space.clients import documents_of, shown_count
from partner_space.listing import CLIENT_ACTION, PROCESSED, TO_CHECK
from partner_space.space import button, here, in_partner, lacks, sees_documents

CONTACTS_AT_MOST = 100


@in_partner
@require_safe
def overview(request, pk):
    engagement = request.clients.find(pk)
    sees = not lacks(request, Capability.VIEW_DOCUMENTS)
    found = Integration.objects.filter(engagement=engagement).select_related("space", "engagement__partner")
    found = health.annotated(found)
    context = frame(request, engagement, "client") | {
        "sees_documents": sees,
        "numbers": _numbers(request, engagement.business) if sees else [],
        "failed": ledger.stopped(request.space).filter(integration__engagement=engagement).count() if sees else 0,
        "failed_url": f"{here(request, 'exports')}?show=failed&client={pk}",
        "integrations": [_integration(request, one) for one in found],
        "integrations_url": here(request, "client_extensions", pk),
        "end": button(
            request,
            "end",
            _("End the work for this client…"),
            "client_end",
            pk,
            capability=Capability.MANAGE_CLIENTS,
            method="get",
            dialog=True,
            style="danger",
        ),
    }
    return render_part(request, "partner_space/clients/overview.html", context)


def frame(request, engagement, current: str) -> dict:
    """What the head of each page of a client needs."""
    pk, client = engagement.business_id, engagement.business
    sees = not lacks(request, Capability.VIEW_DOCUMENTS)
    to_check = shown_count(documents_of([pk]).to_check().capped_count()) if sees else None
    named = [
        ("client", _("Overview"), None),
        ("client_documents", _("Documents"), to_check),
        ("client_extensions", _("Integrations"), engagement.integrations.count()),
        ("client_contacts", _("Contacts and access"), None),
    ]
    if sees:
        named.insert(3, ("client_ledger", _("Export ledger"), None))
    return {
        "page_title": client.name,
        "client": client,
        "engagement": engagement,
        "space": request.space,
        "clients_url": here(request, "clients"),
        "documents_url": f"{here(request, 'documents')}?client={pk}",
        "may_see_documents": sees,
        "client_tabs": [
            {"label": label, "url": here(request, name, pk), "count": count, "current": name == current}
            for name, label, count in named
        ],
    }


def _numbers(request, client) -> list[dict]:
    everything, url = documents_of([client.pk]), f"{here(request, 'documents')}?client={client.pk}"
    made = [
        {"title": tab.label, "number": tab.select(everything).capped_count(), "url": f"{url}&tab={tab.name}"}
        for tab in (TO_CHECK, CLIENT_ACTION, PROCESSED)
    ]
    return [{**one, "shown": shown_count(one["number"])} for one in made]


def _integration(request, integration) -> dict:
    facts = cards.card(integration, health.read(integration))
    return {
        "name": integration.name,
        "state": facts.state.value,
        "detail": " · ".join(filter(None, [facts.label, facts.summary, facts.repair])),
        "link": {"url": here(request, "client_extension", integration.space_id, integration.pk), "label": _("Open")},
    }


@sees_documents
@require_safe
def documents(request, pk):
    """The same list as for all clients, with this one chosen: one place where documents are worked off."""
    engagement = request.clients.find(pk)
    return SeeOther(f"{here(request, 'documents')}?client={engagement.business_id}")


@in_partner
@require_safe
def contacts(request, pk):
    """Who works in the client's space, who of this office sees it, and its suppliers and customers."""
    engagement = request.clients.find(pk)
    people = (
        Membership.objects.filter(user__is_active=True).select_related("user", "space").order_by("user__name", "pk")
    )
    parties = Contact.objects.filter(space=engagement.business).order_by("name", "id")
    sees = not lacks(request, Capability.VIEW_DOCUMENTS)
    context = frame(request, engagement, "client_contacts") | {
        "theirs": people.filter(space=engagement.business),
        "ours": [one for one in people.filter(space=request.space) if Capability.VIEW_DOCUMENTS in one.capabilities],
        "sees_documents": sees,
        "parties": list(parties[:CONTACTS_AT_MOST]) if sees else [],
        "parties_at_most": CONTACTS_AT_MOST,
    }
    return render_part(request, "partner_space/clients/contacts.html", context)
