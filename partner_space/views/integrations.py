"""Client > Integrations: the shared set-up pages, for the office's own integrations of one client."""

from dataclasses import replace

from django.urls import path
from django.utils.translation import gettext_lazy as _

from banqup.actions.rights import may_resend
from banqup.spaces.roles import Capability
from integrations import ledger_pages, pages
from partner_space.space import here, in_partner, lacks

from .client import frame
from .exports import latest

INTRO = _("These deliver to your software. The client's own integrations are theirs to manage and run independently.")


def _place(request, client_id) -> pages.Place:
    engagement = request.clients.find(client_id)
    return pages.Place(
        space=engagement.business,
        engagement=engagement,
        url=lambda name, *args: here(request, f"client_{name}", client_id, *args),
        document_url=lambda invoice: here(request, "document", invoice.pk),
        base="partner_space/clients/integrations.html",
        refusal=lacks(request, Capability.MANAGE_INTEGRATIONS),
        resend_refusal=lacks(request, Capability.RESEND_PURCHASE),
        resend_refusal_of=lambda invoice: lacks(request, may_resend(invoice)),
        documents_refusal=lacks(request, Capability.VIEW_DOCUMENTS),
        context=frame(request, engagement, "client_extensions")
        | {
            "intro": INTRO,
            "after_cards": "partner_space/clients/_ledger.html",
            "ledger_url": here(request, "client_ledger", client_id),
            # Asked only by the page that shows them.
            "ledger_rows": lambda: latest(request, engagement),
        },
    )


def _view(page):
    @in_partner
    def view(request, client_id, **kwargs):
        return page(request, _place(request, client_id), **kwargs)

    return view


def _ledger_view(page):
    @in_partner
    def view(request, client_id, **kwargs):
        engagement = request.clients.find(client_id)
        place = replace(
            _place(request, client_id),
            base="partner_space/clients/base.html",
            run_url=lambda run: here(request, "run", run.pk),
            context=frame(request, engagement, "client_ledger"),
        )
        return page(request, place, **kwargs)

    return view


def _below(folder, view, listed):
    address = f"clients/<int:client_id>/{folder}/"
    return [path(f"{address}{route}", view(page), name=f"client_{name}") for route, name, page in listed]


urlpatterns = [
    *_below("integrations", _view, pages.PAGES),
    *_below("exports", _ledger_view, ledger_pages.PAGES),
]
