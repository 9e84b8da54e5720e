"""Who lives here: two businesses, two accountants' offices, a person of every role, and outsiders."""

from dataclasses import dataclass

from banqup.spaces.models import Engagement, Membership, User
from tests.factories import world
from tests.permissions import table


@dataclass(frozen=True)
class Person:
    """Somebody, with the roles as `tests.permissions.table` writes them ("PR", "office ACC")."""

    name: str
    user: User
    space: object
    roles: frozenset[str]


class Town:
    """Built once for a test; every play happens in it and is taken back."""

    def __init__(self):
        self.bakery = world.business(time_zone="Pacific/Kiritimati")
        self.florist = world.business(
            slug="ooms", name="Bloemen Ooms BV", vat_id="BE0999999922", company_id="", endpoint_id=""
        )
        self.office, self.other_office = world.partner(), world.partner(slug="fidu", name="Fidu Noord")
        self.businesses = (self.bakery, self.florist)
        world.engaged(self.bakery, self.office)
        world.engaged(self.florist, self.other_office)
        self.owners = [self._owner(space) for space in (self.bakery, self.bakery, self.bakery, self.office)]
        self.everybody = [*self._people_of(self.bakery, table.BUSINESS), *self._people_of(self.office, table.OFFICE)]
        self.everybody += [self._owner(self.florist), self._owner(self.other_office), *self._outsiders()]
        for engagement in Engagement.objects.all():
            world.integration(engagement.business, name="Ours")
            world.integration(engagement.business, name="Theirs", engagement=engagement)
        world.integration(self.bakery, name="Second")

    def _people_of(self, space, roles):
        for role in roles:
            member = world.member(space, role.split()[-1])
            yield Person(f"{role} of {space.slug}", member, space, frozenset({role}))

    def _owner(self, space):
        roles = table.OFFICE if space.is_partner else table.BUSINESS
        email = f"owner@{space.slug}.example"
        member = User.objects.filter(email=email).first() or world.member(space, email=email)
        return Person(f"owner of {space.slug}", member, space, frozenset(roles))

    def _outsiders(self):
        gone = world.member(self.bakery, email="gone@janssens.example")
        gone.memberships.all().delete()
        left = world.member(self.bakery, email="left@janssens.example")
        left.is_active = False
        left.save()
        none = world.user(email="none@janssens.example", name="None")
        Membership.objects.create(user=none, space=self.bakery, roles=[])
        root = world.user(email="root@banqup.example", name="Root", is_staff=True, is_superuser=True)
        nobody = world.user(email="nobody@nowhere.example", name="Nobody")
        return [Person(user.name, user, None, frozenset()) for user in (gone, left, none, root, nobody)]
