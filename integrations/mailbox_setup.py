"""The verbs of a mailbox: add, configure, test, activate, switch off, forget."""

from time import monotonic

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banqup.common.after_commit import nudge
from banqup.common.secrets import SecretsUnreadable
from banqup.mailboxes.models import Mailbox
from banqup.spaces.models import Space

from . import imap, mailbox_polling
from .base import DeliveryError, TestStep, as_kept
from .mailbox_forms import MailboxForm
from .setup import SetupRefused, require_owner

__all__ = ["SetupRefused", "activate", "add", "configure", "deactivate", "forget", "form", "names_of_secrets", "test"]

_PLAIN = ("host", "port", "security", "user", "folder", "done_folder", "refused_folder", "direction")
# A password is never shown to another server, or in another way, than it was entered for.
_SECRETS_ARE_FOR = ("host", "port", "security", "user")


class PasswordNeeded(SetupRefused):
    """The password has to be entered again."""


def _locked(mailbox: Mailbox, by) -> Mailbox:
    rows = Mailbox.objects.select_for_update(of=("self",), no_key=True).select_related("space")
    found = rows.filter(pk=mailbox.pk).first()
    require_owner(mailbox.space, by)
    if found is None:
        raise SetupRefused(_("This mailbox was forgotten meanwhile."))
    return found


def add(*, space: Space, cleaned: dict, by) -> Mailbox:
    """A new mailbox of `space` with what its form cleaned, not active yet. Raises SetupRefused."""
    require_owner(space, by)
    if space.is_partner:
        raise SetupRefused(_("Documents belong to a business; choose one."))
    made = Mailbox(space=space, created_by=by, **{name: cleaned[name] for name in _PLAIN})
    made.keep_secrets({"password": cleaned["password"]}, by=by)
    made.save()
    return made


def form(mailbox: Mailbox, data=None) -> MailboxForm:
    """The form filled with the settings; the password is never shown."""
    filled = MailboxForm(data, initial={name: getattr(mailbox, name) for name in _PLAIN})
    if names_of_secrets(mailbox):
        filled.fields["password"].required = False
        filled.fields["password"].widget.attrs["placeholder"] = _("Unchanged")
    return filled


def names_of_secrets(mailbox: Mailbox) -> set[str]:
    try:
        return set(mailbox.read_secrets())
    except SecretsUnreadable:
        return set()  # entered anew: that is the repair


def configure(*, mailbox: Mailbox, cleaned: dict, by) -> Mailbox:
    """Keep what the form cleaned; a password left empty stays, unless it would be shown to another server.

    A test that passed before counts no more, so mails wait until the next one. Raises SetupRefused, PasswordNeeded.
    """
    with transaction.atomic():
        mailbox = _locked(mailbox, by)
        moved = any(getattr(mailbox, name) != cleaned[name] for name in _SECRETS_ARE_FOR)
        if moved and not cleaned.get("password"):
            raise PasswordNeeded(_("Enter the password again: it was entered for another server or user."))
        if cleaned.get("password"):
            mailbox.keep_secrets({"password": cleaned["password"]}, by=by)
        for name in _PLAIN:
            setattr(mailbox, name, cleaned[name])
        if mailbox.is_active:
            _refuse_clashes(mailbox)
        mailbox.test_passed, mailbox.tested_at, mailbox.test_steps = None, None, []
        # A worker that reads it now keeps nothing more.
        mailbox.lease_until = None
        mailbox.save()
    return mailbox


def test(*, mailbox: Mailbox, by) -> list[TestStep]:
    """Sign in for real, only looking, and keep what each step said. No transaction is open meanwhile.

    A pass clears its attention, and it is due at once. Raises SetupRefused.
    """
    require_owner(mailbox.space, by)
    tried = Mailbox.objects.select_related("space").get(pk=mailbox.pk)
    began = monotonic()
    steps = _steps(tried)
    passed = all(step.ok for step in steps)
    with transaction.atomic():
        mailbox = _locked(mailbox, by)
        names = (*_PLAIN, "sealed_secrets")
        if [getattr(mailbox, name) for name in names] != [getattr(tried, name) for name in names]:
            raise SetupRefused(_("The settings changed during the test. Test again."))
        mailbox.test_steps = as_kept(steps, began)
        mailbox.tested_at, mailbox.test_passed = timezone.now(), passed
        changed = ["test_steps", "tested_at", "test_passed"]
        if passed:
            mailbox.attention, mailbox.failures, mailbox.poll_at = "", 0, timezone.now()
            changed += ["attention", "failures", "poll_at"]
            if mailbox.is_active:
                nudge(mailbox_polling.READ_TASK, mailbox.pk)
        mailbox.save(update_fields=changed)
    return steps


