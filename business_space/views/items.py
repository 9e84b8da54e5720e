"""The items of a space: list, add, edit, stop offering."""

from django import forms
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST, require_safe

from banqup.actions import items as verbs
from banqup.actions.refusals import NotPossible
from banqup.common.htmx import back, render_part
from banqup.contacts.models import Item
from banqup.spaces.roles import Capability
from business_space.forms import choices
from business_space.forms.fields import NumberField
from business_space.space import address, in_space, lacks, require

PAGE_SIZE = 50
SELL = Capability.EDIT_SALES


class ItemForm(forms.Form):
    use_required_attribute = False

    name = forms.CharField(label=lazy("Name"), max_length=200, error_messages={"required": lazy("Enter the name.")})
    code = forms.CharField(label=lazy("Item number"), max_length=50, required=False)
    description = forms.CharField(
        label=lazy("More about it"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    unit = forms.ChoiceField(label=lazy("Unit"))
    price = NumberField(label=lazy("Price of one, excluding VAT"), required=False)
    vat = forms.ChoiceField(label=lazy("VAT"), choices=choices.VAT)

    def __init__(self, data=None, *, item: Item | None = None, **kwargs):
        item = item or Item(vat_rate=21)
        initial = {name: getattr(item, name) for name in ("name", "code", "description", "unit", "price")}
        initial["vat"] = choices.vat_value(item.vat_category, item.vat_rate) if item.pk else choices.VAT[0][0]
        super().__init__(data, initial=initial, **kwargs)
        self.fields["unit"].choices = choices.with_present(choices.UNITS, item.unit)
        self.fields["vat"].choices = choices.with_present(choices.VAT, initial["vat"])

    def entered(self) -> dict:
        """What the verb takes."""
        values = dict(self.cleaned_data)
        category, rate = choices.vat_parts(values.pop("vat"))
        return {**values, "vat_category": category or "S", "vat_rate": rate}


@in_space
@require_safe
def items(request):
    q = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    found = Item.objects.filter(space=request.space).order_by("-is_active", "name", "id")
    for word in q.split()[:5]:
        found = found.filter(name__icontains=word) | found.filter(code__icontains=word)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    reason, slug = lacks(request, SELL), request.space.slug
    context = {
        "page_title": _("Items"),
        "space": request.space,
        "page": page,
        "q": q,
        "rows": [{"item": item, "vat": choices.vat_label(item.vat_category, item.vat_rate)} for item in page],
        "units": dict(choices.UNITS),
        "creator_url": address("creator", slug),
        "add": {
            "name": "add",
            "label": _("Add an item"),
            "url": address("item_add", slug),
            "method": "get",
            "dialog": True,
            "icon": "plus",
            "key": "n",
            "style": "primary",
            "enabled": not reason,
            "reason": reason,
        },
    }
    return render_part(request, "business_space/items/list.html", context, part="results")


@in_space
def add(request):
    return _form(request, None)


@in_space
def item(request, pk):
    return _form(request, get_object_or_404(Item, pk=pk, space=request.space))


@in_space
@require_POST
def switch(request, pk):
    """Stop offering it in lines, or offer it again."""
    found = get_object_or_404(Item, pk=pk, space=request.space)
    kept = verbs.offer(item=found, offered=not found.is_active, by=request.user)
    words = _("%s is offered in lines again.") if kept.is_active else _("%s is not offered in lines any more.")
    undo = {"undo_url": address("item_switch", request.space.slug, pk), "undo_label": _("Undo")}
    return back(request, address("items", request.space.slug), words % kept.name, **undo)


def _form(request, known: Item | None):
    reason, list_url = lacks(request, SELL), address("items", request.space.slug)
    form, switch = ItemForm(request.POST or None, item=known), None
    if request.method == "POST":
        require(request, SELL)
        if form.is_valid():
            try:
                kept = verbs.save(space=request.space, item=known, by=request.user, **form.entered())
            except NotPossible as refusal:
                form.add_error(refusal.field or None, str(refusal))
            else:
                return back(request, list_url, _("%s is kept.") % kept.name)
    if known is not None:
        label = _("Stop offering it") if known.is_active else _("Offer it again")
        url = address("item_switch", request.space.slug, known.pk)
        switch = {"name": "switch", "label": label, "url": url, "enabled": not reason, "reason": reason}
    context = {
        "page_title": known.name if known else _("New item"),
        "form": form,
        "back_url": list_url,
        "switch": switch,
        "reason": reason,
    }
    status = 422 if form.errors else 200
    return render_part(request, "business_space/items/item.html", context, part="dialog", status=status)
