"""Mark as paid, and take it back."""

from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from banqup.actions import payments
from banqup.actions.allowed import allowed, find
from banqup.actions.refusals import ChangedMeanwhile, NotPossible
from banqup.actions.rights import may_pay
from banqup.common.htmx import back, render_part
from banqup.common.templatetags.format import money_with_currency
from banqup.payments.models import Allocation, Payment
from business_space.forms.payments import PaymentForm
from business_space.space import find_invoice, in_space, require


@in_space
def payment(request, side, pk):
    """Record a payment that was made outside. The dialog, and its page without script."""
    invoice = find_invoice(request, pk, side)
    initial = {"amount": invoice.open_amount, "paid_on": request.space.today(), "method": Payment.Method.TRANSFER}
    form = PaymentForm(request.POST or None, initial=initial)
    status = 200
    if request.method == "POST":
        require(request, may_pay(invoice))
        status = 422
        if form.is_valid():
            try:
                paid = payments.record_payment(
                    invoice=invoice, by=request.user, version=_version(request), **form.cleaned_data
                )
            except ChangedMeanwhile as refusal:
                form.add_error(None, str(refusal))
                status = 409
            except NotPossible as refusal:
                form.add_error(refusal.field or None, str(refusal))
            else:
                return _recorded(request, side, paid)
    action = find(allowed(invoice, request.standing), "record_payment")
    context = {
        "page_title": _("Mark as paid"),
        "invoice": invoice,
        "form": form,
        "reason": action.reason if action else _("This document is in the recycle bin."),
        "back_url": invoice.get_absolute_url(),
    }
    return render_part(request, "business_space/invoices/payment.html", context, part="dialog", status=status)


@in_space
@require_POST
def undo(request, side, pk, payment):
    invoice = find_invoice(request, pk, side)
    found = get_object_or_404(Payment.objects.filter(space=request.space, allocations__invoice=invoice), pk=payment)
    require(request, may_pay(invoice))
    try:
        payments.undo_payment(payment=found, by=request.user)
    except NotPossible as refusal:
        return back(request, invoice.get_absolute_url(), str(refusal), level=messages.ERROR)
    amount = money_with_currency(found.amount, found.currency)
    return back(request, invoice.get_absolute_url(), _("The payment of %s is undone.") % amount)


@in_space
@require_POST
def paid_again(request, side, pk):
    """Undo of *Mark as unpaid*."""
    invoice = find_invoice(request, pk, side)
    try:
        paid = payments.mark_as_paid_again(invoice=invoice, by=request.user)
    except NotPossible as refusal:
        return back(request, invoice.get_absolute_url(), str(refusal), level=messages.ERROR)
    words = _("%(title)s: the payments are recorded again. %(status)s.")
    words %= {"title": paid.title, "status": paid.get_general_status_display()}
    return back(request, paid.get_absolute_url(), words)


def _version(request) -> int | None:
    given = request.POST.get("version", "")
    return int(given) if given.isdecimal() and len(given) < 12 else None


def _recorded(request, side, invoice):
    last = (
        Allocation.objects.filter(invoice=invoice, credit_note=None, removed_at=None)
        .select_related("payment")
        .latest("pk")
    )
    amount = money_with_currency(last.amount, invoice.currency)
    words = _("%(amount)s recorded. %(status)s.") % {"amount": amount, "status": invoice.get_general_status_display()}
    if invoice.has_open_data:
        words += " " + _("It counts once the document is approved.")
    undo_url = side.url("payment_undo", request.space, invoice.pk, last.payment_id)
    return back(request, invoice.get_absolute_url(), words, undo_url=undo_url, undo_label=_("Undo"))
