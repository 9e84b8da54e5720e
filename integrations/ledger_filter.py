"""What the export ledger is asked for: the fields of its form, read from the address."""

from datetime import datetime, time, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from banqup.exports import ledger
from banqup.exports.models import ExportState

PURCHASE, SALES, CREDIT_NOTES = "purchase", "sales", "credit"
KINDS = {PURCHASE: {"is_sales": 0}, SALES: {"is_sales": 1}, CREDIT_NOTES: {"is_credit_note": True}}

_STATES = [
    ("", lazy("Any state")),
    (ledger.MISSING, lazy("Not delivered")),
    (ledger.NEVER, lazy("Never asked for")),
    *((str(state), state.label) for state in (ExportState.WAITING, ExportState.FAILED, ExportState.CANCELLED)),
    (str(ExportState.DELIVERED), ExportState.DELIVERED.label),
]
_KINDS = [
    ("", lazy("Every kind")),
    (PURCHASE, lazy("Purchase")),
    (SALES, lazy("Sales")),
    (CREDIT_NOTES, lazy("Credit notes")),
]


class LedgerFilter(forms.Form):
    """Every field may be empty. Days are those of the approval, in the business's time zone, both included."""

    is_filter = True  # so its labels do not say that each field is optional

    q = forms.CharField(label=lazy("Document"), required=False, max_length=200)
    state = forms.ChoiceField(label=lazy("Export"), required=False, choices=_STATES)
    integration = forms.ChoiceField(label=lazy("Integration"), required=False)
    kind = forms.ChoiceField(label=lazy("Kind"), required=False, choices=_KINDS)
    first = forms.DateField(label=lazy("Approved from"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=lazy("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args, space, columns, **kwargs):
        super().__init__(*args, **kwargs)
        self.space, self.columns = space, columns
        named = [(str(one.pk), one.name) for one in columns]
        self.fields["integration"].choices = [("", _("Every integration")), *named]

    def clean(self):
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first and last and last < first:
            self.add_error("last", _("Until is before From."))
        return self.cleaned_data

    @property
    def asked_state(self) -> str:
        return self.cleaned_data["state"] if self.is_valid() else ""

    @property
    def shown(self) -> list:
        """The integrations that are asked for, in the order of the columns."""
        chosen = self.cleaned_data["integration"] if self.is_valid() else ""
        return [one for one in self.columns if chosen in ("", str(one.pk))]

    def documents(self):
        """The matching documents of the space, newest first; none while the filter has errors."""
        found = ledger.documents(self.space).order_by("-id")
        if not self.is_valid():
            return found.none()
        asked = self.cleaned_data
        if asked["kind"]:
            found = found.filter(**KINDS[asked["kind"]])
        if asked["q"]:
            found = found.search(asked["q"].replace("\x00", ""))
        if asked["first"]:
            found = found.filter(released_at__gte=self._midnight(asked["first"]))
        if asked["last"]:
            found = found.filter(released_at__lt=self._midnight(asked["last"] + timedelta(days=1)))
        return ledger.in_state(found, self.shown, asked["state"])

    def _midnight(self, day):
        return timezone.make_aware(datetime.combine(day, time.min), self.space.tz)
