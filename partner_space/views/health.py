"""How the office's integrations do, for all clients: those that need a person first."""

from django.core.paginator import Paginator
from django.db.models import BooleanField, Case, Value, When
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from banqup.common.htmx import render_part
from banqup.exports import health
from banqup.exports.models import Integration
from integrations import cards
from partner_space.space import here, in_partner

PER_PAGE = 50
NEEDS = "needs"


@in_partner
@require_safe
def integrations(request):
    show = NEEDS if request.GET.get("show") == NEEDS else ""
    ours = Integration.objects.filter(health.owned_by(request.space))
    troubled = ours.filter(health.needs_person())
    counts = {"": ours.count(), NEEDS: troubled.count()}
    page = Paginator(_ordered(troubled if show else ours), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page_title": _("Integrations"),
        "space": request.space,
        "rows": [_row(request, integration) for integration in page.object_list],
        "page_obj": page,
        "has_any": bool(counts[""]),
        "tabs": [
            {"label": label, "url": _url(request, key), "count": counts[key], "current": key == show}
            for key, label in (("", _("All")), (NEEDS, _("Needs you")))
        ],
        "clients_url": here(request, "clients"),
    }
    return render_part(request, "partner_space/integrations.html", context, part="results")


def _ordered(found):
    first = Case(When(health.needs_person(), then=Value(True)), default=Value(False), output_field=BooleanField())
    annotated = health.annotated(found.select_related("space", "engagement__partner"))
    return annotated.annotate(needs=first).order_by("-needs", "-is_active", Lower("space__name"), "name", "id")


def _url(request, show) -> str:
    return here(request, "integrations") + (f"?show={show}" if show else "")


def _row(request, integration) -> dict:
    facts = cards.card(integration, health.read(integration))
    return {
        "integration": integration,
        "client": integration.space,
        "facts": facts,
        "state": str(facts.state),
        "failing_since": facts.failing_since if integration.is_active else None,
        "url": here(request, "client_extension", integration.space_id, integration.pk),
        "client_url": here(request, "client", integration.space_id),
        "failed_url": f"{here(request, 'client_extension', integration.space_id, integration.pk)}?show=needs#log",
    }
