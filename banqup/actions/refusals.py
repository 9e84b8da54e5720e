"""Why a verb refuses. Each carries words for the person who asked."""

from django.utils.translation import gettext as _


class Refused(Exception):
    """The verb did nothing; `str()` says why and what can be done instead."""


class NotAllowed(Refused):
    """The person lacks the right."""


class NotPossible(Refused):
    """The document's state, or what was entered, does not allow it. `field` names the entry that is wrong, if one is."""

    def __init__(self, words="", *, field=""):
        super().__init__(words)
        self.field = field


class NeedsConfirmation(NotPossible):
    """Possible, but the person has to say that it is meant."""


class ChangedMeanwhile(Refused):
    """Somebody else changed the document first; nothing of this request was applied."""

    def __init__(self, invoice):
        event = invoice.events.select_related("actor").first()
        who = event.actor or _("The system") if event else _("Somebody")
        super().__init__(_("%(who)s changed this document meanwhile. Nothing of yours was applied.") % {"who": who})
        self.invoice = invoice
        self.event = event


class NotCompliant(Refused):
    """The data does not make a compliant e-invoice; `report` lists the fields to fix."""

    def __init__(self, report: dict):
        fatal = [finding for finding in report["findings"] if finding["severity"] == "fatal"]
        super().__init__(
            _("Not approved: %(count)d to fix. %(first)s")
            % {"count": len(fatal), "first": fatal[0]["message"] if fatal else ""}
        )
        self.report = report


class TryLater(Refused):
    """Something we need is not there at the moment; nothing changed."""
