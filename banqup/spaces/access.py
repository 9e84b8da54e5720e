"""What a person may do where: the one place that reads memberships and engagements."""

from dataclasses import dataclass, field

from django.db.models import Q

from .models import Engagement, Membership, Space, User
from .roles import DELEGATED, Capability, capabilities


@dataclass(frozen=True)
class Standing:
    """What a person may do with the documents of one business, by side.

    `business` comes from a membership in the business itself, `partner` from one in its
    accountant's space while the engagement is active; `APPROVE_PURCHASE` is among them only where
    the business delegated approval. Both may be empty: then the documents do not exist for this
    person. `person` is who stands there: named approvers are known by it.
    """

    business: frozenset[Capability] = field(default_factory=frozenset)
    partner: frozenset[Capability] = field(default_factory=frozenset)
    person: User | None = None

    @property
    def sees_documents(self) -> bool:
        return Capability.VIEW_DOCUMENTS in self.business | self.partner


def membership(user, space: Space) -> Membership | None:
    if not user.is_authenticated or not user.is_active:
        return None
    return Membership.objects.filter(user=user, space=space).select_related("space").first()


def standing(user, business: Space) -> Standing:
    """The person's standing towards `business`; one query."""
    if user is None or not user.is_active:
        return Standing()
    as_accountant = Q(
        space__engagements_as_partner__business=business,
        space__engagements_as_partner__status=Engagement.Status.ACTIVE,
    )
    found = Membership.objects.filter(Q(space=business) | as_accountant, user=user)
    columns = ("space_id", "roles", "space__engagements_as_partner__delegates_approval")
    own, partner = frozenset(), frozenset()
    for space_id, roles, delegates in found.values_list(*columns):
        if space_id == business.pk:
            own = capabilities(roles, partner=business.is_partner)
        else:
            partner |= capabilities(roles, partner=True)
            if delegates and Capability.PROCESS in partner:
                partner |= DELEGATED
    return Standing(business=own, partner=partner, person=user)


def delegates(business: Space) -> tuple[Space | None, list[User]]:
    """The accountant's space to which the business delegated approval, and who may approve there."""
    engagement = business.active_engagement()
    if engagement is None or not engagement.delegates_approval:
        return None, []
    members = Membership.objects.filter(space=engagement.partner, user__is_active=True).select_related("user")
    people = [one.user for one in members if Capability.PROCESS in capabilities(one.roles, partner=True)]
    return engagement.partner, people


def people_with(space: Space, capability: Capability) -> list[str]:
    """Names of the members of `space` who carry `capability`: whom to ask."""
    members = Membership.objects.filter(space=space, user__is_active=True).select_related("user", "space")
    return [str(member.user) for member in members if capability in member.capabilities]
