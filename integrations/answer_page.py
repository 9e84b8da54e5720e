"""The page on which a customer reads a document that came by e-mail, and answers it; no account, no session.

Mail programs and virus scanners open every link of a mail, so that opening alone proves nothing and changes
nothing. The link leads to a cover; the document stands behind its one button, a form that works without
scripts. Whoever presses it is a person, and then the document has arrived (LIFECYCLE §6). What was sent is
answered in the same way; every address below the link can be opened again without an effect.

The forms carry no token of a cookie (`csrf_exempt`): nothing here rests on who is signed in. The link alone
is the right to answer, and another site that could forge a form would have to know it.
"""

import uuid
from dataclasses import replace
from functools import wraps

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from banqup.actions import hearing
from banqup.actions.release import e_invoice
from banqup.common.htmx import SeeOther
from banqup.einvoicing.rendering import formats, payment_code
from banqup.einvoicing.rendering.labels import LANGUAGES, known, label, word
from banqup.invoices import readable, serving, statuses
from banqup.invoices.files import DamagedFile
from banqup.invoices.models import Invoice
from banqup.invoices.papers import NoPaper
from banqup.invoices.reasons import Answer
from banqup.sending import links, ranks
from banqup.sending.models import NetworkAnswer

from . import answer_form
from .answer_form import CHOICES, Said
from .answer_words import NAMES, reasons, say, words

# In ten minutes: wrong links of one address, and what is asked of one link.
WINDOW = 600
WRONG_AT_MOST, ASKED_AT_MOST, SAID_AT_MOST = 200, 300, 20


def _link(view):
    """Give `view` the sending that the address names (`request.row`) and the reader's language; guarded."""

    @wraps(view)
    def wrapped(request, signed):
        chosen = request.GET.get("lang", "")
        reader = chosen if chosen in LANGUAGES else _of_the_browser(request)
        asker = _asker(request)
        if asker and _too_often(f"wrong:{asker}", WRONG_AT_MOST, count=False):
            return _guarded(_trouble(request, "too_often", reader, 429))
        try:
            row = links.open_link(signed)
        except links.NoSuchLink:
            if asker:
                _too_often(f"wrong:{asker}", WRONG_AT_MOST)
            return _guarded(_trouble(request, "unknown", reader, 404))
        except links.Expired as error:
            language = chosen if chosen in LANGUAGES else known(error.language)
            return _guarded(_trouble(request, "expired", language, 410))
        request.row, request.signed = row, signed
        request.language = chosen if chosen in LANGUAGES else known(row.language)
        is_said = request.method == "POST"
        if _too_often(f"{'said' if is_said else 'asked'}:{row.pk}", SAID_AT_MOST if is_said else ASKED_AT_MOST):
            return _guarded(_trouble(request, "too_often", request.language, 429))
        with translation.override(request.language):
            return _guarded(view(request))

    return wrapped


def _of_the_browser(request) -> str:
    """The first language of the reader that these pages know."""
    asked = [
        code.partition("-")[0] for code, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", ""))
    ]
    return next((code for code in asked if code in LANGUAGES), LANGUAGES[0])


def _asker(request) -> str:
    """The address that asks; empty where the server does not know it, and then nobody is counted for all."""
    try:
        return get_adapter().get_client_ip(request)
    except PermissionDenied:
        return ""


def _too_often(what: str, limit: int, *, count: bool = True) -> bool:
    key = f"answer-page:{what}"
    if not count:
        return cache.get(key, 0) >= limit
    cache.add(key, 0, WINDOW)
    try:
        return cache.incr(key) > limit
    except ValueError:  # it ran out between the two
        return False


def _guarded(response: HttpResponse) -> HttpResponse:
    """Nobody lists it, keeps it, or learns its address from where the reader goes next."""
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Cache-Control"] = "no-store, private"
    response["Referrer-Policy"] = "no-referrer"
    return response


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@_link
def cover(request):
    """Who sent something, and one button; pressed by a person, the document has arrived."""
    if request.method != "POST":
        return _page(request, "cover")
    invoice = request.row.invoice
    if invoice.delivery_status != statuses.DeliveryStatus.RECEIVED:
        hearing.hear(space=invoice.space, invoice=invoice, message=answer_form.seen(request.row))
    return SeeOther(_address(request, "answer_document"))


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@_link
def document(request):
    """The document, what is open on it, and the answers."""
    if request.method != "POST":
        return _page(request, "document", **_of_document(request, Said(token=uuid.uuid4().hex)))
    invoice, said = request.row.invoice, Said.of(request.POST)
    if said.code not in CHOICES:
        return _page(request, "document", status=422, **_of_document(request, said))
    if errors := said.errors(request.language):
        return _page(request, "document", status=422, **_of_document(request, said, errors))
    heard = hearing.hear(space=invoice.space, invoice=invoice, message=said.message(request.row))
    if heard.outcome != NetworkAnswer.Outcome.APPLIED:
        refused = {"": say("not_taken", request.language)}
        return _page(request, "document", status=409, **_of_document(request, said, refused))
    return SeeOther(_address(request, "answer_done"))


