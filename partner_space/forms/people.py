"""Who works in the office, and as what."""

from django import forms
from django.utils.translation import gettext_lazy as lazy

from banqup.spaces.roles import PARTNER_ROLES, Role

ROLE_HINTS = {
    Role.ADMINISTRATOR: lazy("People, settings, clients and integrations. Sees no documents by this role alone."),
    Role.ACCOUNTANT: lazy("Sees the documents of clients, marks them as processed, sends them to integrations."),
    Role.CLIENT_MANAGER: lazy("Invites clients and ends the work for them. Sees no documents."),
}


class RolesForm(forms.Form):
    roles = forms.MultipleChoiceField(
        label=lazy("Roles"),
        choices=[(role.value, role.label) for role in PARTNER_ROLES],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": lazy("Choose at least one role.")},
    )


class PersonForm(RolesForm):
    email = forms.EmailField(label=lazy("E-mail address"), max_length=254)
    name = forms.CharField(
        label=lazy("Name"), max_length=120, required=False, help_text=lazy("Used when the person is new here.")
    )

    field_order = ["email", "name", "roles"]
