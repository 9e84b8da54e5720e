"""Django admin of accounts at access points and of what is on its way: to look at, without any secret."""

from django.contrib import admin, messages
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banqup.sending.models import AccessPoint, Transmission, TransmissionAttempt

from . import access_point_setup as setup
from . import access_points


class _ReadOnly(admin.ModelAdmin):
    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(AccessPoint)
class AccessPointAdmin(_ReadOnly):
    """Set up by the space itself; an admin sees how it does, tests it and switches it off."""

    list_display = ["space", "provider_name", "is_active", "test_passed", "attention", "polled_at"]
    list_filter = ["provider", "is_active", "test_passed"]
    search_fields = ["space__name"]
    list_select_related = ["space"]
    # Neither sealed secrets nor the hash of the webhook's address.
    fields = [
        "space",
        "provider",
        "config",
        "is_active",
        "activated_at",
        "tested_at",
        "test_passed",
        "test_steps",
        "attention",
        "polled_at",
        "secrets_set_at",
        "secrets_set_by",
    ]
    actions = ["test_now", "switch_off"]

    @admin.display(description=gettext_lazy("access point"))
    def provider_name(self, account):
        return access_points.label(account.provider)

    @admin.action(description=gettext_lazy("Run the test"))
    def test_now(self, request, queryset):
        self._each(request, queryset, lambda account: setup.test(account=account, by=request.user))

    @admin.action(description=gettext_lazy("Switch off"))
    def switch_off(self, request, queryset):
        self._each(request, queryset, lambda account: setup.deactivate(account=account, by=request.user))

    def _each(self, request, queryset, verb):
        for account in queryset:
            try:
                done = verb(account)
            except setup.SetupRefused as refusal:
                self.message_user(request, f"{account}: {refusal.message}", messages.ERROR)
                continue
            failed = [step.message for step in done if not step.ok] if isinstance(done, list) else []
            words = "; ".join(failed) or _("done")
            self.message_user(request, f"{account}: {words}", messages.WARNING if failed else messages.SUCCESS)


class AttemptInline(admin.TabularInline):
    model = TransmissionAttempt
    extra = 0
    can_delete = False
    fields = readonly_fields = ["number", "started_at", "duration_ms", "outcome", "message", "response_status"]

    def has_add_permission(self, request, obj=None):
        return False


@admin.register(Transmission)
class TransmissionAdmin(_ReadOnly):
    """Where documents to customers stand."""

    list_display = ["invoice", "way", "recipient", "state", "attempt_count", "next_try_at", "reason"]
    list_filter = ["state", "way"]
    search_fields = ["recipient", "remote_id", "invoice__number"]
    list_select_related = ["invoice"]
    inlines = [AttemptInline]
