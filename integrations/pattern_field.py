"""The form field of a pattern of folders and name (see `naming`)."""

from django import forms
from django.utils.translation import gettext_lazy as _

from . import naming


class PatternField(forms.CharField):
    """Left empty, it is `default`."""

    def __init__(self, *, default: str):
        super().__init__(
            label=_("Folders and name"),
            required=False,
            max_length=300,
            help_text=_("Empty: %(pattern)s. The extension is added.") % {"pattern": default},
        )
        self._default = default

    def clean(self, value):
        pattern = super().clean(value) or self._default
        try:
            naming.check_pattern(pattern)
        except naming.PatternRefused as error:
            raise forms.ValidationError(str(error)) from error
        return pattern
