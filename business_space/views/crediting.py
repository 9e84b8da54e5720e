"""Settle an invoice with a credit note, and take it back."""

from django.contrib import messages
from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from banqup.actions import crediting
from banqup.actions.allowed import allowed, find
from banqup.actions.refusals import NotPossible
from banqup.actions.rights import may_pay
from banqup.common.htmx import back, render_part
from banqup.common.templatetags.format import money_with_currency
from banqup.invoices.models import Invoice
from banqup.payments.models import Allocation
from business_space.forms.crediting import CreditForm
from business_space.space import find_invoice, in_space, require

# Nobody chooses from more; the rest is found from the other document.
AT_MOST = 100


@in_space
def credit(request, side, pk):
    """Choose the other document and how much of it. The dialog, and its page without script."""
    invoice = find_invoice(request, pk, side)
    posted = request.method == "POST"
    if posted:
        require(request, may_pay(invoice))
    action = find(allowed(invoice, request.standing), "link_credit_note")
    others = list(crediting.candidates(invoice)[: AT_MOST + 1]) if action else []
    more, others = len(others) > AT_MOST, _named_first(invoice, others[:AT_MOST])
    chosen = next((other for other in others if str(other.pk) == request.GET.get("other")), None)
    chosen = chosen or next(iter(others), None)
    form = CreditForm(request.POST if posted else None, invoice=invoice, others=others, chosen=chosen)
    if posted and action and form.is_valid():
        other = next(other for other in others if other.pk == form.cleaned_data["other"])
        try:
            linked = _link(invoice, other, by=request.user, amount=form.cleaned_data["amount"])
        except NotPossible as refusal:
            form.add_error("amount", str(refusal))
        else:
            return _linked(request, side, invoice, other, linked)
    context = {
        "page_title": _title(invoice),
        "title": _title(invoice),
        "invoice": invoice,
        "form": form,
        "others": others,
        "more": more,
        "reason": action.reason if action else _nothing(invoice),
        "nobody": _nobody(invoice) if action and not others else "",
        "upload": {"label": _("Import a credit note"), "url": side.url("upload", request.space)},
        "back_url": invoice.get_absolute_url(),
    }
    status = 422 if posted else 200
    return render_part(request, "business_space/invoices/credit.html", context, part="dialog", status=status)


@in_space
@require_POST
def unlink(request, side, pk, allocation):
    invoice = find_invoice(request, pk, side)
    ours = Allocation.objects.filter(Q(invoice=invoice) | Q(credit_note=invoice), credit_note__isnull=False)
    found = get_object_or_404(ours.select_related("invoice__space", "credit_note"), pk=allocation)
    require(request, may_pay(invoice))
    try:
        crediting.unlink(allocation=found, by=request.user)
    except NotPossible as refusal:
        return back(request, invoice.get_absolute_url(), str(refusal), level=messages.ERROR)
    words = _("%(note)s does not settle %(invoice)s any more. %(amount)s is open again on both.") % {
        "note": found.credit_note.number or found.credit_note.title,
        "invoice": found.invoice.number or found.invoice.title,
        "amount": money_with_currency(found.amount, found.invoice.currency),
    }
    return back(request, invoice.get_absolute_url(), words)


def _title(invoice) -> str:
    return _("Settle an invoice") if invoice.is_credit_note else _("Link a credit note")


def _nothing(invoice) -> str:
    """Why there is nothing to choose here at all."""
    if invoice.open_amount is not None and invoice.open_amount <= 0:
        return _("Nothing is open on it.")
    if invoice.is_credit_note:
        return _("A credit note counts once it is approved, and while it is neither disputed nor refused.")
    return _("A credit note is linked once the invoice is approved.")


def _nobody(invoice) -> str:
    words = {"party": invoice.counterparty_name or invoice.title, "currency": invoice.currency}
    if invoice.is_credit_note:
        return _("No invoice of %(party)s in %(currency)s is open") % words
    return _("No credit note of %(party)s in %(currency)s is open") % words


def _named_first(invoice, others) -> list[Invoice]:
    """The document that one of the two names (BT-25) stands first and is proposed."""
    if invoice.is_credit_note:
        named = _names(invoice)
        return sorted(others, key=lambda other: other.number not in named)
    return sorted(others, key=lambda other: invoice.number not in _names(other))


def _names(credit_note) -> set[str]:
    return {reference.number for reference in credit_note.document.preceding if reference.number}


def _link(invoice, other, **given) -> Allocation:
    note, settled = (invoice, other) if invoice.is_credit_note else (other, invoice)
    return crediting.link(credit_note=note, invoice=settled, **given)


def _linked(request, side, invoice, other, allocation):
    note, settled = (invoice, other) if invoice.is_credit_note else (other, invoice)
    now = Invoice.objects.get(pk=invoice.pk)
    words = _("%(amount)s of %(note)s settles %(invoice)s. %(status)s.") % {
        "amount": money_with_currency(allocation.amount, invoice.currency),
        "note": note.number or note.title,
        "invoice": settled.number or settled.title,
        "status": now.get_general_status_display(),
    }
    undo_url = side.url("credit_unlink", request.space, invoice.pk, allocation.pk)
    return back(request, invoice.get_absolute_url(), words, undo_url=undo_url, undo_label=_("Undo"))
