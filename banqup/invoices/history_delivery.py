"""The way to the customer in the words of a history: sendings, copies and reminders."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from .models.event import Verb

# Icon and tone.
LOOKS = {
    Verb.TRANSMISSION_QUEUED: ("clock", ""),
    Verb.TRANSMITTED: ("paper-airplane", "blue"),
    Verb.TRANSMISSION_FAILED: ("exclamation-triangle", "red"),
    Verb.TRANSMISSION_CANCELLED: ("no-symbol", ""),
    Verb.COPY_SENT: ("envelope", ""),
    Verb.REMINDED: ("bell-alert", "amber"),
}
_WAYS = {
    "platform": lazy("into their space on this server"),
    "peppol": lazy("over Peppol"),
    "email": lazy("by e-mail"),
}


def _by(data) -> str:
    return str(_WAYS.get(data.get("way"), ""))


def _queued(data, by):
    again = data.get("sequence", 1) > 1
    told = {"way": _by(data)}
    if by:
        words = _("sent it again %(way)s") if again else _("sent it on its way %(way)s")
    else:
        words = _("On its way %(way)s")
    return (words % told).strip(), data.get("recipient", "")


def _transmitted(data, by):
    said = " · ".join(filter(None, [data.get("recipient", ""), data.get("said", "")]))
    return (_("Sent to the customer %s") % _by(data)).strip(), said


def _failed(data, by):
    return _("Not delivered to the customer"), data.get("reason", "")


def _cancelled(data, by):
    return _("Not sent to the customer"), data.get("reason", "")


def _copied(data, by):
    return (_("mailed a copy") if by else _("Copy mailed")), data.get("to", "")


def _reminded(data, by):
    step = data.get("step")
    if step is None:
        words = _("reminded the customer") if by else _("Customer reminded")
    else:
        words = _("reminded the customer (step %d)") if by else _("Customer reminded (step %d)")
        words %= step
    return words, data.get("to", "")


# verb → (event's data, whether a person did it) → (what happened, the second line).
WORDS = {
    Verb.TRANSMISSION_QUEUED: _queued,
    Verb.TRANSMITTED: _transmitted,
    Verb.TRANSMISSION_FAILED: _failed,
    Verb.TRANSMISSION_CANCELLED: _cancelled,
    Verb.COPY_SENT: _copied,
    Verb.REMINDED: _reminded,
}
