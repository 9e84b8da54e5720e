"""What the page *Ways in* says of mailboxes and their mails: state, steps, lists."""

from django.utils.translation import gettext as _

from banqup.exports.models import IntegrationState
from banqup.invoices.models.receipt import Direction
from banqup.mailboxes.models import ArrivedMail, Mailbox

from . import mailbox_setup as setup

MAILS_A_PAGE = 50
OUTCOMES = ArrivedMail.Outcome
_TONES = {OUTCOMES.TAKEN: "tone-green", OUTCOMES.REFUSED: "tone-red"}


def mailboxes(space) -> list[Mailbox]:
    """Those in use first."""
    rows = Mailbox.objects.filter(space=space).select_related("space", "secrets_set_by")
    return sorted(rows, key=lambda row: (not row.is_active, -row.pk))


def needing(space) -> int:
    """How many mailboxes in use need a person."""
    rows = Mailbox.objects.filter(space=space, is_active=True)
    return sum(1 for row in rows if row.attention or row.test_passed is not True)


def state(mailbox: Mailbox) -> str:
    if mailbox.is_active:
        ready = mailbox.test_passed is True and not mailbox.attention
        return str(IntegrationState.ACTIVE if ready else IntegrationState.NEEDS_ATTENTION)
    return str(IntegrationState.INACTIVE if mailbox.test_passed else IntegrationState.NOT_TESTED)


def sentence(mailbox: Mailbox) -> str:
    """What it does, or what it needs."""
    if mailbox.attention:
        return mailbox.attention
    if mailbox.is_active and mailbox.test_passed is not True:
        return _("Not tested since its settings last changed; mails wait until the test passes.")
    if mailbox.is_active:
        if mailbox.direction == Direction.SALES:
            return _("Mails in “%s” are taken in every five minutes, as sales documents.") % mailbox.folder
        return _("Mails in “%s” are taken in every five minutes, as purchase documents.") % mailbox.folder
    return _("It is not read.") if mailbox.test_passed else _("It is not read before its test has passed.")


def steps(mailbox: Mailbox | None) -> list[dict]:
    """Settings, Test, Activate: where it stands."""
    if mailbox is None:
        states = ["now", "todo", "todo"]
    else:
        tested = {None: "now", True: "done", False: "failed"}[mailbox.test_passed]
        states = ["done", tested, "done" if mailbox.is_active else "now" if mailbox.test_passed else "todo"]
    names = [(_("Settings"), "#configuration"), (_("Test"), "#test"), (_("Activate"), "#activation")]
    return [
        {"label": label, "url": url if mailbox else "", "state": step}
        for (label, url), step in zip(names, states, strict=True)
    ]


def fields(mailbox: Mailbox, form, *, replacing) -> list[dict]:
    """The form's fields in order; a password that is there stays covered until it is replaced."""
    covered = setup.names_of_secrets(mailbox) - set(replacing)
    return [{"bound": bound, "covered": bound.name in covered and not bound.errors} for bound in form.visible_fields()]


def refused(space) -> int:
    """How many mails were not taken in."""
    return ArrivedMail.objects.filter(space=space, outcome=OUTCOMES.REFUSED).count()


def mails(
    space, *, only_refused=False, mailbox=None, before=None, at_most=MAILS_A_PAGE
) -> tuple[list[dict], int | None]:
    """(mails for reading, newest first; the id before which the next page begins)."""
    rows = ArrivedMail.objects.filter(space=space).select_related("mailbox__space")
    if only_refused:
        rows = rows.filter(outcome=OUTCOMES.REFUSED)
    if mailbox is not None:
        rows = rows.filter(mailbox=mailbox)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.prefetch_related("receipts__invoice__space").order_by("-pk")[: at_most + 1])
    more = found[at_most - 1].pk if len(found) > at_most else None
    return [_in_words(row) for row in found[:at_most]], more


def _in_words(row: ArrivedMail) -> dict:
    receipts = sorted(row.receipts.all(), key=lambda receipt: receipt.pk)
    return {
        "mail": row,
        "outcome": _("Taken in only in part")
        if row.outcome == OUTCOMES.REFUSED and receipts
        else row.get_outcome_display(),
        "tone": _TONES.get(row.outcome, "muted"),
        "reasons": row.reason.splitlines(),
        "documents": [
            {
                "name": receipt.filename,
                "url": receipt.invoice.get_absolute_url() if receipt.invoice else "",
            }
            for receipt in receipts
        ],
    }
