"""The Document Creator: drafts of what we issue, made, kept while one types, and sent."""

import dataclasses
from functools import wraps

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Max
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from banqup import einvoicing
from banqup.actions import drafts, issuing, judgement, recycle
from banqup.actions.refusals import ChangedMeanwhile, NotCompliant, NotPossible, TryLater
from banqup.common.htmx import SeeOther, back, notify, render_part, wants_part
from banqup.contacts.models import Contact
from banqup.einvoicing.rendering import NotDrawn, pdf_with_data
from banqup.invoices import serving, statuses
from banqup.invoices.models import Invoice
from banqup.invoices.statuses import Kind
from banqup.sending.models import Way
from banqup.spaces.roles import Capability
from business_space.buttons import REVIEW_FORM
from business_space.creator import page
from business_space.creator.form import CreatorForm
from business_space.creator.located import located
from business_space.creator.posted import Posted
from business_space.sides import side_of
from business_space.space import address, in_space, lacks

TEMPLATE = "business_space/creator/edit.html"
PAGE_SIZE = 50


def drafts_of(space):
    """The drafts that nobody threw away."""
    return Invoice.objects.of_business(space).present().drafts()


def on_draft(view):
    """Give `view` the draft of its address; where it was sent or thrown away meanwhile, go there and say so."""

    @wraps(view)
    @in_space
    def wrapped(request, pk, **kwargs):
        found = Invoice.objects.of_business(request.space).select_related("counterparty")
        draft = get_object_or_404(found.filter(kind__in=statuses.ISSUED_BY_US), pk=pk)
        draft.space = request.space
        if not draft.is_draft or draft.deleted_at is not None:
            words = _not_any_more(draft) if request.method == "POST" else ""
            return back(request, draft.get_absolute_url(), words, level=messages.WARNING)
        return view(request, draft, **kwargs)

    return wrapped


@in_space
@require_safe
def creator(request):
    """Every draft, the one changed last first; and what can be begun."""
    rows = drafts_of(request.space).annotate(changed=Max("events__at")).order_by("-changed", "-pk")
    found = Paginator(rows.defer("report", "search_text"), PAGE_SIZE).get_page(request.GET.get("page"))
    for draft in found:
        draft.space = request.space
        draft.heading = page.heading(draft)
    new = _new(request)
    url = address("items", request.space.slug)
    items = {"name": "items", "label": _("Items"), "url": url, "method": "get", "icon": "tag"}
    context = {
        "page_title": _("Document Creator"),
        "space": request.space,
        "page": found,
        "new": new,
        "others": [*({**button, "style": "default"} for button in new[1:]), items],
        "items_url": items["url"],
    }
    return render_part(request, "business_space/creator/list.html", context)


def _new(request) -> list[dict]:
    """The buttons that begin a draft; self-billing where a supplier agreed to it."""
    url, sales = address("creator_new", request.space.slug), lacks(request, Capability.EDIT_SALES)
    made = [
        ("new", _("New invoice"), {"kind": Kind.SALES.value}, sales),
        ("new-credit-note", _("New credit note"), {"kind": Kind.SALES.value, "credit_note": "1"}, sales),
    ]
    if Contact.objects.filter(space=request.space, is_supplier=True, self_billing=True).exists():
        reason = lacks(request, Capability.EDIT_PURCHASE)
        made.append(("new-self-billed", _("New self-billed invoice"), {"kind": Kind.SELF_BILLED_OUT.value}, reason))
    return [
        {
            "name": name,
            "label": label,
            "url": url,
            "fields": fields,
            "icon": "plus",
            "key": "n" if name == "new" else "",
            "style": "primary" if name == "new" else "default",
            "enabled": not reason,
            "reason": reason,
        }
        for name, label, fields, reason in made
    ]


@in_space
@require_POST
def new(request):
    """Begin a draft: empty, `like` another document, or as a credit note for one (`credits`)."""
    try:
        if "credits" in request.POST:
            draft = drafts.credit(invoice=_named(request, "credits"), by=request.user)
        elif "like" in request.POST:
            like = _named(request, "like")
            draft = drafts.start(
                space=request.space, by=request.user, kind=like.kind, credit_note=like.is_credit_note, like=like
            )
        else:
            draft = drafts.start(
                space=request.space,
                by=request.user,
                kind=request.POST.get("kind", Kind.SALES.value),
                credit_note="credit_note" in request.POST,
                contact=_contact(request),
            )
    except NotPossible as refusal:
        return back(request, address("creator", request.space.slug), str(refusal), level=messages.ERROR)
    return back(request, draft.get_absolute_url())


