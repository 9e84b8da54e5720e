"""Space settings > Extensions: the shared set-up pages, for the integrations of the business itself."""

from django.urls import path, reverse
from django.utils.translation import gettext as _

from banqup.actions.rights import RESEND, may_resend
from banqup.exports.models import Integration
from banqup.spaces.roles import Capability
from business_space.space import in_space, lacks
from integrations import pages

from .settings_base import here


def place(request) -> pages.Place:
    """The business's own integrations, as the shared pages ask for them."""
    return pages.Place(
        space=request.space,
        engagement=None,
        url=lambda name, *args: here(request, name, *args),
        document_url=lambda invoice: reverse(
            f"business:{'sales' if invoice.is_sales else 'purchase'}_detail", args=[request.space.slug, invoice.pk]
        ),
        base="business_space/settings/extensions.html",
        refusal=lacks(request, Capability.MANAGE_INTEGRATIONS),
        resend_refusal="" if RESEND & request.standing.business else lacks(request, Capability.RESEND_PURCHASE),
        resend_refusal_of=lambda invoice: lacks(request, may_resend(invoice)),
        context={"accountant": _accountant(request)},
    )


def _accountant(request) -> dict | None:
    """The accountant's integrations by name and state only: they manage them on their side."""
    engagement = request.space.active_engagement()
    if engagement is None:
        return None
    theirs = Integration.objects.filter(engagement=engagement)
    return {
        "name": engagement.partner.name,
        "active": [one.name for one in theirs if one.is_active],
        "others": [
            _("%(name)s (%(state)s)") % {"name": one.name, "state": one.state.label.lower()}
            for one in theirs
            if not one.is_active
        ],
    }


def _view(page):
    @in_space
    def view(request, **kwargs):
        return page(request, place(request), **kwargs)

    return view


urlpatterns = [path(f"extensions/{route}", _view(page), name=name) for route, name, page in pages.PAGES]
