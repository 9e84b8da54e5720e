"""What the page *Sending* says of accounts at access points: their state, their steps, their buttons."""

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banqup.exports.models import IntegrationState
from banqup.sending.models import AccessPoint

from . import access_point_setup as setup
from . import access_points


def accounts(space) -> list[AccessPoint]:
    """The one in use first."""
    rows = AccessPoint.objects.filter(space=space).select_related("secrets_set_by", "space")
    return sorted(rows, key=lambda row: (not row.is_active, -row.pk))


def state(account: AccessPoint) -> str:
    if account.is_active:
        ready = account.test_passed is True and not account.attention
        return str(IntegrationState.ACTIVE if ready else IntegrationState.NEEDS_ATTENTION)
    return str(IntegrationState.INACTIVE if account.test_passed else IntegrationState.NOT_TESTED)


def sentence(account: AccessPoint) -> str:
    """What it does, or what it needs."""
    if account.attention:
        return account.attention
    if account.is_active and account.test_passed is not True:
        return _("Not tested since its settings last changed; documents wait until the test passes.")
    if account.is_active:
        return _("Invoices go out over it, and what suppliers send you over Peppol comes in.")
    return _("Nothing goes over it.") if account.test_passed else _("Nothing goes over it before its test has passed.")


def waiting(account: AccessPoint) -> str:
    count = setup.waiting(account).count()
    return ngettext("%d document waits.", "%d documents wait.", count) % count if count else ""


def initials(provider: str) -> str:
    return access_points.label(provider)[:2].upper()


def offered() -> list[dict]:
    return [
        {"key": key, "label": api.label, "initials": initials(key), "description": api.description}
        for key, api in access_points.offered().items()
    ]


def steps(account: AccessPoint | None) -> list[dict]:
    """Settings, Test, Activate: where it stands."""
    if account is None:
        states = ["now", "todo", "todo"]
    else:
        tested = {None: "now", True: "done", False: "failed"}[account.test_passed]
        states = ["done", tested, "done" if account.is_active else "now" if account.test_passed else "todo"]
    names = [(_("Settings"), "#configuration"), (_("Test"), "#test"), (_("Activate"), "#activation")]
    return [
        {"label": label, "url": url if account else "", "state": state}
        for (label, url), state in zip(names, states, strict=True)
    ]


def fields(account: AccessPoint, form, *, replacing) -> list[dict]:
    """The form's fields in order; a secret that is there stays covered until it is replaced."""
    if form is None:
        return []
    known = access_points.get(account.provider).secret_fields
    covered = (set(known) & setup.names_of_secrets(account)) - set(replacing)
    return [{"bound": bound, "covered": bound.name in covered and not bound.errors} for bound in form.visible_fields()]


def mail_works() -> bool:
    """Does this installation send mail at all?"""
    return settings.EMAIL_BACKEND != "django.core.mail.backends.console.EmailBackend"
