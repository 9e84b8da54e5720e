"""What a person may do where: the one place that reads memberships and engagements."""

from dataclasses import dataclass, field

from django.db.models import Q

from .models import Engagement, Membership, Space
from .roles import Capability, capabilities


@dataclass(frozen=True)
class Standing:
    """What a person may do with the documents of one business, by side.

    `business` comes from a membership in the business itself, `partner` from one in its
    accountant's space while the engagement is active. Both may be empty: then the documents do not
    exist for this person.
    """

    business: frozenset[Capability] = field(default_factory=frozenset)
    partner: frozenset[Capability] = field(default_factory=frozenset)

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
    found = Membership.objects.filter(Q(space=business) | as_accountant, user=user).values_list("space_id", "roles")
    own, partner = frozenset(), frozenset()
    for space_id, roles in found:
        if space_id == business.pk:
            own = capabilities(roles, partner=business.is_partner)
        else:
            partner |= capabilities(roles, partner=True)
    return Standing(business=own, partner=partner)


def people_with(space: Space, capability: Capability) -> list[str]:
    """Names of the members of `space` who carry `capability`: whom to ask."""
    members = Membership.objects.filter(space=space, user__is_active=True).select_related("user", "space")
    return [str(member.user) for member in members if capability in member.capabilities]
