"""When a person wants mail about one space."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .models import MailChoice


class MailChoiceForm(forms.ModelForm):
    class Meta:
        model = MailChoice
        fields = ["asked", "other"]
        widgets = {"asked": forms.RadioSelect, "other": forms.RadioSelect}
        labels = {"asked": _("When something is asked of you"), "other": _("About everything else")}
        help_texts = {
            "asked": _("A question to you, or a document that waits for your approval."),
            "other": _(
                "Comments, answers, a document refused after it was processed, a payment on a refused document. "
                "Once a day means one mail with all of it, at 7:00 in the time zone of the space."
            ),
        }
