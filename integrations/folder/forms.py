"""What a person sets up for a folder."""

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from .. import naming
from ..pattern_field import PatternField


class FolderForm(forms.Form):
    folder = forms.CharField(
        label=_("Sub-folder"),
        required=False,
        max_length=60,
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9_-]*$", _("Use small letters, digits, - and _."))],
        help_text=_("Below the server's delivery folder. Empty: the address of your space."),
    )
    pattern = PatternField(default=naming.DEFAULT_PATTERN)
