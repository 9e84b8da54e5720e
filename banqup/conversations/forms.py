"""When a person wants mail about one space."""

from django import forms
from django.utils.translation import gettext_lazy as _

from banqup.spaces.roles import Capability

from . import notices
from .models import MailChoice


class MailChoiceForm(forms.ModelForm):
    """`weekly` is asked only of who manages integrations."""

    class Meta:
        model = MailChoice
        fields = ["asked", "other", "weekly"]
        widgets = {"asked": forms.RadioSelect, "other": forms.RadioSelect}
        labels = {
            "asked": _("When something is asked of you"),
            "other": _("About everything else"),
            "weekly": _("A summary of the integrations, on Mondays at 7:00"),
        }
        help_texts = {
            "asked": _("A question to you, or a document that waits for your approval."),
            "other": _(
                "Comments, answers, a document refused after it was processed, a payment on a refused document. "
                "Once a day means one mail with all of it, at 7:00 in the time zone of the space."
            ),
            "weekly": _(
                "What was delivered, waits or failed in the week, and what needs you. "
                "Nothing comes after a week in which nothing was sent and all is well."
            ),
        }

    def __init__(self, *args, member, **kwargs):
        super().__init__(*args, instance=notices.choice_of(member), **kwargs)
        if Capability.MANAGE_INTEGRATIONS not in member.capabilities:
            del self.fields["weekly"]
