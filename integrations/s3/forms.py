"""What a person sets up for an S3-compatible store."""

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from .. import addresses, naming
from ..pattern_field import PatternField

REGION = "us-east-1"


class S3Form(forms.Form):
    endpoint = forms.CharField(
        label=_("Address"),
        max_length=300,
        help_text=_("Of the store, without the bucket, such as https://s3.eu-west-1.amazonaws.com."),
    )
    region = forms.CharField(
        label=_("Region"),
        required=False,
        max_length=40,
        validators=[RegexValidator(r"^[a-z0-9-]+$", _("Use small letters, digits and -."))],
        help_text=_("Empty: %(region)s, which most stores other than Amazon's accept.") % {"region": REGION},
    )
    bucket = forms.CharField(
        label=_("Bucket"),
        max_length=63,
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", _("Enter the bucket's name only."))],
    )
    access_key = forms.CharField(
        label=_("Access key"), max_length=200, validators=[RegexValidator(r"^[\w+=,.@-]+$", _("Enter the key's id."))]
    )
    secret_key = forms.CharField(
        label=_("Secret key"),
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Of a user that may list this bucket, and read and write below the folders you choose."),
    )
    pattern = PatternField(default=naming.DEFAULT_PATTERN)

    def clean_endpoint(self):
        endpoint = self.cleaned_data["endpoint"].rstrip("/")
        try:
            addresses.check_url(endpoint)
        except addresses.AddressRefused as error:
            raise forms.ValidationError(str(error)) from error
        if not endpoint.isascii() or "?" in endpoint or "#" in endpoint or endpoint.count("/") > 2:
            raise forms.ValidationError(_("Enter the store's address only, without the bucket or anything behind it."))
        return endpoint

    def clean_region(self):
        return self.cleaned_data["region"] or REGION