@require_safe
@_link
def done(request):
    """What was answered last."""
    code = hearing.customer_said(request.row.invoice)
    if code is None:
        return SeeOther(_address(request, "answer_document"))
    return _page(request, "done", told=_filled(request, "was_told", code))


@require_safe
@_link
def paper(request):
    try:
        return serving.paper(request.row.invoice, request.language)
    except NoPaper:
        return _trouble(request, "no_pdf", request.language, 503)


@require_safe
@_link
def file(request):
    found = e_invoice(request.row.invoice)
    if found is None:
        raise Http404
    try:
        return serving.download(found)
    except (FileNotFoundError, DamagedFile):
        return _trouble(request, "no_pdf", request.language, 503)


# --- parts --------------------------------------------------------------------------------------
def _address(request, name: str, language: str = "") -> str:
    language = language or (request.language if request.language != known(request.row.language) else "")
    return reverse(f"integrations:{name}", args=[request.signed]) + (f"?lang={language}" if language else "")


def _page(request, name: str, status: int = 200, **context) -> HttpResponse:
    invoice, language = request.row.invoice, request.language
    here = "answer" if name == "cover" else f"answer_{name}"
    context |= {
        "words": words(language, sender=invoice.space.name, email=invoice.space.email),
        "language": language,
        "languages": [
            {"code": each, "name": NAMES[each], "url": _address(request, here, each), "current": each == language}
            for each in LANGUAGES
        ],
        "sender": invoice.space,
        "invoice": invoice,
        "kind": word(invoice.document.kind, language),
        "document_url": _address(request, "answer_document"),
    }
    return render(request, f"integrations/answer/{name}.html", context, status=status)


def _trouble(request, what: str, language: str, status: int) -> HttpResponse:
    """A page without a word of any document."""
    said = words(language)
    context = {"words": said, "language": language, "title": said[what], "text": said.get(f"{what}_note", "")}
    with translation.override(language):
        return render(request, "integrations/answer/trouble.html", context, status=status)


def _filled(request, name: str, code: Answer) -> str:
    language = request.language
    return say(name, language, sender=request.row.invoice.space.name, answer=say(code.value, language))


def _of_document(request, said: Said, errors: dict | None = None) -> dict:
    # Read anew: an answer may have changed it just now.
    invoice, language = Invoice.objects.select_related("space").get(pk=request.row.invoice_id), request.language
    before = hearing.customer_said(invoice)
    possible = [code for code in CHOICES if ranks.follows(before, code)]
    number = request.GET.get("page", "1")
    number = min(max(int(number) if number.isdecimal() else 1, 1), readable.pages(invoice))
    return {
        "data": replace(readable.readable(invoice, number), code=None, specification=()),
        "next_page": f"?page={number + 1}&lang={language}" if number < readable.pages(invoice) else "",
        "payment": _payment(invoice, language),
        "paper_url": _address(request, "answer_paper"),
        "file_url": _address(request, "answer_file"),
        "so_far": _filled(request, "so_far", before) if before is not None else "",
        "may": {code.name.lower(): code.value for code in possible},
        "reasons": reasons(language),
        "said": said,
        # Which of the two was filled in: it stands open with its errors.
        "objects_with": {code.name.lower(): bool(errors) and said.code == code for code in CHOICES},
        "errors": errors or {},
        "note_at_most": answer_form.NOTE_AT_MOST,
    }


def _payment(invoice: Invoice, language: str) -> dict | None:
    """What is open on this document, and how it is paid; None where nobody has to pay by it."""
    if invoice.is_credit_note or invoice.kind not in statuses.SALES_LIST:
        return None
    amount = invoice.open_amount or 0
    if amount <= 0 or invoice.wont_be_paid_at is not None:
        return {"facts": ()}
    means = next((each for each in invoice.document.payment_means if each.iban), None)
    facts = [(say("open", language), f"{formats.money(amount, language)} {invoice.currency}")]
    if invoice.due_date:
        facts.append((label("BT-9", language), formats.day(invoice.due_date, language)))
    if means is not None:
        facts.append((label("BT-84", language), formats.iban(means.iban)))
        if means.remittance_information:
            facts.append((label("BT-83", language), means.remittance_information))
    square = payment_code.square(replace(invoice.document, payable=amount))
    return {"facts": facts, "square": square, "around": square.size + 8 if square else 0}
