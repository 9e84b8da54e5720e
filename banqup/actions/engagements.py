"""The tie between a client business and its accountant: invite, answer, end."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from banqup.exports import outbox
from banqup.exports.models import Export, Integration
from banqup.spaces.access import membership
from banqup.spaces.models import Engagement, Space
from banqup.spaces.roles import Capability

from . import conversations
from .refusals import NotAllowed, NotPossible


def _require(by, space: Space) -> None:
    own = membership(by, space)
    needed = Capability.MANAGE_CLIENTS if space.is_partner else Capability.MANAGE_PEOPLE
    if own is None or needed not in own.capabilities:
        raise NotAllowed(_("You may not manage who works with %s.") % space.name)


def _side(engagement: Engagement, side: str) -> Space:
    return engagement.business if side == Engagement.Side.BUSINESS else engagement.partner


def invite(*, business: Space, partner: Space, side: str, by) -> Engagement:
    """Ask the other side to work together; `side` is who asks. Raises NotAllowed, NotPossible."""
    if business.is_partner or not partner.is_partner:
        raise NotPossible(_("An engagement ties a business to an accountant's space."))
    _require(by, business if side == Engagement.Side.BUSINESS else partner)
    present = Engagement.objects.filter(business=business)
    if present.filter(status=Engagement.Status.ACTIVE, partner=partner).exists():
        raise NotPossible(_("%(partner)s works for %(business)s already.") % {"partner": partner, "business": business})
    try:
        with transaction.atomic():
            return Engagement.objects.create(business=business, partner=partner, invited_side=side, invited_by=by)
    except IntegrityError as error:
        raise NotPossible(_("An invitation is open already; wait for the answer.")) from error


def answer(*, engagement: Engagement, accept: bool, by) -> Engagement:
    """The invited side accepts or declines. Raises NotAllowed, NotPossible."""
    invited = (
        Engagement.Side.PARTNER if engagement.invited_side == Engagement.Side.BUSINESS else Engagement.Side.BUSINESS
    )
    _require(by, _side(engagement, invited))
    try:
        with transaction.atomic():
            engagement = Engagement.objects.select_for_update().get(pk=engagement.pk)
            if engagement.status != Engagement.Status.INVITED:
                raise NotPossible(_("This invitation was answered already."))
            engagement.status = Engagement.Status.ACTIVE if accept else Engagement.Status.DECLINED
            engagement.answered_by, engagement.answered_at = by, timezone.now()
            engagement.save()
    except IntegrityError as error:
        raise NotPossible(_("This business has an accountant. That engagement must end first.")) from error
    return engagement


def delegate_approval(*, engagement: Engagement, delegate: bool, by) -> Engagement:
    """Let the accountants of the office approve purchase documents for the business, or stop it (LIFECYCLE C12).

    Only the business says so, and takes it back at any time. Raises NotAllowed, NotPossible.
    """
    _require(by, engagement.business)
    with transaction.atomic():
        engagement = Engagement.objects.select_for_update().get(pk=engagement.pk)
        if engagement.status != Engagement.Status.ACTIVE:
            raise NotPossible(_("%s does not work for you at the moment.") % engagement.partner.name)
        engagement.delegates_approval = delegate
        engagement.delegation_changed_by, engagement.delegation_changed_at = by, timezone.now()
        engagement.save()
    return engagement


def end(*, engagement: Engagement, by) -> Engagement:
    """Either side ends it: the accountant sees nothing later, and its waiting exports are cancelled visibly.

    An open invitation is withdrawn by its own side. Raises NotAllowed, NotPossible.
    """
    try:
        _require(by, engagement.business)
    except NotAllowed:
        _require(by, engagement.partner)
    with transaction.atomic():
        engagement = Engagement.objects.select_for_update().get(pk=engagement.pk)
        if engagement.status not in (Engagement.Status.ACTIVE, Engagement.Status.INVITED):
            raise NotPossible(_("This engagement has ended already."))
        engagement.status, engagement.ended_by, engagement.ended_at = Engagement.Status.ENDED, by, timezone.now()
        engagement.delegates_approval = False
        engagement.save()
        outbox.cancel(
            Export.objects.filter(integration__engagement=engagement),
            reason=_("The engagement with %s ended.") % engagement.partner.name,
        )
        Integration.objects.filter(engagement=engagement, is_active=True).update(
            is_active=False, deactivated_at=timezone.now()
        )
        conversations.close_with(engagement, by=by)
    return engagement
