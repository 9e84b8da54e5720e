"""Suppliers and customers: they grow from the documents; here they are found and trusted, or not."""

from django import forms
from django.core.paginator import Paginator
from django.db.models import Q
from django.forms.models import model_to_dict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST, require_safe

from banqup.actions import selfbilling
from banqup.actions.refusals import NotPossible
from banqup.common.htmx import back, render_part
from banqup.contacts.models import Contact
from banqup.invoices.models import Invoice
from banqup.invoices.statuses import GeneralStatus
from banqup.spaces.roles import Capability
from business_space.contact import facts
from business_space.forms.fields import DayField
from business_space.rows import export_summaries, qualifier
from business_space.sides import SIDES
from business_space.space import in_space, lacks, require

PAGE_SIZE = 50
LATEST = 20
WHICH = {"suppliers": ("is_supplier", lazy("Suppliers")), "customers": ("is_customer", lazy("Customers"))}


class PartyForm(forms.ModelForm):
    class Meta:
        model = Contact
        fields = ["trusted", "auto_approve"]
        labels = {"trusted": lazy("Trusted supplier"), "auto_approve": lazy("Approve its e-invoices on arrival")}
        help_texts = {"trusted": lazy("Counts where the space approves e-invoices of trusted suppliers only.")}


class SelfBillingForm(forms.Form):
    """The agreement by which we issue a supplier's invoices; what must be there, the verb says."""

    use_required_attribute = False

    self_billing = forms.BooleanField(label=lazy("We issue its invoices ourselves (self-billing)"), required=False)
    mandate_from = DayField(label=lazy("Agreed from"), required=False)
    mandate_until = DayField(
        label=lazy("Agreed until"), required=False, help_text=lazy("Empty means: until further notice.")
    )


@in_space
@require_safe
def parties(request):
    tab = request.GET.get("tab") if request.GET.get("tab") in WHICH else ""
    q = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    found = Contact.objects.filter(space=request.space).order_by("name", "id")
    if tab:
        found = found.filter(**{WHICH[tab][0]: True})
    for word in q.split()[:5]:
        plain = word.replace(".", "")
        found = found.filter(
            Q(name__icontains=word)
            | Q(vat_id__icontains=plain)
            | Q(city__icontains=word)
            | Q(iban__icontains=plain)
            | Q(email__icontains=word)
        )
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    tabs = [{"label": _("All"), "url": request.path, "count": None, "current": not tab}]
    tabs += [
        {"label": label, "url": f"{request.path}?tab={name}", "count": None, "current": tab == name}
        for name, (_field, label) in WHICH.items()
    ]
    context = {
        "page_title": _("Suppliers and customers"),
        "space": request.space,
        "page": page,
        "q": q,
        "tab": tab,
        "tabs": tabs,
        "add": {
            "name": "add",
            "label": _("Add a customer"),
            "icon": "plus",
            "url": reverse("business:party_add", args=[request.space.slug]),
            "method": "get",
            "style": "primary",
            "enabled": not (reason := lacks(request, Capability.EDIT_SALES)),
            "reason": reason,
        },
    }
    return render_part(request, "business_space/parties/list.html", context, part="results")


@in_space
def party(request, pk):
    contact = get_object_or_404(Contact.objects.filter(space=request.space), pk=pk)
    reason = _may_not_change(request)
    form = PartyForm(request.POST or None, instance=contact)
    if request.method == "POST":
        if reason:
            require(request, Capability.MANAGE_PEOPLE)
        if form.is_valid():
            form.save()
            return back(request, request.path, _("Kept. It counts for documents that come from now on."))
        return _page(request, contact, form=form, status=422)
    return _page(request, contact, form=form)


@in_space
@require_POST
def self_billing(request, pk):
    """Keep the agreement by which we issue its invoices."""
    contact = get_object_or_404(Contact.objects.filter(space=request.space), pk=pk)
    form = SelfBillingForm(request.POST)
    url = reverse("business:party", args=[request.space.slug, pk])
    if form.is_valid():
        entered = form.cleaned_data
        try:
            selfbilling.agree(
                contact=contact,
                self_billing=entered["self_billing"],
                since=entered["mandate_from"],
                until=entered["mandate_until"],
                by=request.user,
            )
        except NotPossible as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            return back(request, url, _("Kept. Documents that wait were looked at again."))
    return _page(request, contact, agreement=form, status=422)


def _page(request, contact, *, form=None, agreement=None, status=200):
    contact.space = request.space
    context = {
        "page_title": contact.name,
        "space": request.space,
        "contact": contact,
        "form": form or PartyForm(instance=contact),
        "agreement": agreement or SelfBillingForm(initial=model_to_dict(contact, SelfBillingForm.base_fields)),
        "agreement_url": reverse("business:party_self_billing", args=[request.space.slug, contact.pk]),
        "reason": _may_not_change(request),
        "rows": _documents(request.space, contact),
        "known": facts(request, contact),
        "lists": [
            {"label": side.title, "url": f"{side.url('list', request.space)}?q={contact.vat_id or contact.name}"}
            for side in SIDES
        ],
    }
    return render_part(request, "business_space/parties/detail.html", context, status=status)


def _may_not_change(request) -> str:
    """Whoever manages the space or approves purchases decides whom to trust."""
    return "" if selfbilling.MAY_AGREE & request.standing.business else lacks(request, Capability.MANAGE_PEOPLE)


def _documents(space, contact) -> list[dict]:
    rows = (
        Invoice.objects.of_business(space)
        .present()
        .filter(counterparty=contact)
        .exclude(general_status=GeneralStatus.DRAFT)
    )
    invoices = list(rows.defer("data", "report", "search_text").order_by("-sort_date", "-id")[:LATEST])
    summaries, today = export_summaries(invoices), space.today()
    for invoice in invoices:
        invoice.space = space
    return [
        {
            "invoice": invoice,
            "url": invoice.get_absolute_url(),
            "qualifier": qualifier(invoice, today),
            "exports": summaries.get(invoice.pk),
        }
        for invoice in invoices
    ]
