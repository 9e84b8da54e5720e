"""The history of an invoice in words, newest first: what `components/_timeline.html` shows."""

from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from . import history_answers, history_delivery
from .models.event import Verb
from .models.receipt import Channel
from .reasons import ObjectionReason, WontBePaidReason

# Icon and tone of what a reader looks for; the others are grey clocks.
_LOOKS = {
    Verb.RECEIVED: ("inbox", ""),
    Verb.RECEIVED_AGAIN: ("document-duplicate", ""),
    Verb.CHECKED: ("magnifying-glass", ""),
    Verb.READ: ("document-magnifying-glass", ""),
    Verb.ATTACHED: ("paper-clip", ""),
    Verb.CREATED: ("pencil-square", ""),
    Verb.DETACHED: ("paper-clip", ""),
    Verb.SPLIT: ("scissors", ""),
    Verb.SPLIT_UNDONE: ("arrow-uturn-left", ""),
    Verb.SAVED: ("pencil", ""),
    Verb.APPROVED_STEP: ("check", "blue"),
    Verb.ASSIGNED: ("user-plus", ""),
    Verb.APPROVED: ("check", "accent"),
    Verb.APPROVED_AUTOMATICALLY: ("check", "accent"),
    Verb.PROCESSED: ("check", "green"),
    Verb.UNPROCESSED: ("arrow-uturn-left", ""),
    Verb.PAYMENT_RECORDED: ("banknotes", "green"),
    Verb.PAYMENT_UNDONE: ("arrow-uturn-left", ""),
    Verb.CREDITED: ("link", "green"),
    Verb.UNCREDITED: ("arrow-uturn-left", ""),
    Verb.MARKED_UNPAID: ("arrow-uturn-left", ""),
    Verb.STANDS_ALONE: ("link", ""),
    Verb.DUPLICATE_DECIDED: ("document-duplicate", ""),
    Verb.DUPLICATE_UNDONE: ("arrow-uturn-left", ""),
    Verb.EXPORT_DELIVERED: ("check-circle", "green"),
    Verb.EXPORT_FAILED: ("exclamation-triangle", "red"),
    Verb.EXPORT_CANCELLED: ("no-symbol", ""),
    Verb.EXPORT_REQUESTED: ("arrow-path", "blue"),
    Verb.DISPUTED: ("chat-bubble-left", "violet"),
    Verb.REFUSED: ("x-circle", "red"),
    Verb.RESOLVED: ("check-circle", "green"),
    Verb.WITHDRAWN: ("arrow-uturn-left", ""),
    Verb.DELETED: ("trash", ""),
    Verb.RESTORED: ("arrow-uturn-left", ""),
    Verb.WONT_BE_PAID: ("no-symbol", ""),
    Verb.MARKED_RESOLVED: ("check-circle", "green"),
    Verb.COMMENTED: ("chat-bubble-left", ""),
    Verb.ASKED: ("question-mark-circle", "amber"),
    Verb.ANSWERED: ("chat-bubble-left-right", "green"),
    Verb.QUESTION_CLOSED: ("check", ""),
    **history_answers.LOOKS,
    **history_delivery.LOOKS,
}


# What tells of one destination, and what lists several.
_OF_ONE = frozenset({Verb.EXPORT_DELIVERED, Verb.EXPORT_FAILED, Verb.EXPORT_CANCELLED})
_OF_SEVERAL = frozenset({Verb.APPROVED, Verb.APPROVED_AUTOMATICALLY, Verb.EXPORT_REQUESTED})


def timeline(invoice, limit: int = 200, destinations=None, verbs=None) -> list[dict]:
    """The latest `limit` events, of `verbs` only where they are given; one query.

    With `destinations`, a set of names, nothing is told of any other: the accountant sees where its own
    integrations brought a document, not which tools the business has (LIFECYCLE C15).
    """
    # The notes of one side stand among the comments, for that side.
    events = invoice.events.exclude(verb=Verb.NOTED).select_related("actor", "space", "through", "substitute_for")
    events = (events.filter(verb__in=verbs) if verbs is not None else events)[:limit]
    if destinations is not None:
        events = [event for event in events if _narrowed(event, destinations)]
    return [entry(event) for event in events]


def _narrowed(event, destinations) -> bool:
    """Leave only `destinations` in the event (unsaved); False when nothing of it is left to tell."""
    if event.verb in _OF_ONE:
        return event.data.get("integration") in destinations
    if event.verb in _OF_SEVERAL:
        named = [name for name in event.data.get("integrations", []) if name in destinations]
        event.data = {**event.data, "integrations": named, "narrowed": True}
        return bool(named) or event.verb != Verb.EXPORT_REQUESTED
    return True


