"""Who works in a space, and at which secret addresses it receives: add, change, remove."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from banqup.spaces.access import membership
from banqup.spaces.models import InboundAddress, Membership, Space, User
from banqup.spaces.roles import BUSINESS_ROLES, PARTNER_ROLES, Capability, Role

from .refusals import NotAllowed, NotPossible


def require(by, space: Space) -> None:
    """Raises NotAllowed unless `by` manages the people and settings of `space`."""
    own = membership(by, space)
    if own is None or Capability.MANAGE_PEOPLE not in own.capabilities:
        raise NotAllowed(_("You may not change the people and settings of %s.") % space.name)


def add(*, space: Space, email: str, roles, by, name: str = "") -> tuple[Membership, bool]:
    """Make the person with `email` a member; True when the person is new and must choose a password.

    Raises NotAllowed, NotPossible.
    """
    require(by, space)
    roles = _known(space, roles)
    email = email.strip().lower()
    with transaction.atomic():
        Space.objects.select_for_update().get(pk=space.pk)
        person = User.objects.filter(email__iexact=email).first()
        is_new = person is None
        if is_new:
            person = User.objects.create_user(email=email, name=name)  # without a password until the invitation is used
        elif not person.is_active:
            raise NotPossible(_("The account of %s is closed.") % email)
        if Membership.objects.filter(space=space, user=person).exists():
            raise NotPossible(
                _("%(person)s is in %(space)s already. Change the roles instead.")
                % {"person": person, "space": space.name}
            )
        return Membership.objects.create(space=space, user=person, roles=roles), is_new


def change_roles(*, member: Membership, roles, by) -> Membership:
    """Raises NotAllowed, NotPossible (the last administrator)."""
    require(by, member.space)
    roles = _known(member.space, roles)
    with transaction.atomic():
        Space.objects.select_for_update().get(pk=member.space_id)
        member = Membership.objects.select_related("space", "user").get(pk=member.pk)
        if Role.ADMINISTRATOR not in roles:
            _keep_an_administrator(member)
        member.roles = roles
        member.save(update_fields=["roles"])
    return member


def remove(*, member: Membership, by) -> None:
    """Take the person out of the space; the history keeps the name. Raises NotAllowed, NotPossible."""
    require(by, member.space)
    with transaction.atomic():
        Space.objects.select_for_update().get(pk=member.space_id)
        _keep_an_administrator(member)
        Membership.objects.filter(pk=member.pk).delete()


def open_inbound_address(*, space: Space, name: str, by) -> tuple[InboundAddress, str]:
    """A new secret address and its token, which can't be read again. Raises NotAllowed, NotPossible."""
    require(by, space)
    if space.is_partner:
        raise NotPossible(_("A Partner Space has no documents of its own."))
    return InboundAddress.issue(space=space, name=name, by=by)


def revoke_inbound_address(*, address: InboundAddress, by) -> None:
    """Nothing is received there any more. Raises NotAllowed, NotPossible."""
    require(by, address.space)
    revoked = InboundAddress.objects.filter(pk=address.pk, revoked_at=None).update(revoked_at=timezone.now())
    if not revoked:
        raise NotPossible(_("This address was revoked already."))


def _known(space: Space, roles) -> list[str]:
    offered = PARTNER_ROLES if space.is_partner else BUSINESS_ROLES
    chosen = [role.value for role in offered if role.value in {str(one) for one in roles}]
    if not chosen or len(chosen) != len(set(map(str, roles))):
        raise NotPossible(_("Choose at least one role of this kind of space."))
    return chosen


def _keep_an_administrator(member: Membership) -> None:
    others = Membership.objects.filter(space=member.space_id, user__is_active=True).exclude(pk=member.pk)
    if Role.ADMINISTRATOR not in member.roles:
        return
    if not any(Role.ADMINISTRATOR in other.roles for other in others):
        raise NotPossible(_("%s is the last administrator. Make somebody else administrator first.") % member.user)
