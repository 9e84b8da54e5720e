"""Django admin of integrations and their exports. Secrets are set here, never shown."""

from django import forms
from django.contrib import admin, messages
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

from . import cards, oauth, registry, setup


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
class IntegrationAdmin(admin.ModelAdmin):
    form = IntegrationForm
    list_display = ["name", "connector", "owner", "space", "state_shown", "waiting", "last_delivered", "attention"]
    list_filter = ["connector", "is_active", "test_passed"]
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

    @admin.display(description=gettext_lazy("state"))
    def state_shown(self, integration):
        return integration.state.label

    @admin.display(description=gettext_lazy("waiting"))
    def waiting(self, integration):
        return outbox.pending_for(integration)

    @admin.display(description=gettext_lazy("last delivered"))
    def last_delivered(self, integration):
        return cards.card(integration).last_delivered_at

    def save_model(self, request, integration, form, change):
        """Keep the row, then the configuration by the same verb as the pages use."""
        # What the verb refuses must not be kept on the way to it.
        integration.config = Integration.objects.get(pk=integration.pk).config if change else {}
        if not change:
            integration.created_by = request.user
        integration.save()
        try:
            shown_once = setup.configure(integration=integration, cleaned=form.judged, by=request.user)
        except setup.SetupRefused as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
            return
        for name, value in shown_once.items():
            self.message_user(
                request, _("%(name)s, shown only now: %(value)s") % {"name": name, "value": value}, messages.WARNING
            )

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

    class Meta:
        model = ConnectorSettings
        fields = ["key", "is_offered", "max_in_flight"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        known = registry.connectors()
        self.fields["key"].choices = [(key, connector.label) for key, connector in known.items()]


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
