"""How a document goes to its customer: the forms of the dialogs about delivery."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from banqup.actions import letters
from banqup.actions.allowed_delivery import ways_again
from banqup.invoices import statuses
from banqup.sending import routing

from .decisions import DecisionForm, ResolutionForm

# What the field says where the customer has the document already; no way of ours.
ELSEWHERE = "elsewhere"
# Each document by the first way that leads to its customer.
BEST = "best"


def way_choices(options) -> list[tuple[str, str]]:
    return [(option.way.value, option_words(option)) for option in options if option.usable]


def option_words(option) -> str:
    """Peppol: 0208:0417823441"""
    label, where = str(option.way.label), option.space.name if option.space else option.recipient
    return f"{label}: {where}" if where else label


class ResendForm(DecisionForm):
    way = forms.ChoiceField(label=lazy("How it is sent"), widget=forms.RadioSelect)

    def __init__(self, data=None, *, invoice):
        super().__init__(data, invoice=invoice)
        self.options = ways_again(invoice)
        choices = way_choices(self.options)
        self.fields["way"].choices = choices
        if choices:
            self.fields["way"].initial = choices[0][0]


class ReceivedForm(DecisionForm):
    note = forms.CharField(label=lazy("How do you know?"), max_length=500, required=False)


class CopyForm(DecisionForm):
    to = forms.CharField(
        label=lazy("E-mail address"),
        max_length=320,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def __init__(self, data=None, *, invoice):
        super().__init__(data, invoice=invoice)
        self.fields["to"].initial = letters.address_of(invoice)


class WayForm(forms.Form):
    """Approval of a document that we issue: how it goes to its customer, or that it is there already."""

    use_required_attribute = False

    way = forms.ChoiceField(
        label=lazy("How it goes to the customer"),
        widget=forms.RadioSelect,
        error_messages={"required": lazy("Choose how it is sent, or that it was delivered elsewhere already.")},
    )

    def __init__(self, data=None, *, invoice):
        super().__init__(data)
        if invoice.kind == statuses.Kind.SELF_BILLED_OUT:
            self.fields["way"].label = _("How it goes to the supplier")
        self.options = routing.options(invoice) if invoice.data else []
        usable = way_choices(self.options)
        self.fields["way"].choices = [*usable, (ELSEWHERE, _("Already delivered elsewhere: nothing is sent"))]
        if usable:
            self.fields["way"].initial = usable[0][0]

    @property
    def lacking(self) -> list[str]:
        """Why the other ways can't be used."""
        return [f"{option.way.label}: {option.reason}" for option in self.options if option.reason]


class BulkWayForm(forms.Form):
    """Approval of many documents that we issue: how they go to their customers, or that they are there already."""

    use_required_attribute = False

    way = forms.ChoiceField(
        label=lazy("How they go to their customers"),
        choices=[
            (
                BEST,
                lazy(
                    "Each goes to its customer by the best way that there is; "
                    "one that no way leads to stays here and says why"
                ),
            ),
            (ELSEWHERE, lazy("Already delivered elsewhere: nothing is sent")),
        ],
        initial=BEST,
        required=False,
        widget=forms.RadioSelect,
    )


def approving(entered: str) -> dict:
    """What `approval.approve` is told for the chosen way; nothing chosen: the best that there is."""
    return {"delivered_elsewhere": True} if entered == ELSEWHERE else {"way": entered}


class SettledAndSentForm(ResolutionForm):
    """Approval of a disputed document of ours."""

    def __init__(self, data=None, *, invoice):
        super().__init__(data, invoice=invoice)
        if invoice.kind in statuses.ISSUED_BY_US:
            self.fields["way"] = WayForm(invoice=invoice).fields["way"]
