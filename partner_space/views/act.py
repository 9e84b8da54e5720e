"""What is done to one or many documents of the list; each on its own, and the result says which were not."""

from django.contrib import messages
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from banqup.actions import bookkeeping
from banqup.actions import exports as sending
from banqup.actions.refusals import NotAllowed, Refused
from banqup.common.htmx import back, notify, wants_part
from banqup.invoices.models import Invoice
from banqup.invoices.statuses import UNDER_OBJECTION
from partner_space.ledger import exports_of
from partner_space.space import find_invoice, here, sees_documents, visible

from .documents import query_of, render_list

# More than a page can select; a forged request is cut here.
AT_MOST = 200
SKIPPED_SHOWN = 3


@sees_documents
@require_POST
def act(request):
    """The form of the list: one action for the chosen documents, or `send-<id>` for one of them."""
    action, _sep, single = request.POST.get("action", "").partition("-")
    chosen = _chosen(request, [single] if single else request.POST.getlist("ids"))
    verb = {"mark_as_processed": mark, "undo_processed": unmark, "send": send}.get(action)
    if verb is None:
        notify(request, _("Choose what to do with the documents."), messages.WARNING)
    elif not chosen:
        notify(request, _("Choose at least one document."), messages.WARNING)
    else:
        verb(request, chosen)
    if wants_part(request):
        return render_list(request)
    return back(request, here(request, "documents") + query_of(request))


@sees_documents
@require_POST
def undo(request):
    """Take *Mark as processed* back for the documents that the undo bar names in its address."""
    done = unmark(request, _chosen(request, request.GET.get("ids", "").split(".")))
    opened = request.GET.get("open") and len(done) == 1
    url = here(request, "document", done[0].pk) if opened else here(request, "documents")
    return back(request, url + query_of(request))


def _chosen(request, raw) -> list[tuple[Invoice, str]]:
    """The documents behind `id` or `id-STATUS SEEN`; one that is not there for this office is not found at all."""
    seen = {}
    for value in raw[:AT_MOST]:
        pk, _sep, status = value.partition("-")
        if pk.isdecimal() and len(pk) < 16:
            seen[int(pk)] = status
    found = visible(request).in_bulk(seen)
    return [(found.get(pk) or find_invoice(request, pk), status) for pk, status in seen.items()]


def mark(request, chosen, *, opened=False) -> list[Invoice]:
    """Mark as processed, tell the result, and offer to undo exactly what was done."""

    def verb(invoice, seen):
        if seen and seen != invoice.document_status and invoice.document_status in UNDER_OBJECTION:
            words = {"title": invoice.title, "status": invoice.get_document_status_display().lower()}
            raise Refused(_("%(title)s was %(status)s meanwhile.") % words)
        return bookkeeping.mark_as_processed(invoice=invoice, by=request.user)

    done, skipped = _each(chosen, verb)
    words = ngettext("%d document marked as processed.", "%d documents marked as processed.", len(done)) % len(done)
    if opened and done:
        words = _("%s is marked as processed.") % done[0].title
    _tell(request, words if done else "", skipped, undo_url=_undo_url(request, done, opened) if done else "")
    return done


def _undo_url(request, done, opened) -> str:
    ids = ".".join(str(invoice.pk) for invoice in done)
    query = "&".join(filter(None, [f"ids={ids}", "open=1" if opened else "", query_of(request).lstrip("?")]))
    return f"{here(request, 'documents_undo')}?{query}"


def unmark(request, chosen) -> list[Invoice]:
    done, skipped = _each(chosen, lambda invoice, seen: bookkeeping.undo_processed(invoice=invoice, by=request.user))
    words = ngettext("%d document is back in To check.", "%d documents are back in To check.", len(done)) % len(done)
    _tell(request, words if done else "", skipped)
    return done


def send(request, chosen) -> list[Invoice]:
    """Send to those of the office's integrations that miss the document; what is there is not sent twice."""
    wanted = exports_of([invoice for invoice, _seen in chosen], request.space)

    def verb(invoice, _seen):
        if not invoice.is_released:
            raise Refused(_("%s waits for the client's approval.") % invoice.title)
        sent = wanted[invoice.pk]
        if not sent.wanted:
            there, nowhere = (
                _("%s is there already, or on its way."),
                _("%s: no integration of yours is active for this client."),
            )
            raise Refused((there if sent.states else nowhere) % invoice.title)
        sending.resend(invoice=invoice, integrations=sent.wanted, by=request.user)
        return invoice

    done, skipped = _each(chosen, verb)
    words = ngettext("%d document is being sent.", "%d documents are being sent.", len(done)) % len(done)
    _tell(request, f"{words} {_('Statuses and bookkeeping do not change.')}" if done else "", skipped)
    return done


def _each(chosen, verb) -> tuple[list[Invoice], list[str]]:
    """(what was done, why the others were not). A missing right stops everything: it is the same for all."""
    done, skipped = [], []
    for invoice, seen in chosen:
        try:
            done.append(verb(invoice, seen))
        except NotAllowed:
            raise
        except Refused as error:
            words = str(error)
            skipped.append(words if words.endswith(".") else f"{words}.")
    return done, skipped


def _tell(request, words: str, skipped: list[str], undo_url: str = "") -> None:
    """6 documents marked as processed. 1 was skipped: …"""
    if skipped:
        counted = ngettext("%d was skipped:", "%d were skipped:", len(skipped)) % len(skipped)
        rest = len(skipped) - SKIPPED_SHOWN
        more = ngettext("And %d more.", "And %d more.", rest) % rest if rest > 0 else ""
        words = " ".join(filter(None, [words, counted, *skipped[:SKIPPED_SHOWN], more]))
    notify(request, words, messages.WARNING if skipped else messages.SUCCESS, undo_url=undo_url)
