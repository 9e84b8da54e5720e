"""Django admin of integrations and their exports. Secrets are set here, never shown."""

from django import forms
from django.contrib import admin, messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banqup.common.after_commit import nudge
from banqup.exports import outbox
from banqup.exports.models import (
    CLAIMABLE,
    ConnectorSettings,
    Export,
    ExportAttempt,
    Integration,
    OAuthApp,
)

from . import (
    admin_access_points,  # noqa: F401  (registers its own pages)
    admin_mailboxes,  # noqa: F401  (registers its own pages)
    oauth,
    registry,
    setup,
    shown_once,
)
from .admin_health import HealthList
from .base import Connector


class IntegrationForm(forms.ModelForm):
    """The configuration as JSON, judged by the connector's own form; secrets in fields of their own."""

    new_secrets = forms.JSONField(
        label=gettext_lazy("new secrets"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "size": 60}),
        help_text=gettext_lazy(
            'As JSON, e.g. {"secret": "whsec_…"}. Empty: the stored ones are kept. They are never shown.'
        ),
    )

    class Meta:
        model = Integration
        fields = ["space", "engagement", "connector", "name", "config"]

    def clean(self):
        cleaned = super().clean()
        try:
            connector = registry.get(cleaned.get("connector") or self.instance.connector)
        except registry.UnknownConnector:
            self.add_error("connector", _("No such connector. There are: %s.") % ", ".join(registry.CONNECTORS))
            return cleaned
        entered = cleaned.get("new_secrets") or {}
        judged = connector.config_form({**self._initial(connector), **(cleaned.get("config") or {}), **entered})
        for name in connector.secret_fields:
            judged.fields[name].required = False
        if judged.is_valid():
            self.judged = judged.cleaned_data
        else:
            for name, problems in judged.errors.items():
                self.add_error(
                    "new_secrets" if name in connector.secret_fields else "config",
                    [f"{name}: {each}" for each in problems],
                )
        return cleaned

    @staticmethod
    def _initial(connector) -> dict:
        return {
            name: field.initial
            for name, field in connector.config_form.base_fields.items()
            if field.initial is not None
        }


@admin.register(Integration)
class IntegrationAdmin(HealthList, admin.ModelAdmin):
    """Set up an integration as its space would."""

    form = IntegrationForm
    search_fields = ["name", "space__name", "engagement__partner__name"]
    list_select_related = ["space", "engagement__partner"]
    raw_id_fields = ["space", "engagement"]
    readonly_fields = [
        "state_shown",
        "attention",
        "tested_at",
        "test_passed",
        "test_steps",
        "activated_at",
        "deactivated_at",
        "secrets_set_at",
        "secrets_set_by",
    ]
    actions = ["test_now", "activate_now", "deactivate_now"]

    def get_readonly_fields(self, request, obj=None):
        """Whose it is and what it is stay: secrets and delivered documents belong to both."""
        return [*self.readonly_fields, *(["space", "engagement", "connector"] if obj else [])]

    def save_model(self, request, integration, form, change):
        """Keep the row, then the configuration by the same verb as the pages use."""
        # What the verb refuses must not be kept on the way to it.
        integration.config = Integration.objects.get(pk=integration.pk).config if change else {}
        if not change:
            integration.created_by = request.user
        integration.save()
        try:
            generated = setup.configure(integration=integration, cleaned=form.judged, by=request.user)
        except setup.SetupRefused as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
            return
        if generated:
            shown_once.keep(request, str(integration.identity), generated)
            request.made_a_secret = True

    def response_add(self, request, obj, post_url_continue=None):
        return self._to_the_secret(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request, obj):
        return self._to_the_secret(request, obj) or super().response_change(request, obj)

    def _to_the_secret(self, request, integration):
        """Whatever button was pressed: a secret that was made is shown on the page that follows, and only there."""
        if getattr(request, "made_a_secret", False):
            return HttpResponseRedirect(reverse("admin:exports_integration_change", args=[integration.pk]))
        return None

    def change_view(self, request, object_id, form_url="", extra_context=None):
        integration = self.get_object(request, object_id) if request.method == "GET" else None
        may = integration is not None and self.has_change_permission(request, integration)
        generated = shown_once.take(request, str(integration.identity)) if may else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "generated": generated})

    @admin.action(description=gettext_lazy("Test now"))
    def test_now(self, request, queryset):
        for integration in queryset:
            self._try(request, integration, lambda each: self._tell_steps(request, each))

    def _tell_steps(self, request, integration):
        for step in setup.test(integration=integration, by=request.user):
            self.message_user(
                request, f"{integration}: {step.name}: {step.message}", messages.SUCCESS if step.ok else messages.ERROR
            )

    @admin.action(description=gettext_lazy("Activate"))
    def activate_now(self, request, queryset):
        for integration in queryset:
            self._try(request, integration, lambda each: setup.activate(integration=each, by=request.user))

    @admin.action(description=gettext_lazy("Deactivate (cancels what waits)"))
    def deactivate_now(self, request, queryset):
        for integration in queryset:
            self._try(request, integration, lambda each: setup.deactivate(integration=each, by=request.user))

    def _try(self, request, integration, verb):
        try:
            verb(integration)
        except setup.SetupRefused as refusal:
            self.message_user(request, f"{integration}: {refusal.message}", messages.ERROR)