def entry(event) -> dict:
    """One event in words: what, note, comment, who, at, icon, tone."""
    icon, tone = _LOOKS.get(event.verb, ("clock", ""))
    what, note = _words(event)
    return {
        "what": what + _on_whose_behalf(event),
        "note": " · ".join(filter(None, [note, history_answers.to_supplier(event.data)])),
        "comment": event.data.get("note", ""),
        "who": _who(event),
        "at": event.at,
        "icon": icon,
        "tone": tone,
    }


def _who(event) -> str:
    """Sofie Delvaux (Delvaux Accountants)"""
    if event.actor is None:
        return ""
    return f"{event.actor} ({event.through.name})" if event.through_id else str(event.actor)


def _words(event) -> tuple[str, str]:
    """(what happened, the second line)."""
    data, by = event.data, event.actor is not None
    describe = {
        Verb.RECEIVED: _received,
        Verb.RECEIVED_AGAIN: lambda data, by: (
            _("brought the same file again") if by else _("The same file came again"),
            data.get("filename", ""),
        ),
        Verb.READ: _read,
        Verb.ATTACHED: lambda data, by: (_("attached a file"), data.get("filename", "")),
        Verb.CREATED: _created,
        Verb.DETACHED: lambda data, by: (_("removed a file"), data.get("filename", "")),
        Verb.SPLIT: _split,
        Verb.SPLIT_UNDONE: lambda data, by: (_("took the splitting back"), ""),
        Verb.SAVED: _saved,
        Verb.APPROVED: _approved,
        Verb.APPROVED_STEP: lambda data, by: (_("approved %s") % _step(data), _("Nothing is released yet.")),
        Verb.ASSIGNED: lambda data, by: (
            _("asked %s to approve it") % data["approver"]
            if data.get("approver")
            else _("took back that %s has to approve it") % data.get("before", ""),
            "",
        ),
        Verb.APPROVED_AUTOMATICALLY: lambda data, by: (
            _("Approved automatically"),
            " ".join([_("A correct e-invoice."), _released_to(data)]),
        ),
        Verb.PROCESSED: lambda data, by: (_("marked it as processed"), ""),
        Verb.UNPROCESSED: lambda data, by: (_("took the mark “processed” back"), ""),
        Verb.PAYMENT_RECORDED: lambda data, by: (_("recorded a payment of %s") % _money(data), ""),
        Verb.PAYMENT_UNDONE: lambda data, by: (_("took the payment of %s back") % _money(data), ""),
        Verb.CREDITED: _credited,
        Verb.UNCREDITED: _uncredited,
        Verb.MARKED_UNPAID: lambda data, by: (_("marked it as unpaid: %s taken back") % _money(data), ""),
        Verb.STANDS_ALONE: lambda data, by: (
            _("said that this credit note belongs to no invoice")
            if data.get("stands_alone")
            else _("took back that this credit note belongs to no invoice"),
            "",
        ),
        Verb.DUPLICATE_DECIDED: _about_a_duplicate,
        Verb.DUPLICATE_UNDONE: lambda data, by: (
            _("took the decision about %s back") % data.get("other", ""),
            _("It is a possible duplicate again."),
        ),
        Verb.EXPORT_DELIVERED: lambda data, by: (
            _("Delivered to %s") % data.get("integration", ""),
            data.get("label", ""),
        ),
        Verb.EXPORT_FAILED: lambda data, by: (
            _("%s did not take it") % data.get("integration", ""),
            data.get("reason", ""),
        ),
        Verb.EXPORT_CANCELLED: lambda data, by: (
            _("Not sent to %s") % data.get("integration", ""),
            data.get("reason", ""),
        ),
        Verb.EXPORT_REQUESTED: lambda data, by: (
            _("sent it again to %s") % ", ".join(data.get("integrations", [])),
            "",
        ),
        Verb.DISPUTED: lambda data, by: (_("disputed it") if by else _("Disputed"), reason_of(data)),
        Verb.REFUSED: _refused,
        Verb.RESOLVED: lambda data, by: (_("resolved it") if by else _("Resolved"), ""),
        Verb.WITHDRAWN: lambda data, by: (_("withdrew the approval"), ""),
        Verb.DELETED: lambda data, by: (_("moved it to the recycle bin"), ""),
        Verb.RESTORED: lambda data, by: (_("restored it from the recycle bin"), ""),
        Verb.WONT_BE_PAID: lambda data, by: (_("marked it as won't be paid"), reason_of(data)),
        Verb.MARKED_RESOLVED: lambda data, by: (_("marked it as resolved"), ""),
        Verb.COMMENTED: lambda data, by: (_("wrote a comment"), ""),
        Verb.ASKED: lambda data, by: (
            _("asked the client") if data.get("asks") == "client" else _("asked the accountant"),
            "",
        ),
        Verb.ANSWERED: lambda data, by: (_("answered a question"), ""),
        Verb.QUESTION_CLOSED: lambda data, by: (_("closed a question without an answer"), ""),
    }
    if event.verb in history_delivery.WORDS:
        return history_delivery.WORDS[event.verb](data, by)
    if event.verb in history_answers.WORDS:
        what, note = history_answers.WORDS[event.verb](data, by)
        return what, note or reason_of(data)
    if event.verb in describe:
        return describe[event.verb](data, by)
    return event.get_verb_display(), ""


