"""Space settings: the company, and how documents are approved on arrival."""

from django.core.paginator import Paginator
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from banqup.common.htmx import back, render_part
from banqup.contacts.models import Contact
from banqup.spaces.forms import CompanyForm
from business_space.forms.settings import ApprovalForm, SupplierForm
from business_space.space import in_space

from . import settings_routes
from .settings_base import here, refusal, require

PER_PAGE = 50


@in_space
def index(request):
    return redirect(here(request, "settings_company"))


@in_space
def company(request):
    reason = refusal(request)
    form = CompanyForm(request.POST or None, instance=request.space)
    if request.method == "POST":
        require(request)
        if form.is_valid():
            form.save()
            return back(request, here(request, "settings_company"), _("Company saved."))
        request.space.refresh_from_db()  # the frame shows what is kept, not what was refused
    context = {"page_title": _("Company"), "form": form, "refusal": reason}
    return render_part(request, "business_space/settings/company.html", context, status=422 if form.errors else 200)


@in_space
def approval(request):
    reason = refusal(request)
    form = ApprovalForm(request.POST or None, instance=request.space)
    if request.method == "POST":
        require(request)
        if form.is_valid():
            form.save()
            return back(
                request,
                here(request, "settings_approval"),
                _("Saved. It counts for documents that arrive from now on."),
            )
    query = request.GET.get("q", "").strip()
    suppliers = Contact.objects.filter(space=request.space, is_supplier=True)
    if query:
        suppliers = suppliers.filter(
            Q(name__icontains=query) | Q(vat_id__icontains=query.replace(" ", "").replace(".", ""))
        )
    page = Paginator(suppliers.order_by("name", "id"), PER_PAGE).get_page(request.GET.get("page"))
    for supplier in page:
        form_of = SupplierForm(instance=supplier, prefix=f"s{supplier.pk}")
        words = {"aria-label": _("Approve on arrival: %s") % supplier.name}
        supplier.auto_field = form_of["auto_approve"].as_widget(attrs=words)
        supplier.trusted_field = form_of["trusted"].as_widget(attrs={"aria-label": _("Trusted: %s") % supplier.name})
    context = settings_routes.panel(request) | {
        "page_title": _("Approval"),
        "form": form,
        "refusal": reason,
        "suppliers": page,
        "query": query,
        "exceptions": Contact.objects.filter(space=request.space, is_supplier=True)
        .exclude(auto_approve=Contact.AutoApprove.SPACE)
        .count(),
    }
    return render_part(request, "business_space/settings/approval.html", context, status=422 if form.errors else 200)


@require_POST
@in_space
def approval_supplier(request, pk):
    """How documents of one supplier are approved on arrival."""
    supplier = get_object_or_404(Contact, pk=pk, space=request.space, is_supplier=True)
    require(request)
    form = SupplierForm(request.POST, instance=supplier, prefix=f"s{supplier.pk}")
    url = here(request, "settings_approval")
    if not form.is_valid():
        return back(request, url, _("Nothing was changed for %s.") % supplier.name, level=30)
    form.save()
    return back(request, url, _("%s saved. It counts for documents that arrive from now on.") % supplier.name)
