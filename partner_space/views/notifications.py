"""What a person was told in this space, and when they want mail about it."""

from functools import wraps

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from banqup.common.htmx import SeeOther, back, render_part
from banqup.conversations import notices
from banqup.conversations.forms import MailChoiceForm
from banqup.spaces.roles import Capability
from partner_space.space import here, in_partner, require

PER_PAGE = 50


def _is_told(view):
    """For who sees documents or manages integrations: others are told nothing."""

    @in_partner
    @wraps(view)
    def wrapped(request, *args, **kwargs):
        if not notices.is_told(request.membership):
            require(request, Capability.VIEW_DOCUMENTS)
        return view(request, *args, **kwargs)

    return wrapped


@_is_told
@require_safe
def notifications(request):
    """Unread first, the newest first among each."""
    page = Paginator(notices.unread_first(request.membership), PER_PAGE).get_page(request.GET.get("page"))
    told = notices.in_words(page.object_list, request.space)
    for one in told:
        one["open_url"] = here(request, "notification", one["pk"])
    context = {
        "page_title": _("Notifications"),
        "space": request.space,
        "told": told,
        "page_obj": page,
        "unread": notices.unread(request.membership),
        "read_url": here(request, "notifications_read"),
        "choices_url": notices.choices_url(request.space),
    }
    return render_part(request, "conversations/notifications.html", context)


@_is_told
@require_safe
def notification(request, pk):
    """On to what it is about; it counts as read."""
    told = get_object_or_404(notices.of(request.membership).select_related("space", "invoice__space"), pk=pk)
    notices.read(request.membership, pk=told.pk)
    return SeeOther(notices.address(told))


@_is_told
@require_POST
def notifications_read(request):
    """Mark one as read (`pk`), or all."""
    pk = request.POST.get("pk", "")
    notices.read(request.membership, pk=int(pk) if pk.isdecimal() and len(pk) < 16 else None)
    return back(request, here(request, "notifications"))


@_is_told
def mail_choices(request):
    form = MailChoiceForm(request.POST or None, member=request.membership)
    if request.method == "POST" and form.is_valid():
        notices.choose(request.membership, **form.cleaned_data)
        return back(request, notices.choices_url(request.space), _("Saved."))
    context = {"page_title": _("Your e-mail"), "space": request.space, "form": form, "address": request.user.email}
    return render_part(request, "conversations/mail_choices.html", context, status=422 if form.errors else 200)