test.__test__ = False  # the verb's name is the product's, not a test case


def _steps(mailbox: Mailbox) -> list[TestStep]:
    """What was done, up to the first step that did not work."""
    steps, trying = [], _("Read the settings")
    try:
        account = mailbox_polling.account(mailbox)
        trying = _("Connect to the server")
        with imap.connected(account) as visit:
            words = _("%s answers, its certificate is trusted, and the connection is encrypted.")
            steps.append(TestStep(trying, True, words % account.host))
            trying = _("Sign in")
            visit.sign_in()
            steps.append(TestStep(trying, True, _("The user name and the password are accepted.")))
            trying = _("Open the folder that is read")
            count = visit.open(mailbox.folder, read_only=True)
            steps.append(TestStep(trying, True, _lying_there(mailbox, count)))
            trying = _("Look for the other folders")
            steps.append(TestStep(trying, True, _other_folders(mailbox, visit)))
    except DeliveryError as error:
        steps.append(TestStep(trying, False, error.message))
    except Exception:
        mailbox_polling.logger.exception("The test of %s broke", mailbox)
        words = _("Something broke on our side; the log of the server has the details.")
        steps.append(TestStep(trying, False, words))
    return steps


def _lying_there(mailbox: Mailbox, count: int) -> str:
    words = {"folder": mailbox.folder, "count": count}
    if not count:
        return _("“%(folder)s” is empty.") % words
    told = ngettext(
        "%(count)d mail lies in “%(folder)s”. Nothing was changed there.",
        "%(count)d mails lie in “%(folder)s”. Nothing was changed there.",
        count,
    )
    if mailbox.is_active:
        return told % words
    return " ".join([told % words, _("Once the mailbox is active, all of them are taken in and moved.")])


def _other_folders(mailbox: Mailbox, visit: imap.Visit) -> str:
    names = [mailbox.done_folder, mailbox.refused_folder]
    missing = [name for name in names if not visit.has(name)]
    if not missing:
        return _("Both are there.")
    return _("Made with the first mail that is moved there: %s.") % ", ".join(f"“{name}”" for name in missing)


def activate(*, mailbox: Mailbox, by) -> Mailbox:
    """From now on its mails are taken in. Raises SetupRefused."""
    with transaction.atomic():
        mailbox = _locked(mailbox, by)
        if mailbox.test_passed is not True:
            raise SetupRefused(_("Test it first; it can be activated once the test has passed."))
        _refuse_clashes(mailbox)
        if not mailbox.is_active:
            mailbox.is_active, mailbox.activated_at, mailbox.poll_at = True, timezone.now(), timezone.now()
            mailbox.save(update_fields=["is_active", "activated_at", "poll_at"])
            nudge(mailbox_polling.READ_TASK, mailbox.pk)
    return mailbox


def _refuse_clashes(mailbox: Mailbox) -> None:
    """Two that read one folder would take each other's mails; and one must not read where the other puts."""
    # The lock of the space's row lets two activations follow each other.
    Space.objects.select_for_update().get(pk=mailbox.space_id)
    same = Mailbox.objects.filter(space=mailbox.space_id, host=mailbox.host, user=mailbox.user, is_active=True)
    for other in same.exclude(pk=mailbox.pk):
        if _is(mailbox.folder, other.folder):
            raise SetupRefused(_("“%s” of this mailbox is read already. Choose another folder.") % other.folder)
        puts = [(mailbox, other.folder), (other, mailbox.folder)]
        for one, read in puts:
            if _is(read, one.done_folder) or _is(read, one.refused_folder):
                words = _("Mails are read out of “%s”, and moved into it by another one. Choose another folder.")
                raise SetupRefused(words % read)


def _is(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def deactivate(*, mailbox: Mailbox, by) -> Mailbox:
    """No mail is taken in any more; they stay where they are."""
    with transaction.atomic():
        mailbox = _locked(mailbox, by)
        if mailbox.is_active:
            mailbox.is_active, mailbox.attention, mailbox.failures = False, "", 0
            mailbox.save(update_fields=["is_active", "attention", "failures"])
    return mailbox


def forget(*, mailbox: Mailbox, by) -> str:
    """Its settings and its password are gone for good; what came in through it stays. Returns its name."""
    with transaction.atomic():
        mailbox = _locked(mailbox, by)
        name = mailbox.name
        mailbox.delete()
    return name
