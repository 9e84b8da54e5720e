"""Every access point that can be set up, one line each; and the configured one of a row."""

import logging

from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from banqup.common.secrets import SecretsUnreadable
from banqup.conversations import notices
from banqup.conversations.topics import Topic
from banqup.sending.models import AccessPoint
from banqup.spaces.models import Space
from banqup.spaces.roles import Capability

from .access_point import AccessPointApi
from .base import BrokenConfiguration

logger = logging.getLogger(__name__)

# key → dotted path, imported when first asked for.
ACCESS_POINTS = {
    "peppyrus": "integrations.peppyrus.api.PeppyrusApi",
    "recommand": "integrations.recommand.api.RecommandApi",
}


class UnknownAccessPoint(LookupError):
    """No such access point is installed; what goes over it waits."""


def get(key: str) -> type[AccessPointApi]:
    """Raises UnknownAccessPoint, also when its folder is gone but its line stayed."""
    if key not in ACCESS_POINTS:
        raise UnknownAccessPoint(key)
    try:
        return import_string(ACCESS_POINTS[key])
    except ImportError as error:
        logger.error("The access point %s can't be loaded: %s", key, error)
        raise UnknownAccessPoint(key) from error


def offered() -> dict[str, type[AccessPointApi]]:
    """Those that can be set up, in the order they are offered."""
    found = {}
    for key in ACCESS_POINTS:
        try:
            found[key] = get(key)
        except UnknownAccessPoint:
            continue  # get() has said so in the log
    return found


def label(key: str) -> str:
    """What people call it; its key where it is not installed any more."""
    try:
        return str(get(key).label)
    except UnknownAccessPoint:
        return key


def active(space: Space) -> AccessPoint | None:
    """The one account over which `space` sends and receives."""
    return AccessPoint.objects.select_related("space").filter(space=space, is_active=True).first()


def own_participant(space: Space) -> str:
    """The space's own id on the network, `scheme:id`; empty where it has none."""
    return f"{space.endpoint_scheme}:{space.endpoint_id}" if space.endpoint_id and space.endpoint_scheme else ""


def configured(row: AccessPoint) -> AccessPointApi:
    """The API of an account with its configuration, opened secrets and the space's own id as `participant`.

    Raises BrokenConfiguration.
    """
    try:
        known = get(row.provider)
    except UnknownAccessPoint as error:
        words = _("The access point “%s” is not installed any more. Install it again, or set up another one.")
        raise BrokenConfiguration(words % row.provider) from error
    try:
        secrets = row.read_secrets()
    except SecretsUnreadable as error:
        raise BrokenConfiguration(str(error)) from error
    return known(config={**row.config, "participant": own_participant(row.space)}, secrets=secrets)


def ready(row: AccessPoint) -> AccessPointApi:
    """The API of an account that is active and has passed its test. Raises BrokenConfiguration."""
    if not row.is_active:
        words = _("%s was switched off. Activate it under Space settings > Sending, or send the document another way.")
        raise BrokenConfiguration(words % label(row.provider))
    if row.test_passed is not True:
        words = _("%s was not tested since its settings last changed. Test it under Space settings > Sending.")
        raise BrokenConfiguration(words % label(row.provider))
    return configured(row)


def mark(row: AccessPoint, why: str, **told) -> bool:
    """An account in use needs a person, until its test has passed or something went over it.

    Who may repair it is told the first time, with what `told` says more; False when it was marked already.
    """
    with transaction.atomic():
        if not AccessPoint.objects.filter(pk=row.pk, is_active=True, attention="").update(attention=why[:500]):
            return False
        notices.notify(
            users=notices.members_with(row.space, Capability.MANAGE_INTEGRATIONS),
            topic=Topic.RECONNECT_NEEDED,
            space=row.space,
            integration=label(row.provider),
            access_point_id=row.pk,
            **told,
        )
    return True


def needing(space: Space) -> int:
    """How many accounts in use need a person."""
    rows = AccessPoint.objects.filter(space=space, is_active=True)
    return sum(1 for row in rows if row.attention or row.test_passed is not True)
