"""Beside the creator's form: customers and items as one types, and a customer that is added on the way."""

from django import forms
from django.contrib import messages
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_safe

from banqup.actions import drafts, newcomers
from banqup.actions.refusals import NotPossible
from banqup.common.htmx import back, render_part
from banqup.einvoicing.rendering import LANGUAGES
from banqup.invoices.statuses import PURCHASE_LIST
from banqup.spaces import countries, numbers
from business_space.creator import page

from .creator import TEMPLATE, on_draft

_NAMES = {"nl": lazy("Dutch"), "fr": lazy("French"), "de": lazy("German"), "en": lazy("English")}


class NewcomerForm(forms.Form):
    use_required_attribute = False

    name = forms.CharField(label=lazy("Name"), max_length=200, error_messages={"required": lazy("Enter the name.")})
    vat_id = forms.CharField(
        label=lazy("VAT number"), max_length=30, required=False, help_text=lazy("For example BE 0702.451.135.")
    )
    country = forms.ChoiceField(label=lazy("Country"))
    street = forms.CharField(label=lazy("Street and number"), max_length=200, required=False)
    postal_code = forms.CharField(label=lazy("Postal code"), max_length=20, required=False)
    city = forms.CharField(label=lazy("City"), max_length=100, required=False)
    email = forms.EmailField(
        label=lazy("E-mail"), required=False, help_text=lazy("Documents can be sent there as PDF and e-invoice.")
    )
    language = forms.ChoiceField(label=lazy("Language of documents"), required=False)
    buyer_reference = forms.CharField(
        label=lazy("Their reference"),
        max_length=100,
        required=False,
        help_text=lazy("Peppol asks for it, or for an order."),
    )

    def __init__(self, data=None, *, space, **kwargs):
        super().__init__(data, initial={"country": space.country or "BE", "language": space.language}, **kwargs)
        self.fields["country"].choices = countries.choices(space.country)
        self.fields["language"].choices = [(code, _NAMES[code]) for code in LANGUAGES]

    def clean_vat_id(self):
        return numbers.vat_number(self.cleaned_data["vat_id"])


@require_safe
@on_draft
def customers(request, draft):
    """Whom the draft could be for."""
    q = _query(request, "customer_q")
    context = {"space": request.space, "invoice": draft, "found_customers": page.customers(draft, q), "customer_q": q}
    return render_part(request, TEMPLATE, page.context(request, draft) | context, part="customers")


@require_safe
@on_draft
def items(request, draft):
    """What a line could sell: buttons that fill it."""
    row, names = request.GET.get("row", ""), [name for name in request.GET if name.endswith("-name")]
    number = int(row) if row.isdecimal() and len(row) < 5 else 0
    q = _query(request, names[0]) if names else ""
    found = {"row": number, "items": page.items(request.space, q) if q else []}
    context = page.context(request, draft) | {"found_items": found}
    return render_part(request, TEMPLATE, context, part="items")


def _query(request, name: str) -> str:
    return request.GET.get(name, "").replace("\x00", "").strip()[:100]


@on_draft
def customer(request, draft):
    """Add whom the draft is for, and address it to them."""
    supplier = draft.kind in PURCHASE_LIST
    form = NewcomerForm(request.POST or None, space=request.space)
    if request.method == "POST" and form.is_valid():
        try:
            contact = newcomers.add(space=request.space, supplier=supplier, by=request.user, **form.cleaned_data)
            document = drafts.addressed(draft.document, draft, contact)
            drafts.save(invoice=draft, document=document, contact=contact, by=request.user, version=draft.version)
        except NotPossible as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            return back(request, draft.get_absolute_url(), _("%s is added.") % contact.name, level=messages.SUCCESS)
    title = _("New supplier") if supplier else _("New customer")
    context = {"page_title": title, "form": form, "back_url": draft.get_absolute_url(), "invoice": draft}
    status = 422 if form.errors else 200
    return render_part(request, "business_space/creator/customer.html", context, part="dialog", status=status)
