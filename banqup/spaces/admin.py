"""Django admin of people, spaces and engagements."""

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from banqup.common.admin import ReadOnlyAdmin, ReadOnlyInline

from .forms import IdentityForm
from .models import Engagement, InboundAddress, Membership, Space, User
from .roles import Role


class MembershipForm(forms.ModelForm):
    roles = forms.MultipleChoiceField(label=_("roles"), choices=Role.choices, widget=forms.CheckboxSelectMultiple)

    class Meta:
        model = Membership
        fields = ["user", "space", "roles"]


class MembershipInline(admin.TabularInline):
    model = Membership
    form = MembershipForm
    extra = 0
    autocomplete_fields = ["user", "space"]


class InboundAddressInline(ReadOnlyInline):
    """Names and dates; the address itself is nowhere stored."""

    model = InboundAddress
    fields = readonly_fields = ["name", "created_at", "created_by", "revoked_at"]
    show_change_link = False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("created_by", "space")


@admin.register(User)
class UserAdmin(BaseUserAdmin):
    add_form = AdminUserCreationForm
    inlines = [MembershipInline]
    ordering = ["email"]
    list_display = ["email", "name", "is_active", "is_staff", "is_superuser", "last_login"]
    list_filter = ["is_active", "is_staff", "is_superuser"]
    search_fields = ["email", "name"]
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["email", "password", "name"]}),
        (_("Rights"), {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]}),
        (_("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"classes": ["wide"], "fields": ["email", "name", "usable_password", "password1", "password2"]})
    ]

    def get_inlines(self, request, obj):
        return self.inlines if obj else []

    def save_model(self, request, obj, form, change):
        obj.email = obj.email.lower()
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request, obj=None):
        return False  # the history names them; an account is closed instead


class SpaceForm(IdentityForm):
    """The check digits count here too."""

    class Meta(IdentityForm.Meta):
        fields = "__all__"


@admin.register(Space)
class SpaceAdmin(admin.ModelAdmin):
    form = SpaceForm
    inlines = [MembershipInline, InboundAddressInline]
    list_display = ["name", "kind", "slug", "vat_id", "city", "people", "created_at"]
    list_filter = ["kind", "country", "auto_approve"]
    search_fields = ["name", "slug", "vat_id", "company_id"]
    # These follow from the enterprise number.
    readonly_fields = ["company_scheme", "endpoint_scheme", "endpoint_id", "created_at"]
    prepopulated_fields = {"slug": ["name"]}

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(n_people=Count("memberships"))

    @admin.display(description=_("people"), ordering="n_people")
    def people(self, space):
        return space.n_people

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else self.prepopulated_fields

    def get_readonly_fields(self, request, obj=None):
        # The kind decides which documents and roles there are; the address stands in people's links.
        return [*self.readonly_fields, "kind", "slug"] if obj else self.readonly_fields

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Engagement)
class EngagementAdmin(ReadOnlyAdmin):
    """Invited, answered and ended by the two sides themselves: ending cancels what waits."""

    list_display = ["business", "partner", "status", "invited_side", "invited_at", "answered_at", "ended_at"]
    list_filter = ["status", "invited_side"]
    search_fields = ["business__name", "partner__name"]
    list_select_related = ["business", "partner"]
    date_hierarchy = "invited_at"


admin.site.unregister(Authenticator)


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin):
    """Second factors: that they are there, never their secrets. Deleting one lets its owner set up a new one."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type"]
    search_fields = ["user__email"]
    list_select_related = ["user"]
    exclude = ["data"]

    def has_delete_permission(self, request, obj=None):
        return admin.ModelAdmin.has_delete_permission(self, request, obj)
