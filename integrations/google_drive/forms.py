"""What a person sets up for Google Drive."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from .. import naming
from ..pattern_field import PatternField

_ID = re.compile(r"(?:^|/folders/)([A-Za-z0-9_-]{10,80})(?:$|[/?#])")


class GoogleDriveForm(forms.Form):
    shared_drive = forms.CharField(
        label=_("Shared drive"),
        required=False,
        max_length=300,
        help_text=_("Its id, or its address in the browser. Empty: My Drive of whoever consents."),
    )
    pattern = PatternField(default=naming.IMPORT_PATTERN)

    def clean_shared_drive(self):
        entered = self.cleaned_data["shared_drive"].strip()
        if not entered:
            return ""
        found = _ID.search(entered)
        if found is None:
            raise forms.ValidationError(
                _("Open the shared drive in the browser and copy its address, which ends in /folders/ and its id.")
            )
        return found[1]
