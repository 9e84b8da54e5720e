"""Answers in the words of a history: what a supplier was told, what a customer said, what changed nothing."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from .models.event import Verb
from .reasons import ACTIONS, NETWORK_REASONS, Answer, CustomerAnswer

# Icon and tone.
LOOKS = {
    Verb.CUSTOMER_ANSWERED: ("chat-bubble-left-right", ""),
    Verb.CUSTOMER_TOLD: ("chat-bubble-left-right", ""),
    Verb.ANSWER_IGNORED: ("no-symbol", ""),
    Verb.ARRIVED: ("inbox", "green"),
    Verb.ANSWER_SENT: ("paper-airplane", "blue"),
    Verb.ANSWER_NOT_SENT: ("exclamation-triangle", "red"),
}
_OVER = {
    "peppol": lazy("over Peppol"),
    "platform": lazy("from their space"),
    "page": lazy("on the answer page"),
    "mail": lazy("by e-mail"),
}


_REPORTS = {
    "accepted": lazy("taken by the transport"),
    "delivered": lazy("delivered"),
    "failed": lazy("not delivered"),
    "duplicate": lazy("was there already"),
}


def to_supplier(data: dict) -> str:
    """Answer to the supplier over Peppol: under query (asks for information), to be sent."""
    if codes := data.get("not_sent"):
        return _("Not told to the supplier any more: %s.") % ", ".join(str(Answer(code).label) for code in codes)
    answer = data.get("to_supplier")
    if answer is None:
        return ""
    asks = ACTIONS.get(answer.get("action", ""), "")
    said = f"{Answer(answer['code']).label} ({asks})" if asks else str(Answer(answer["code"]).label)
    if "after" in answer:
        words = _("Peppol takes no “%(said)s” after “%(before)s”: tell the supplier by e-mail.")
        return words % {"said": said, "before": Answer(answer["after"]).label}
    if "at_once" in answer:
        return _("The supplier was told at once, in their space: %s.") % said
    return _("Answer to the supplier over Peppol: %s, to be sent.") % said


def clarified(clarifications) -> str:
    """Prices are wrong: Agreed was 4.00 (BT-146: 4.00) · asks for a credit note for a part"""
    told = []
    for item in clarifications or ():
        code, text = item.get("code", ""), item.get("text", "")
        known = ACTIONS if item.get("list") == "OPStatusAction" else NETWORK_REASONS
        label = str(known.get(code, code))
        # Our own words for a reason come along from a space on this server: they say it better.
        said = text if code in ("OTH", "") and text else ": ".join(filter(None, [label, text]))
        wanted = ", ".join(": ".join(filter(None, pair)) for pair in item.get("conditions", ()))
        told.append(f"{said} ({wanted})" if wanted else said)
    return " · ".join(filter(None, told))


def _name(code: str) -> str:
    return str(Answer(code).label) if code in Answer.values else code


def _answered(data, by):
    answer = data.get("answer", "")
    label = CustomerAnswer(answer).label if answer in CustomerAnswer.values else answer
    if by:
        return _("recorded the customer's answer: %s") % label, ""
    if "code" not in data:
        return _("The customer answered: %s") % label, ""
    return _said(data), clarified(data.get("clarifications"))


def _said(data) -> str:
    over = str(_OVER.get(data.get("source"), ""))
    if not over:
        return _("The customer answered: %s") % _name(data.get("code", ""))
    return _("The customer answered %(over)s: %(answer)s") % {"over": over, "answer": _name(data.get("code", ""))}


def _told(data, by):
    return _said(data), clarified(data.get("clarifications"))


def name_of(code: str) -> str:
    """An answer, or a report of the delivery: *under query*, *not delivered*."""
    return _name(code) if code in Answer.values else str(_REPORTS.get(code, code))


def _ignored(data, by):
    over = str(_OVER.get(data.get("source"), ""))
    what = _("Kept, changed nothing: %(answer)s %(over)s") % {"answer": name_of(data.get("code", "")), "over": over}
    return what.strip(), " · ".join(filter(None, [data.get("why", ""), clarified(data.get("clarifications"))]))


def _arrived(data, by):
    if by:
        return _("knows that the customer has received it"), ""
    seen = data.get("source") == "page"
    return _("Seen by the customer") if seen else _("Received by the customer"), data.get("said", "")


def _sent(data, by):
    told = {"via": data.get("via", ""), "answer": _name(data.get("code", ""))}
    return _("Supplier told over %(via)s: %(answer)s") % told, ""


def _not_sent(data, by):
    return _("The supplier could not be told: %s") % _name(data.get("code", "")), data.get("reason", "")


# verb → (event's data, whether a person did it) → (what happened, the second line).
WORDS = {
    Verb.CUSTOMER_ANSWERED: _answered,
    Verb.CUSTOMER_TOLD: _told,
    Verb.ANSWER_IGNORED: _ignored,
    Verb.ARRIVED: _arrived,
    Verb.ANSWER_SENT: _sent,
    Verb.ANSWER_NOT_SENT: _not_sent,
}