def reason_words(reason: str) -> str:
    """A stored reason for reading; what *Other* means stands in the note."""
    if reason == ObjectionReason.OTHER:
        return _("Other")
    labels = {**dict(ObjectionReason.choices), **dict(WontBePaidReason.choices)}
    return str(labels.get(reason, ""))


def reason_of(data) -> str:
    """Why, as the event of an objection, an answer or a closing keeps it."""
    return reason_words(data.get("reason") or data.get("reason_to_close") or "")


def _refused(data, by):
    undone = _("It was processed: the booking has to be undone.") if data.get("was_processed") else ""
    return _("refused it") if by else _("Refused"), " · ".join(filter(None, [reason_of(data), undone]))


def _credited(data, by):
    """The same words for both sides: an invoice is settled with its credit note, and the other way round."""
    told = {"amount": _money(data), "other": data.get("other", "")}
    if by:
        return _("settled %(amount)s with %(other)s") % told, ""
    return _("%(amount)s settled with %(other)s") % told, _("The credit note names the invoice.")


def _uncredited(data, by):
    told = {"amount": _money(data), "other": data.get("other", "")}
    what = (
        _("unlinked %(other)s: %(amount)s is open again") if by else _("%(other)s unlinked: %(amount)s is open again")
    )
    return what % told, ""


def _about_a_duplicate(data, by):
    """`data["copy"]`: which of the two went to the recycle bin, "this", "other" or neither."""
    words = {
        "this": _("decided that it is a duplicate of %s"),
        "other": _("decided that %s is a duplicate of it"),
    }.get(data.get("copy", ""), _("decided that %s is another document"))
    return words % data.get("other", ""), ""


def _received(data, by):
    channel = data.get("channel", "")
    label = Channel(channel).label if channel in Channel.values else channel
    what = _("brought the file (%s)") % str(label).lower() if by else _("Received: %s") % label
    digest = data.get("sha256", "")
    stored = _("Original stored, SHA-256 %s") % f"{digest[:4]}…{digest[-4:]}" if digest else ""
    checks = {
        "clean": _("Scanned for viruses: none found"),
        "found": _("Scanned for viruses: one was found"),
        "": _("Not scanned for viruses"),
    }
    # Events of before there was a scanner do not say.
    scanned = checks.get(data.get("virus_check"), "")
    return what, " · ".join(filter(None, [data.get("filename", ""), stored, scanned]))


def _read(data, by):
    fields = data.get("fields", 0)
    how = _("From its text") if data.get("engine") == "text" else _("From the scan, by %s") % data.get("engine", "")
    return ngettext("%d field was read", "%d fields were read", fields) % fields, how


def _split(data, by):
    """On the file that was split, and on each document that came of it."""
    if "source" in data:
        told = {"pages": data.get("pages", ""), "file": data["source"]}
        return _("made it of pages %(pages)s of %(file)s") % told, ""
    pages = data.get("documents", [])
    return ngettext("split it into %d document", "split it into %d documents", len(pages)) % len(pages), "; ".join(
        pages
    )


def _created(data, by):
    if data.get("credits"):
        return _("made a draft of a credit note for %s") % data["credits"], ""
    return _("made a draft"), _("Copied from %s.") % data["like"] if data.get("like") else ""


def _saved(data, by):
    what = _("saved it") if by else _("Saved")
    if "errors" not in data:
        return what, ""
    errors = data["errors"]
    note = (
        ngettext("%d to fix before approval", "%d to fix before approval", errors) % errors if errors else _("Complete")
    )
    return what, note


def _approved(data, by):
    what = _("approved it") if data.get("steps", 1) == 1 else _("approved %s") % _step(data)
    return what, _released_to(data)


def _step(data) -> str:
    return _("step %(step)s of %(steps)s") % {"step": data.get("step", ""), "steps": data.get("steps", "")}


def _on_whose_behalf(event) -> str:
    """approved it on behalf of Janssens · approved it in the place of An Janssens"""
    if event.through_id:
        return " " + _("on behalf of %s") % event.space.name
    return " " + _("in the place of %s") % event.substitute_for if event.substitute_for_id else ""


def _released_to(data) -> str:
    names = data.get("integrations", [])
    if not names:
        return _("No integration of yours was active.") if data.get("narrowed") else _("No integration was active.")
    return _("Released to %s.") % ", ".join(names)


def _money(data) -> str:
    amount = number_format(Decimal(data.get("amount", "0")), decimal_pos=2, force_grouping=True)
    return f"{data.get('currency', '')}\u00a0{amount}"
