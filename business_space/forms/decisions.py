"""Why somebody objects, and how it was settled: the forms of the decisions about a document."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django_fsm import can_proceed

from banqup.actions.assignment import can_be_assigned
from banqup.approvals.rules import Circle, plan_of
from banqup.invoices.reasons import CustomerAnswer, ObjectionReason, WontBePaidReason
from banqup.spaces.models import User

NOTE_AT_MOST = 2000


def _reasons(choices):
    return [("", _("Choose a reason")), *choices]


def _note(**kwargs):
    kwargs.setdefault("label", _("Note"))
    return forms.CharField(max_length=NOTE_AT_MOST, widget=forms.Textarea(attrs={"rows": 3}), **kwargs)


class DecisionForm(forms.Form):
    """A decision that needs no words. `invoice` is what is decided about."""

    use_required_attribute = False

    def __init__(self, data=None, *, invoice):
        super().__init__(data)
        self.invoice = invoice


class _ReasonForm(DecisionForm):
    """A reason, which *Other* has to explain in the note."""

    needs_note: str

    def clean_note(self):
        note = self.cleaned_data["note"]
        if not note and self.cleaned_data.get("reason") == self.needs_note:
            raise ValidationError(_("Say here what “Other” means."))
        return note


class ObjectionForm(_ReasonForm):
    needs_note = ObjectionReason.OTHER.value

    reason = forms.ChoiceField(label=_("Reason"), choices=_reasons(ObjectionReason.choices))
    note = _note(required=False)


class RefusalForm(ObjectionForm):
    """`confirmed` is asked where something was paid already; the verb decides whether it is needed."""

    confirmed = forms.BooleanField(label=_("Refuse it although a part is paid"), required=False)

    def __init__(self, data=None, *, invoice):
        super().__init__(data, invoice=invoice)
        if not invoice.paid:
            del self.fields["confirmed"]


class ResolutionForm(DecisionForm):
    note = _note(label=_("How was it settled?"))


class AssignForm(DecisionForm):
    approver = forms.ModelChoiceField(
        label=_("Who has to approve it"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("Nobody in particular"),
    )

    def __init__(self, data=None, *, invoice):
        super().__init__(data, invoice=invoice)
        members = Circle(invoice.space).members
        self.fields["approver"].queryset = User.objects.filter(pk__in=members).order_by("name", "email")
        chosen = plan_of(invoice).case.assigned if can_be_assigned(invoice) else None
        self.fields["approver"].initial = chosen


class AnswerForm(_ReasonForm):
    """What our customer said: only what fits the document's present state is offered."""

    needs_note = ObjectionReason.OTHER.value

    answer = forms.ChoiceField(label=_("The customer"), widget=forms.RadioSelect)
    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=_reasons(ObjectionReason.choices),
        required=False,
        help_text=_("Needed for a question or a refusal."),
    )
    note = _note(required=False)

    def __init__(self, data=None, *, invoice):
        super().__init__(data, invoice=invoice)
        transitions = {
            CustomerAnswer.ACCEPTED: invoice.customer_accepts,
            CustomerAnswer.QUERIED: invoice.customer_queries,
            CustomerAnswer.REFUSED: invoice.customer_refuses,
        }
        self.fields["answer"].choices = [
            (answer.value, answer.label) for answer, transition in transitions.items() if can_proceed(transition)
        ]

    def clean_reason(self):
        answer, reason = self.cleaned_data.get("answer"), self.cleaned_data["reason"]
        if answer == CustomerAnswer.ACCEPTED:
            return ""
        if answer and not reason:
            raise ValidationError(_("Choose the reason that the customer gave."))
        return reason


class ClosingForm(_ReasonForm):
    needs_note = WontBePaidReason.OTHER.value

    reason = forms.ChoiceField(label=_("Reason"), choices=_reasons(WontBePaidReason.choices))
    note = _note(required=False)
