"""The identity of a space: its form when it is made, and when it is changed."""

import zoneinfo

from django import forms
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from stdnum.be import vat as be_vat

from banqup.common.templatetags.format import iban, vat

from . import countries, numbers
from .models import Membership, Space, User
from .roles import BUSINESS_ROLES, PARTNER_ROLES

# Words that stand where the address of a space would stand.
RESERVED = frozenset({"new", "add", "all", "admin", "account"})


class IdentityForm(forms.ModelForm):
    """Name, numbers and address, with their check digits looked at."""

    class Meta:
        model = Space
        fields = ["name", "vat_id", "company_id", "street", "postal_code", "city", "country"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["country"] = forms.ChoiceField(
            label=lazy("Country"),
            choices=countries.choices(self.instance.country),
            initial=self.instance.country or "BE",
        )
        self.fields["name"].widget.attrs["autocomplete"] = "organization"
        self.fields["vat_id"].widget.attrs["autocomplete"] = "off"
        self.initial["vat_id"] = vat(self.instance.vat_id) if self.instance.vat_id else ""
        for name, hint in (
            ("vat_id", lazy("For example BE 0702.451.135.")),
            ("company_id", lazy("Left empty, it follows from a Belgian VAT number.")),
        ):
            self.fields[name].help_text = hint

    def clean_vat_id(self):
        return numbers.vat_number(self.cleaned_data["vat_id"])

    def clean(self):
        cleaned = super().clean()
        vat_id, country = cleaned.get("vat_id", ""), cleaned.get("country", "")
        belgian = vat_id.removeprefix("BE") if vat_id.startswith("BE") and be_vat.is_valid(vat_id) else ""
        try:
            number, scheme = numbers.company_number(cleaned.get("company_id", ""), country)
        except forms.ValidationError as error:
            self.add_error("company_id", error)
            return cleaned
        if belgian and not number:
            number, scheme = belgian, "0208"
        elif belgian and scheme == "0208" and number != belgian:
            self.add_error("company_id", _("It differs from the VAT number; in Belgium both have the same digits."))
        cleaned["company_id"] = number
        self.instance.company_scheme = scheme
        # A Belgian enterprise is addressed on Peppol by its enterprise number.
        if scheme == "0208":
            self.instance.endpoint_id, self.instance.endpoint_scheme = number, scheme
        elif self.instance.endpoint_scheme == "0208":
            self.instance.endpoint_id = self.instance.endpoint_scheme = ""
        return cleaned


class CompanyForm(IdentityForm):
    """Everything about the company that stands in Space settings."""

    time_zone = forms.ChoiceField(label=lazy("Time zone"), help_text=lazy("Decides what is due and overdue."))
    language = forms.ChoiceField(label=lazy("Language"), choices=settings.LANGUAGES)

    class Meta(IdentityForm.Meta):
        fields = [*IdentityForm.Meta.fields, "email", "iban", "time_zone", "language"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        zones = sorted(
            name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/"))
        )
        self.fields["time_zone"].choices = [
            (name, name.replace("_", " ")) for name in dict.fromkeys([self.instance.time_zone, *zones])
        ]
        self.initial["iban"] = iban(self.instance.iban) if self.instance.iban else ""
        self.fields["iban"].widget.attrs.update(autocomplete="off", spellcheck="false")

    def clean_iban(self):
        return numbers.account_number(self.cleaned_data["iban"])


class SpaceForm(IdentityForm):
    """A new space of one `kind`; its maker becomes a member with every role of that kind."""

    def __init__(self, *args, kind: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.kind = kind

    def save(self, *, by: User) -> Space:
        roles = PARTNER_ROLES if self.kind == Space.Kind.PARTNER else BUSINESS_ROLES
        space = self.instance
        space.kind = self.kind
        for _attempt in range(5):
            space.slug = free_slug(space.name)
            try:
                with transaction.atomic():
                    space.save()
                    Membership.objects.create(user=by, space=space, roles=[role.value for role in roles])
            except IntegrityError:  # somebody took this address at the same moment
                space.pk = None
                continue
            return space
        raise forms.ValidationError(_("The space could not be made; try again."))


def free_slug(name: str) -> str:
    """An address made of `name` that no space has: bakery, bakery-2, …"""
    base = slugify(name)[:40].strip("-") or "space"
    taken = set(Space.objects.filter(slug__startswith=base).values_list("slug", flat=True)) | RESERVED
    slug, number = base, 1
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug
