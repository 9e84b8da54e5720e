"""What a person sets up for Dropbox."""

from django import forms

from .. import naming
from ..pattern_field import PatternField


class DropboxForm(forms.Form):
    pattern = PatternField(default=naming.IMPORT_PATTERN)
