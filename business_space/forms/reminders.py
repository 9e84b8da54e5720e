"""When customers are reminded, in which words, and whom the schedule leaves alone."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from .fields import DayField


class PlanForm(forms.Form):
    use_required_attribute = False

    is_active = forms.BooleanField(label=lazy("Send reminders by itself, on working days at 9"), required=False)
    days = forms.CharField(
        label=lazy("Days after the due date"),
        max_length=60,
        help_text=lazy("One number for each step, such as 3, 14, 30."),
    )

    def __init__(self, data=None, *, plan):
        super().__init__(data, initial={"is_active": plan.is_active, "days": ", ".join(map(str, plan.days))})

    def clean_days(self):
        pieces = self.cleaned_data["days"].replace(";", ",").replace(",", " ").split()
        if not all(piece.isdecimal() and len(piece) < 5 for piece in pieces):
            raise ValidationError(_("Write whole numbers with commas between them, such as 3, 14, 30."))
        return [int(piece) for piece in pieces]


class TextForm(forms.Form):
    use_required_attribute = False

    subject = forms.CharField(label=lazy("Subject"), max_length=200, required=False)
    body = forms.CharField(
        label=lazy("Text"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 14})
    )


class PauseForm(forms.Form):
    use_required_attribute = False

    until = DayField(
        label=lazy("Last day without reminders"), required=False, help_text=lazy("Empty means: until you go on.")
    )