class OAuthAppForm(forms.ModelForm):
    new_secret = forms.CharField(
        label=gettext_lazy("client secret"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "size": 60}),
        help_text=gettext_lazy("Empty: the stored one is kept. It is never shown. Some destinations give none."),
    )

    class Meta:
        model = OAuthApp
        fields = ["name", "client_id"]


@admin.register(OAuthApp)
class OAuthAppAdmin(admin.ModelAdmin):
    """This installation's registrations at destinations that work by consent."""

    form = OAuthAppForm
    list_display = ["name", "client_id", "has_secret"]
    readonly_fields = ["redirect_address"]

    @admin.display(boolean=True, description=gettext_lazy("secret kept"))
    def has_secret(self, app):
        return bool(app.sealed_secret)

    @admin.display(description=gettext_lazy("redirect address to register there"))
    def redirect_address(self, app):
        return oauth.redirect_uri()

    def save_model(self, request, app, form, change):
        if form.cleaned_data["new_secret"]:
            app.keep_secret(form.cleaned_data["new_secret"])
        app.save()


class ConnectorSettingsForm(forms.ModelForm):
    key = forms.ChoiceField(label=gettext_lazy("connector"))
    max_in_flight = forms.IntegerField(
        label=gettext_lazy("documents at a time"), min_value=1, max_value=100, required=False
    )

    class Meta:
        model = ConnectorSettings
        fields = ["key", "is_offered", "max_in_flight"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        known = registry.connectors()
        self.fields["key"].choices = [(key, connector.label) for key, connector in known.items()]
        one = ", ".join(str(connector.label) for connector in known.values() if connector.max_in_flight == 1)
        words = _("For each integration. Empty: as the connector suggests, 1 for %(one)s and %(usual)d for the others.")
        self.fields["max_in_flight"].help_text = words % {"one": one, "usual": Connector.max_in_flight}
        if not self.instance.pk:
            self.initial["max_in_flight"] = None

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("key") and "max_in_flight" not in self.errors and cleaned.get("max_in_flight") is None:
            cleaned["max_in_flight"] = registry.get(cleaned["key"]).max_in_flight
        return cleaned


@admin.register(ConnectorSettings)
class ConnectorSettingsAdmin(admin.ModelAdmin):
    """Which connectors people may add here, and how many documents go to one integration at a time."""

    form = ConnectorSettingsForm
    list_display = ["key", "is_offered", "max_in_flight"]


class ReadOnly:
    def has_add_permission(self, request, *args):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class AttemptInline(ReadOnly, admin.TabularInline):
    model = ExportAttempt
    fields = ["number", "started_at", "duration_ms", "outcome", "message", "response_status", "response_excerpt"]
    extra = 0


@admin.register(Export)
class ExportAdmin(ReadOnly, admin.ModelAdmin):
    """The outbox. Nothing is edited; two actions do what a person may do."""

    list_display = [
        "pk",
        "invoice",
        "integration",
        "sequence",
        "state",
        "reason",
        "attempt_count",
        "next_try_at",
        "settled_at",
    ]
    list_filter = ["state", "integration__connector"]
    search_fields = ["invoice__number", "invoice__counterparty_name", "integration__name", "idempotency_key"]
    list_select_related = ["invoice__space", "integration"]
    inlines = [AttemptInline]
    actions = ["retry_now", "cancel"]
    show_full_result_count = False

    # The actions change rows although the pages don't.
    def _may_act(self, request) -> bool:
        return request.user.is_superuser or request.user.has_perm("exports.change_export")

    @admin.action(description=gettext_lazy("Retry now"))
    def retry_now(self, request, queryset):
        """Waiting rows become due at once; failed or cancelled documents are sent again from the document."""
        if not self._may_act(request):
            return self.message_user(request, _("You may not change exports."), messages.ERROR)
        pks = list(queryset.filter(state__in=CLAIMABLE).values_list("pk", flat=True))
        Export.objects.filter(pk__in=pks, state__in=CLAIMABLE).update(next_try_at=timezone.now())
        for pk in pks:
            nudge(outbox.PUSH_TASK, pk)
        self.message_user(request, _("%d are tried now.") % len(pks))

    @admin.action(description=gettext_lazy("Cancel"))
    def cancel(self, request, queryset):
        if not self._may_act(request):
            return self.message_user(request, _("You may not change exports."), messages.ERROR)
        cancelled = outbox.cancel(queryset, reason=_("Cancelled by %s.") % request.user)
        self.message_user(request, _("%d were cancelled; what is being sent at this moment finishes.") % cancelled)
