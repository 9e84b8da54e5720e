"""The history of the whole space: who did what to which document, and when; for reading and for auditors."""

from datetime import datetime, time, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_safe

from banqup.common.htmx import render_part
from banqup.common.spreadsheet import streamed
from banqup.invoices import history
from banqup.invoices.models import Event, Invoice
from banqup.invoices.models.event import Verb
from banqup.spaces.models import User
from business_space.sides import side_of
from business_space.space import in_space
from business_space.views.settings_base import here

PAGE_SIZE = 50
BY_THE_SYSTEM = "system"


_VERBS = [("", lazy("Anything")), *(choice for choice in Verb.choices if choice[0] != Verb.NOTED)]


class Filter(forms.Form):
    """Every field may be empty. Days are days of the space's time zone, both included."""

    is_filter = True  # so its labels do not say that each field is optional

    q = forms.CharField(label=lazy("Document"), required=False, max_length=200)
    who = forms.ChoiceField(label=lazy("Who"), required=False)
    what = forms.ChoiceField(label=lazy("What"), required=False, choices=_VERBS)
    first = forms.DateField(label=lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=lazy("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args, space, **kwargs):
        super().__init__(*args, **kwargs)
        self.space = space
        # Whoever ever acted here, also people who left.
        actors = Event.objects.filter(space=space, actor__isnull=False).values("actor")
        people = [(str(person.pk), str(person)) for person in User.objects.filter(pk__in=actors)]
        people.sort(key=lambda choice: choice[1].casefold())
        self.fields["who"].choices = [("", _("Anybody")), (BY_THE_SYSTEM, _("By itself")), *people]

    def clean(self):
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first and last and last < first:
            self.add_error("last", _("Until is before From."))
        return self.cleaned_data

    def events(self):
        """The matching events of the space, newest first; none while the filter has errors."""
        # A note of the accountant is not for this side; the business's own stand among the comments.
        found = Event.objects.filter(space=self.space).exclude(verb=Verb.NOTED).order_by("-id")
        if not self.is_valid():
            return found.none()
        asked = self.cleaned_data
        if asked["who"] == BY_THE_SYSTEM:
            found = found.filter(actor=None)
        elif asked["who"]:
            found = found.filter(actor=int(asked["who"]))
        if asked["what"]:
            found = found.filter(verb=asked["what"])
        if asked["q"]:
            documents = Invoice.objects.filter(space=self.space).search(asked["q"].replace("\x00", ""))
            found = found.filter(invoice__in=documents.values("pk"))
        if asked["first"]:
            found = found.filter(at__gte=self._midnight(asked["first"]))
        if asked["last"]:
            found = found.filter(at__lt=self._midnight(asked["last"] + timedelta(days=1)))
        return found.select_related("actor", "through", "substitute_for", "invoice__space").defer(
            "invoice__data", "invoice__report", "invoice__search_text"
        )

    def _midnight(self, day):
        return timezone.make_aware(datetime.combine(day, time.min), self.space.tz)


@in_space
@require_safe
def space_history(request):
    """One page of events; older ones by the id of the last one seen, so that new events shift nothing."""
    form = Filter(request.GET, space=request.space)
    events = form.events()
    if request.GET.get("format") == "csv" and form.is_valid():
        return _as_csv(request, events)
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 18:
        events = events.filter(pk__lt=int(before))
    rows = list(events[: PAGE_SIZE + 1])
    shown = rows[:PAGE_SIZE]
    context = {
        "page_title": _("History"),
        "space": request.space,
        "form": form,
        "filtered": any(request.GET.get(name) for name in form.fields),
        "rows": [_row(event) for event in shown],
        "older": shown[-1].pk if len(rows) > PAGE_SIZE else None,
        "newest": not before,
        "here": here(request, "history"),
    }
    return render_part(request, "business_space/history.html", context)


def _row(event) -> dict:
    invoice = event.invoice
    return history.entry(event) | {
        "title": invoice.title,
        "url": side_of(invoice).url("detail", invoice.space, invoice.pk),
    }


def _as_csv(request, events):
    """Every matching event, streamed; times in UTC, so that a reader in another zone can't be wrong."""
    names = ("time", "document", "number", "event", "who", "words", "note", "position", "sha256")

    def lines():
        for event in events.iterator(chunk_size=500):
            entry = history.entry(event)
            number, digest = event.invoice.number, event.digest
            words = [entry["who"], entry["what"], " · ".join(filter(None, [entry["note"], entry["comment"]]))]
            told = [event.at.isoformat(timespec="seconds"), event.invoice_id, number, event.verb, *words]
            yield (*told, event.position, digest)

    return streamed(f"history-{request.space.slug}.csv", names, lines())
