"""Attach files to a document: the dialog, and its page without script."""

from django.conf import settings
from django.contrib import messages
from django.utils.translation import gettext as _

from banqup.actions import attaching
from banqup.actions.refusals import NotPossible, TryLater
from banqup.actions.rights import may_edit
from banqup.common.htmx import back, render_part
from business_space.space import find_invoice, in_space, require


@in_space
def attach(request, side, pk):
    invoice = find_invoice(request, pk, side)
    require(request, may_edit(invoice))
    context = {
        "page_title": _("Attach a file"),
        "invoice": invoice,
        "back_url": invoice.get_absolute_url(),
        "trouble": "",
    }
    status = 200
    if request.method == "POST":
        kept = []
        try:
            for file in request.FILES.getlist("files"):
                data = file.read(settings.BANQUP_MAX_UPLOAD_BYTES + 1)
                made = attaching.attach(invoice=invoice, data=data, filename=file.name or "", by=request.user)
                kept.append(made.filename)
        except (NotPossible, TryLater) as refusal:
            words = [_("Attached: %s.") % ", ".join(kept)] if kept else []
            return back(request, invoice.get_absolute_url(), " ".join([*words, str(refusal)]), level=messages.ERROR)
        if kept:
            return back(request, invoice.get_absolute_url(), _("Attached: %s.") % ", ".join(kept))
        context["trouble"], status = _("Choose one or more files first."), 422
    return render_part(request, "business_space/invoices/attach.html", context, part="dialog", status=status)
