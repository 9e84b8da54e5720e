"""Answers that belong to no document here: a person says to which, or sets them aside."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from banqup.actions import hearing
from banqup.actions.refusals import NotPossible
from banqup.common.htmx import back, render_part
from banqup.invoices import files, history_answers, numbers, statuses
from banqup.invoices.models import Invoice
from banqup.sending.models import NetworkAnswer
from banqup.spaces.roles import Capability
from business_space.sides import SALES
from business_space.space import in_space, lacks, require

# So many answers, and so many documents to choose from, on one page.
SHOWN, FOUND_AT_MOST = 100, 20


@in_space
@require_safe
def unmatched(request):
    """What came, from whom, about which number."""
    rows = [_row(request, answer) for answer in _waiting(request).order_by("-id")[:SHOWN]]
    context = {"page_title": _("Unmatched answers"), "space": request.space, "rows": rows, "list_url": _list(request)}
    return render_part(request, "business_space/unmatched/list.html", context)


@in_space
def answer(request, pk):
    """GET: one answer, and own sent documents to choose from. POST: it belongs to the chosen one."""
    found = get_object_or_404(_waiting(request), pk=pk)
    if request.method == "POST":
        return _match(request, found)
    words = request.GET.get("q", "").strip()[:100]
    context = {
        "page_title": _("Which document is it about?"),
        "space": request.space,
        "row": _row(request, found),
        "list_url": _list(request),
        "q": words,
        "documents": _candidates(request, found, words),
        "reason": lacks(request, Capability.APPROVE_SALES),
    }
    return render_part(request, "business_space/unmatched/answer.html", context, part="results")


@in_space
@require_POST
def set_aside(request, pk):
    require(request, Capability.APPROVE_SALES)
    found = get_object_or_404(_of_space(request), pk=pk)
    try:
        hearing.set_aside(answer=found, by=request.user)
    except NotPossible as refusal:
        return back(request, _next(request), str(refusal), messages.ERROR)
    return back(request, _next(request), _("Set aside. It stays in the records."))


@in_space
@require_safe
def raw(request, pk):
    """The bytes as they came, downloaded and never shown: they are somebody else's."""
    found = get_object_or_404(_of_space(request).exclude(sha256=""), pk=pk)
    try:
        data = files.load(request.space.pk, found.sha256)
    except (FileNotFoundError, files.DamagedFile) as error:
        raise Http404 from error
    response = HttpResponse(data, content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, f"answer-{found.pk}.xml")
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _of_space(request):
    return NetworkAnswer.objects.filter(space=request.space)


def _waiting(request):
    return _of_space(request).filter(outcome=NetworkAnswer.Outcome.UNMATCHED)


def _match(request, found):
    require(request, Capability.APPROVE_SALES)
    given = request.POST.get("invoice", "")
    pk = int(given) if given.isdecimal() and len(given) < 18 else 0
    invoice = get_object_or_404(Invoice.objects.of_business(request.space), pk=pk)
    invoice.space = request.space
    try:
        matched = hearing.match(answer=found, invoice=invoice, by=request.user)
    except NotPossible as refusal:
        return back(request, _list(request), str(refusal), messages.ERROR)
    if matched.outcome == NetworkAnswer.Outcome.IGNORED:
        words = _("It belongs to %(title)s and changed nothing: %(why)s")
        told = words % {"title": invoice.title, "why": matched.words}
    else:
        told = _("It belongs to %s.") % invoice.title
    return back(request, invoice.get_absolute_url(), told)


def _candidates(request, found: NetworkAnswer, words: str) -> list[Invoice]:
    """What was sent and fits the search; without one, what carries a number like the one that it names."""
    sent = Invoice.objects.of_business(request.space).present().filter(
        kind__in=statuses.ISSUED_BY_US, released_at__isnull=False
    )  # fmt: skip
    if words:
        sent = sent.search(words)
    elif found.number:
        sent = sent.filter(number_key=numbers.key(found.number))
    return list(sent.defer("data", "report", "search_text").order_by("-id")[:FOUND_AT_MOST])


def _row(request, found: NetworkAnswer) -> dict:
    slug = request.space.slug
    reason = lacks(request, Capability.APPROVE_SALES)
    return {
        "answer": found,
        "what": history_answers.name_of(found.code) if found.code else _("Can't be read"),
        "why": found.words or history_answers.clarified(found.clarifications),
        "url": reverse("business:unmatched_answer", args=[slug, found.pk]) if found.code else "",
        "raw_url": reverse("business:unmatched_file", args=[slug, found.pk]) if found.sha256 else "",
        "aside": {
            "name": f"set-aside-{found.pk}",
            "label": _("Set aside"),
            "icon": "archive-box",
            "url": reverse("business:unmatched_set_aside", args=[slug, found.pk]),
            "enabled": not reason,
            "reason": reason,
        },
    }


def _list(request) -> str:
    return reverse("business:unmatched", args=[request.space.slug])


def _next(request) -> str:
    """Back to the others; when this was the last one, to the sales."""
    return _list(request) if _waiting(request).exists() else SALES.url("list", request.space)
