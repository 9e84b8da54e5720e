"""Forms of Space settings that are not about the company's identity."""

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from banqup.contacts.models import Contact
from banqup.spaces.models import Space
from banqup.spaces.roles import BUSINESS_ROLES

ROLE_HINTS = {
    "ADM": lazy("People, settings and integrations. Does not approve or pay by this role alone."),
    "PR": lazy("Completes and approves purchase invoices, records payments."),
    "PA": lazy("Imports and completes purchase invoices, does not approve."),
    "SR": lazy("Completes, approves and sends sales invoices, records payments."),
    "SA": lazy("Creates and completes sales invoices, does not send."),
    "FR": lazy("Records payments."),
    "AUD": lazy("Sees documents and changes nothing."),
}


class RolesForm(forms.Form):
    roles = forms.MultipleChoiceField(
        label=lazy("Roles"),
        choices=[(role.value, role.label) for role in BUSINESS_ROLES],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": lazy("Choose at least one role.")},
    )


class PersonForm(RolesForm):
    email = forms.EmailField(label=lazy("E-mail address"), max_length=254)
    name = forms.CharField(
        label=lazy("Name"), max_length=120, required=False, help_text=lazy("Used when the person is new here.")
    )

    field_order = ["email", "name", "roles"]


class InviteAccountantForm(forms.Form):
    who = forms.CharField(
        label=lazy("Accountant"),
        max_length=254,
        help_text=lazy(
            "The address of their Partner Space (delvaux-accountants), or the e-mail address of somebody who works there."
        ),
    )

    def clean_who(self):
        """One Partner Space, found by its address or by a member of it."""
        who = self.cleaned_data["who"].strip().lower()
        partners = Space.objects.filter(kind=Space.Kind.PARTNER)
        slug = who.rstrip("/").rpartition("/")[2]
        found = list(
            partners.filter(
                Q(slug=slug) | Q(memberships__user__email__iexact=who, memberships__user__is_active=True)
            ).distinct()[:2]
        )
        if not found:
            raise forms.ValidationError(
                _(
                    "No Partner Space has this address or member. Ask your accountant for the address of their Partner Space."
                )
            )
        if len(found) > 1:
            raise forms.ValidationError(
                _("This person works in more than one Partner Space. Enter the address of the one you mean.")
            )
        self.partner = found[0]
        return who


class ApprovalForm(forms.ModelForm):
    class Meta:
        model = Space
        fields = ["auto_approve"]
        widgets = {"auto_approve": forms.RadioSelect}


class SupplierForm(forms.ModelForm):
    class Meta:
        model = Contact
        fields = ["auto_approve", "trusted"]


class AnswersForm(forms.ModelForm):
    """What suppliers are told over Peppol by itself."""

    class Meta:
        model = Space
        fields = ["tells_when_paid"]


class InboundForm(forms.Form):
    name = forms.CharField(
        label=lazy("Name"),
        max_length=80,
        help_text=lazy("Who will send there, for example “Access point of Elektro Maes”."),
    )