def _named(request, name: str) -> Invoice:
    given = request.POST.get(name, "")
    if not given.isdecimal() or len(given) > 18:
        raise Http404
    invoice = get_object_or_404(Invoice.objects.of_business(request.space).select_related("counterparty"), pk=given)
    invoice.space = request.space
    return invoice


def _contact(request) -> Contact | None:
    given = request.POST.get("contact", "")
    known = Contact.objects.filter(space=request.space)
    return known.filter(pk=given).first() if given.isdecimal() and len(given) < 18 else None


@on_draft
def edit(request, draft):
    """The form and what it makes. Every button of the form posts here; what it needs kept is kept first."""
    if request.method != "POST":
        return shown(request, draft)
    posted = Posted(request, draft)
    if not posted.saves:
        draft.version = posted.version
        form = CreatorForm(posted.data, draft=draft)
        return shown(request, draft, form=form, contact=posted.contact, extra=posted.extra, clean=True)
    try:
        saved, form = kept(request, draft, posted)
        if saved is None:
            return mistaken(request, draft, posted, form)
        saved = posted.afterwards(saved, form)
    except (ChangedMeanwhile, NotPossible, TryLater) as refusal:
        return refused(request, draft, posted, refusal)
    if posted.goes_to:
        return back(request, posted.goes_to)
    if posted.action == "save" and not wants_part(request):
        return back(request, saved.get_absolute_url(), _("Saved. Nothing is sent yet."))
    again = CreatorForm(posted.data, draft=saved) if posted.shows_what_was_posted else None
    return shown(request, saved, form=again, extra=posted.extra)


def kept(request, draft, posted):
    """(the draft as it was kept, its form); no draft when the entry has mistakes. Raises what `drafts.save` does."""
    form = CreatorForm(posted.data, draft=draft)
    if not form.is_valid():
        return None, form
    document = drafts.addressed(form.document(), draft, posted.contact)
    saved = drafts.save(
        invoice=draft, document=document, contact=posted.contact, by=request.user, version=posted.version
    )
    saved.space = request.space
    return saved, form


def shown(request, draft, *, status=200, clean=False, **more):
    """The page, or its desk for HTMX. `clean`: without mistakes and findings, nothing was to be kept."""
    context = page.context(request, draft, **more)
    if clean:
        context["problems"] = []
    if clean or status != 200 or request.method != "POST":
        context["saved_at"] = ""  # nothing was kept just now
    return render_part(request, TEMPLATE, context, part="desk", status=status)


def mistaken(request, draft, posted, form):
    """422 with every mistake of entry at its field; the page has still seen what it had seen."""
    draft.version = posted.version
    return shown(request, draft, form=form, contact=posted.contact, status=422, extra=posted.extra)


def refused(request, draft, posted, refusal):
    """409 with the reason above the form; what was entered still stands in it."""
    fresh = Invoice.objects.select_related("counterparty").get(pk=draft.pk)
    fresh.space = request.space
    if not fresh.is_draft or fresh.deleted_at is not None:
        return back(request, fresh.get_absolute_url(), _not_any_more(fresh), level=messages.WARNING)
    look = {"name": "look-again", "label": _("Look again"), "url": draft.get_absolute_url(), "method": "get"}
    changed = isinstance(refusal, ChangedMeanwhile)
    text = _("What you entered still stands here. Looking again shows what was kept instead.") if changed else ""
    trouble = {"tone": "danger", "title": str(refusal), "text": text, "action": look}
    draft.version = posted.version  # what this page has seen: saving it again is refused again
    form = CreatorForm(posted.data, draft=draft)
    return shown(request, draft, form=form, contact=posted.contact, trouble=trouble, status=409)


def _not_any_more(invoice) -> str:
    if invoice.deleted_at is not None:
        return _("The draft was discarded meanwhile. It is in the recycle bin.")
    who = invoice.approved_by or _("Somebody")
    return _("%(who)s sent it meanwhile, as %(number)s. Nothing of yours was applied.") % {
        "who": who,
        "number": invoice.number,
    }


