"""Space settings > Numbering: a series for each purpose, and for each supplier that we bill for."""

from django import forms
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from banqup.actions import series as verbs
from banqup.actions.refusals import NotPossible
from banqup.common.htmx import back, render_part
from banqup.contacts.models import Contact
from banqup.sending import numbering
from banqup.sending.models import NumberSeries
from banqup.sending.patterns import LONGEST
from business_space.space import in_space

from .settings_base import here, refusal, require

Purpose = NumberSeries.Purpose
_OWN = (Purpose.INVOICE, Purpose.CREDIT_NOTE)
_OF_SUPPLIERS = (Purpose.SELF_BILLED, Purpose.SELF_BILLED_CREDIT_NOTE)


class SeriesForm(forms.Form):
    use_required_attribute = False

    pattern = forms.CharField(
        label=lazy("Pattern"),
        max_length=LONGEST + 10,
        error_messages={"required": lazy("Enter a pattern, for example V{YYYY}-{####}.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "mono"}),
    )
    starts_at = forms.IntegerField(
        label=lazy("First number"),
        min_value=1,
        max_value=2**31 - 1,
        required=False,
        error_messages={"min_value": lazy("The first number is 1 or more.")},
    )


def _key(purpose, supplier=None) -> str:
    return f"{purpose.value}-{supplier.pk}" if supplier is not None else purpose.value


@in_space
def numbers(request):
    """Every series with the number it gives next; a form for each."""
    wanted = [(purpose, None) for purpose in _OWN]
    suppliers = Contact.objects.filter(space=request.space, is_supplier=True, self_billing=True).order_by("name", "pk")
    wanted += [(purpose, supplier) for supplier in suppliers for purpose in _OF_SUPPLIERS]
    form, changed = None, ""
    if request.method == "POST":
        require(request)
        changed = request.POST.get("series", "")
        chosen = next(((purpose, supplier) for purpose, supplier in wanted if _key(purpose, supplier) == changed), None)
        purpose, supplier = chosen or (None, None)
        if purpose is None:
            raise Http404
        form = SeriesForm(request.POST, prefix=changed)
        if form.is_valid() and _kept(request, form, purpose, supplier):
            return back(request, here(request, "settings_numbering"), _("Kept. It counts for the next document."))
    context = {
        "page_title": _("Numbering"),
        "refusal": refusal(request),
        "space": request.space,
        "series": [_shown(request, one, supplier, form, changed) for one, supplier in wanted],
    }
    status = 422 if form is not None and form.errors else 200
    return render_part(request, "business_space/settings/numbering.html", context, status=status)


def _kept(request, form, purpose, supplier) -> bool:
    try:
        verbs.change(
            space=request.space,
            purpose=purpose,
            supplier=supplier,
            pattern=form.cleaned_data["pattern"],
            starts_at=form.cleaned_data["starts_at"],
            by=request.user,
        )
    except NotPossible as refused:
        form.add_error(refused.field or None, str(refused))
        return False
    return True


def _shown(request, purpose, supplier, posted, changed) -> dict:
    key, series = _key(purpose, supplier), numbering.found(request.space, purpose, supplier)
    latest = numbering.latest(series)
    form = posted if key == changed and posted is not None else None
    form = form or SeriesForm(prefix=key, initial={"pattern": series.pattern, "starts_at": series.starts_at})
    form.fields["starts_at"].disabled = latest is not None
    return {
        "key": key,
        "title": str(purpose.label),
        "supplier": supplier,
        "form": form,
        "following": numbering.upcoming(series, request.space.today()).number,
        "latest": latest,
        "first_hint": _("Can't be changed any more: numbers were given.") if latest else _("Of the first period only."),
    }
