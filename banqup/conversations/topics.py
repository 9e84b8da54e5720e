"""What people are told about, and in which words: the one place."""

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

# What a weekly summary adds up over its integrations, and says of each.
WEEKLY_NUMBERS = ("delivered", "waiting", "failed")


class Topic(models.TextChoices):
    QUESTION_ASKED = "question_asked", gettext_lazy("A question to you")
    QUESTION_ANSWERED = "question_answered", gettext_lazy("An answer to a question")
    QUESTION_CLOSED = "question_closed", gettext_lazy("A question closed without an answer")
    COMMENTED = "commented", gettext_lazy("A comment")
    APPROVAL_ASKED = "approval_asked", gettext_lazy("Your approval is asked")
    REFUSED_AFTER_PROCESSING = "refused_after_processing", gettext_lazy("Refused after it was processed")
    PAID_WHILE_REFUSED = "paid_while_refused", gettext_lazy("A payment on a refused document")
    RECONNECT_NEEDED = "reconnect_needed", gettext_lazy("An integration has to be connected again")
    INTEGRATIONS_WEEKLY = "integrations_weekly", gettext_lazy("The week of the integrations")
    DELIVERY_FAILED = "delivery_failed", gettext_lazy("A sales document that did not arrive")
    CUSTOMER_OBJECTED = "customer_objected", gettext_lazy("A customer disputes or refuses")
    CUSTOMER_ACCEPTED = "customer_accepted", gettext_lazy("A customer accepts, or says that it was paid")
    ANSWER_UNMATCHED = "answer_unmatched", gettext_lazy("An answer that belongs to no document")
    SUPPLIER_NOT_TOLD = "supplier_not_told", gettext_lazy("A supplier who could not be told")

    @property
    def is_asked_of_you(self) -> bool:
        """Somebody waits for this person."""
        return self in (Topic.QUESTION_ASKED, Topic.APPROVAL_ASKED, Topic.RECONNECT_NEEDED)

    @property
    def is_weekly(self) -> bool:
        """A summary on Mondays, not something that happened at this moment."""
        return self == Topic.INTEGRATIONS_WEEKLY

    @property
    def icon(self) -> str:
        return _ICONS.get(self, "bell")


_ICONS = {
    Topic.QUESTION_ASKED: "question-mark-circle",
    Topic.QUESTION_ANSWERED: "chat-bubble-left-right",
    Topic.QUESTION_CLOSED: "check",
    Topic.COMMENTED: "chat-bubble-left",
    Topic.APPROVAL_ASKED: "check-circle",
    Topic.REFUSED_AFTER_PROCESSING: "x-circle",
    Topic.PAID_WHILE_REFUSED: "banknotes",
    Topic.RECONNECT_NEEDED: "link",
    Topic.INTEGRATIONS_WEEKLY: "bolt",
    Topic.DELIVERY_FAILED: "exclamation-triangle",
    Topic.CUSTOMER_OBJECTED: "chat-bubble-left-right",
    Topic.CUSTOMER_ACCEPTED: "check",
    Topic.ANSWER_UNMATCHED: "inbox",
    Topic.SUPPLIER_NOT_TOLD: "exclamation-triangle",
}


# What opening the comments of a document deals with.
IN_THE_CONVERSATION = (Topic.QUESTION_ASKED, Topic.QUESTION_ANSWERED, Topic.QUESTION_CLOSED, Topic.COMMENTED)


def sentence(notification) -> str:
    """What happened, in one line. `by`, `invoice` and `space` of the notification are loaded."""
    told = {
        "who": str(notification.by) if notification.by else _("The system"),
        "document": notification.invoice.title if notification.invoice else notification.space.name,
        "amount": notification.data.get("amount", ""),
        "integration": notification.data.get("integration", ""),
        "answer": notification.data.get("answer", ""),
        **{name: notification.data.get(name, 0) for name in WEEKLY_NUMBERS},
    }
    words = {
        Topic.QUESTION_ASKED: _("%(who)s asks you about %(document)s"),
        Topic.QUESTION_ANSWERED: _("%(who)s answered your question about %(document)s"),
        Topic.QUESTION_CLOSED: _("%(who)s closed the question about %(document)s without an answer"),
        Topic.COMMENTED: _("%(who)s commented on %(document)s"),
        Topic.APPROVAL_ASKED: _("%(who)s asks you to approve %(document)s"),
        Topic.REFUSED_AFTER_PROCESSING: _("%(who)s refused %(document)s, which you had processed"),
        Topic.PAID_WHILE_REFUSED: _("%(amount)s was paid on %(document)s, which is refused"),
        Topic.RECONNECT_NEEDED: _("%(integration)s does not answer; documents wait")
        if notification.data.get("is_away")
        else _("%(integration)s has to be connected again"),
        Topic.INTEGRATIONS_WEEKLY: _(
            "Integrations last week: %(delivered)s delivered, %(waiting)s waiting, %(failed)s failed"
        ),
        Topic.DELIVERY_FAILED: _("%(document)s did not reach the customer"),
        Topic.CUSTOMER_OBJECTED: _("The customer answered about %(document)s: %(answer)s"),
        Topic.CUSTOMER_ACCEPTED: _("The customer answered about %(document)s: %(answer)s"),
        Topic.ANSWER_UNMATCHED: _("An answer came that belongs to no document of %(document)s"),
        Topic.SUPPLIER_NOT_TOLD: _("The supplier of %(document)s could not be told your answer"),
    }
    return words[Topic(notification.topic)] % told


def advice(notification) -> str:
    """What to do about it; empty where the sentence says it all."""
    if "mailbox_id" in notification.data:
        return _("Mails wait there. They are taken in once its test has passed.")
    if "is_away" in notification.data:
        return _(
            "Nothing is lost: one tries from time to time, and all go once it answers. A test that passes ends it, too."
        )
    needs = notification.data.get("needs", 0)
    words = {
        Topic.INTEGRATIONS_WEEKLY: ngettext("%d integration needs you.", "%d integrations need you.", needs) % needs
        if needs
        else "",
        Topic.REFUSED_AFTER_PROCESSING: _("The booking has to be undone. It is back in To check."),
        Topic.PAID_WHILE_REFUSED: _("Ask for the money back, or resolve the refusal."),
        Topic.DELIVERY_FAILED: _("Look at the reason, put it right, and send it again."),
        Topic.SUPPLIER_NOT_TOLD: _("Tell them in another way."),
        Topic.RECONNECT_NEEDED: _("Documents wait there. They are sent once it is connected and its test has passed."),
    }
    return words.get(Topic(notification.topic), "")


def lines(notification) -> list[dict]:
    """One line an integration of a weekly summary: what became of documents there, and what to do; else none."""
    words = _("%(delivered)s delivered, %(waiting)s waiting, %(failed)s failed")
    return [
        {
            "name": " · ".join(filter(None, [row["client"], row["integration"]])),
            "numbers": words % {name: row[name] for name in WEEKLY_NUMBERS},
            "advice": row["advice"],
            "integration_id": row["integration_id"],
            "client_id": row["client_id"],
        }
        for row in notification.data.get("rows", ())
    ]