@require_POST
@on_draft
def autosave(request, draft):
    """Keep what stands in the form while somebody types; the answer says when, or why not."""
    posted, context = Posted(request, draft), {"space": request.space, "invoice": draft}
    try:
        saved, form = kept(request, draft, posted)
    except (ChangedMeanwhile, NotPossible, TryLater) as refusal:
        context |= {"not_saved": str(refusal), "look_again": draft.get_absolute_url()}
        return render_part(request, TEMPLATE, context, part="saved", status=409)
    if saved is None:
        context |= {"not_saved": _("Not saved: %s") % form.mistakes[0]["text"], "oob": True}
        context |= page.noticed(form.mistakes)
        return render_part(request, TEMPLATE, context, part="saved")
    context |= {"invoice": saved, "version": saved.version, "form_id": REVIEW_FORM, "oob": True}
    context |= page.noticed(located(saved.findings, form))
    return render_part(request, TEMPLATE, context | page.bar(request, saved), part="saved")


@require_POST
@on_draft
def live(request, draft):
    """The totals, what the customer will see and what is missing, of what is entered at this moment; nothing is kept."""
    posted = Posted(request, draft)
    form = CreatorForm(posted.data, draft=draft)
    if not form.is_valid():
        answer = render_part(request, TEMPLATE, {"oob": True} | page.noticed(form.mistakes), part="noticed")
        answer["HX-Reswap"] = "none"  # the preview stays as it is
        return answer
    document = page.made(form, draft, posted.contact)
    context = {"space": request.space, "invoice": draft, "oob": True} | page.totals(document, form)
    found = drafts.noticed(invoice=draft, document=document, contact=posted.contact)
    context |= page.noticed(located(found, form))
    context |= page.shown(request, draft, posted.contact, document)
    return render_part(request, TEMPLATE, context, part="live")


@require_POST
@on_draft
def send(request, draft):
    """Keep what was entered, then issue it: number, release, and on its way."""
    posted, report = Posted(request, draft), None
    try:
        saved, form = draft, None
        if "lines-count" in request.POST:
            saved, form = kept(request, draft, posted)
            if saved is None:
                return mistaken(request, draft, posted, form)
        sent = _issued(request, saved)
    except NotCompliant as refusal:
        report, reason = refusal.report, _("Not sent: nothing left, and no number was used. What you entered is kept.")
    except (ChangedMeanwhile, NotPossible, TryLater) as refusal:
        if saved.version == draft.version or isinstance(refusal, ChangedMeanwhile):
            return refused(request, draft, posted, refusal)
        reason = str(refusal)
    else:
        return back(request, sent.get_absolute_url(), _sent_words(sent))
    return shown(request, saved, report=report, trouble={"tone": "danger", "title": reason}, status=422)


def _issued(request, saved) -> Invoice:
    way = request.POST.get("way", "")
    elsewhere = way == page.ELSEWHERE
    sent = issuing.send(
        invoice=saved,
        way="" if elsewhere else way,
        delivered_elsewhere=elsewhere,
        by=request.user,
        version=saved.version,
    )
    sent.space = request.space
    return sent


def _sent_words(sent) -> str:
    row = sent.transmissions.order_by("pk").last()
    told = {"title": sent.title}
    if row is None:
        return _("%(title)s is issued. You said that the customer has it already.") % told
    if row.way == Way.PLATFORM:
        return _("%(title)s is issued and on its way to their space on this server.") % told
    told |= {"way": row.get_way_display(), "recipient": row.recipient}
    return _("%(title)s is issued and on its way: %(way)s, %(recipient)s.") % told


@require_POST
@on_draft
def discard(request, draft):
    """To the recycle bin, and back with one click."""
    try:
        gone = recycle.delete(invoice=draft, by=request.user)
    except NotPossible as refusal:
        return back(request, draft.get_absolute_url(), str(refusal), level=messages.ERROR)
    undo = side_of(draft).url("restore", request.space, gone.pk)
    words = _("The draft is in the recycle bin.")
    return back(request, address("creator", request.space.slug), words, undo_url=undo, undo_label=_("Restore"))


@require_safe
@on_draft
def paper(request, draft):
    """The draft as a PDF, with the word that it is one."""
    language = (draft.counterparty.language if draft.counterparty else "") or request.space.language
    try:
        data = einvoicing.write(judgement.completed(dataclasses.replace(draft.document, number=None)))
        drawn = pdf_with_data(data, language=language, own=True, draft=True)
    except (NotDrawn, ValueError) as error:
        notify(request, _("The PDF can't be drawn now: %s") % error, level=messages.ERROR)
        return SeeOther(draft.get_absolute_url())
    return serving.drawn(drawn, f"{page.heading(draft)}.pdf")
