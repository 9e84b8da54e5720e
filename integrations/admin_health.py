"""The admin's list of integrations: every one of the installation and how it does, those that need a person first."""

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import BooleanField, Case, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banqup.exports import health
from banqup.exports.models import Integration

from . import cards, registry


class InTroubleFirst(ChangeList):
    def _get_default_ordering(self):
        return ["-needs", "-is_active", "name", "id"]


class NeedsPerson(admin.SimpleListFilter):
    title = gettext_lazy("health")
    parameter_name = "needs"

    def lookups(self, request, model_admin):
        return [("yes", _("Needs attention")), ("no", _("All is well, or off"))]

    def queryset(self, request, queryset):
        return queryset.filter(needs=self.value() == "yes") if self.value() in ("yes", "no") else queryset


class ByConnector(admin.SimpleListFilter):
    """By its name; one that is used but not installed any more stands there by its key."""

    title = gettext_lazy("connector")
    parameter_name = "connector"

    def lookups(self, request, model_admin):
        labels = {key: connector.label for key, connector in registry.connectors().items()}
        used = Integration.objects.order_by("connector").values_list("connector", flat=True).distinct()
        return [(key, labels.get(key, key)) for key in used]

    def queryset(self, request, queryset):
        return queryset.filter(connector=self.value()) if self.value() else queryset


class HealthList:
    """The columns, filters and order of the list; everything in one query."""

    list_display = [
        "name",
        "connector",
        "state_shown",
        "waiting",
        "failed",
        "failing_since",
        "last_delivered",
        "what_to_do",
        "owner",
        "space",
    ]
    list_filter = [NeedsPerson, ByConnector, "is_active", "test_passed"]
    show_full_result_count = False

    def get_queryset(self, request):
        needs = Case(When(health.needs_person(), then=Value(True)), default=Value(False), output_field=BooleanField())
        return health.annotated(super().get_queryset(request)).annotate(needs=needs)

    def get_changelist(self, request, **kwargs):
        return InTroubleFirst

    @admin.display(description=gettext_lazy("state"))
    def state_shown(self, integration):
        return integration.state.label

    @admin.display(description=gettext_lazy("what to do"))
    def what_to_do(self, integration):
        return cards.repair(integration)

    @admin.display(description=gettext_lazy("waiting"), ordering="waiting")
    def waiting(self, integration):
        return integration.waiting

    @admin.display(description=gettext_lazy("failed"), ordering="failed")
    def failed(self, integration):
        return integration.failed

    @admin.display(description=gettext_lazy("failing since"), ordering="failing_since")
    def failing_since(self, integration):
        return integration.failing_since if integration.is_active else None

    @admin.display(description=gettext_lazy("last success"), ordering="last_success")
    def last_delivered(self, integration):
        return integration.last_success
