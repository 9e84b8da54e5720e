"""The demo's people and spaces."""

from banqup.spaces.models import Engagement, Membership, Space, User
from banqup.spaces.roles import BUSINESS_ROLES, PARTNER_ROLES, Role

from . import papers

PASSWORD = "banqup-demo"  # noqa: S105  (printed at start, for sample data only)

SIGN_INS = [
    ("an@janssens.example", PASSWORD, "An Janssens runs Bakkerij Janssens and approves its invoices"),
    ("tom@janssens.example", PASSWORD, "Tom Wouters imports and completes documents, but may not approve"),
    ("lien@hetanker.example", PASSWORD, "Lien Peeters runs Café Het Anker, which buys from the bakery on this server"),
    ("sofie@delvaux.example", PASSWORD, "Sofie Delvaux, accountant, processes the documents of three clients"),
    ("admin@banqup.example", PASSWORD, "opens the Django admin at /admin/"),
]

_CLIENTS = [
    ("bakkerij-janssens", "Bakkerij Janssens BV", "0702451135", "Kerkstraat 12", "2570", "Duffel"),
    ("aannemingen-thijs", "Aannemingen Thijs NV", "0700312086", "Rupelkaai 8", "2850", "Boom"),
    ("cafe-het-anker", "Café Het Anker BV", "0700490151", "Guido Gezellelaan 49", "2800", "Mechelen"),
]
# Who owns the clients besides the first.
_OWNERS = {
    "aannemingen-thijs": ("owner@thijs.example", "Jef Thijs"),
    "cafe-het-anker": ("lien@hetanker.example", "Lien Peeters"),
}


def person(email: str, name: str, **extra) -> User:
    return User.objects.create_user(email=email, password=PASSWORD, name=name, **extra)


def settle() -> tuple[list[Space], Space, dict[str, User]]:
    """Create everyone: (client businesses, the accountant's office, people by first name)."""
    people = {
        "an": person("an@janssens.example", "An Janssens"),
        "tom": person("tom@janssens.example", "Tom Wouters"),
        "sofie": person("sofie@delvaux.example", "Sofie Delvaux"),
        "admin": person("admin@banqup.example", "Admin", is_staff=True, is_superuser=True),
    }
    clients = [_client(*facts) for facts in _CLIENTS]
    office = Space.objects.create(
        kind=Space.Kind.PARTNER, slug="delvaux", name="Delvaux Accountants", city="Mechelen", country="BE"
    )
    Membership.objects.create(user=people["an"], space=clients[0], roles=list(BUSINESS_ROLES))
    Membership.objects.create(
        user=people["tom"], space=clients[0], roles=[Role.PURCHASE_ASSISTANT, Role.SALES_ASSISTANT]
    )
    Membership.objects.create(user=people["sofie"], space=office, roles=list(PARTNER_ROLES))
    for client in clients[1:]:
        owner = person(*_OWNERS[client.slug])
        people[client.slug] = owner
        Membership.objects.create(user=owner, space=client, roles=list(BUSINESS_ROLES))
    people[clients[0].slug] = people["an"]
    for client in clients:
        Engagement.objects.create(
            business=client,
            partner=office,
            status=Engagement.Status.ACTIVE,
            invited_side=Engagement.Side.BUSINESS,
            invited_by=people[client.slug],
        )
    return clients, office, people


def _client(slug, name, number, street, postal_code, city) -> Space:
    return Space.objects.create(
        kind=Space.Kind.BUSINESS,
        slug=slug,
        name=name,
        vat_id=f"BE{number}",
        company_id=number,
        company_scheme="0208",
        endpoint_id=number,
        endpoint_scheme="0208",
        street=street,
        postal_code=postal_code,
        city=city,
        country="BE",
        email=f"info@{slug}.example",
        iban=papers.iban(int(number[:8])),
    )
