"""What a person sets up for a folder."""

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from . import names


class FolderForm(forms.Form):
    folder = forms.CharField(
        label=_("Sub-folder"),
        required=False,
        max_length=60,
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9_-]*$", _("Use small letters, digits, - and _."))],
        help_text=_("Below the server's delivery folder. Empty: the address of your space."),
    )
    pattern = forms.CharField(
        label=_("Folders and name"),
        required=False,
        max_length=300,
        help_text=_("Empty: %(pattern)s. The extension is added.") % {"pattern": names.DEFAULT_PATTERN},
    )

    def clean_pattern(self):
        pattern = self.cleaned_data["pattern"].strip() or names.DEFAULT_PATTERN
        try:
            names.check_pattern(pattern)
        except names.PatternRefused as error:
            raise forms.ValidationError(str(error)) from error
        return pattern
