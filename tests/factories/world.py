"""A small world for tests: a business with people, its accountant, and documents that came in."""

import io
from decimal import Decimal

from PIL import Image

from banqup.actions import intake
from banqup.exports.models import Integration
from banqup.invoices.models import Invoice, Reading
from banqup.spaces.models import Engagement, Membership, Space, User
from banqup.spaces.roles import BUSINESS_ROLES, PARTNER_ROLES

PASSWORD = "correct horse battery staple"


def user(email="an@janssens.example", name="An Janssens", **extra) -> User:
    return User.objects.create_user(email=email, password=PASSWORD, name=name, **extra)


def business(slug="janssens", **fields) -> Space:
    """Bakkerij Janssens BV, whose VAT number the sample e-invoices are addressed to."""
    defaults = {
        "kind": Space.Kind.BUSINESS,
        "name": "Bakkerij Janssens BV",
        "vat_id": "BE0702451135",
        "company_id": "0702451135",
        "company_scheme": "0208",
        "endpoint_id": "0702451135",
        "endpoint_scheme": "0208",
        "street": "Kerkstraat 12",
        "postal_code": "2570",
        "city": "Duffel",
        "country": "BE",
    }
    return Space.objects.create(slug=slug, **{**defaults, **fields})


def partner(slug="delvaux", name="Delvaux Accountants", **fields) -> Space:
    return Space.objects.create(kind=Space.Kind.PARTNER, slug=slug, name=name, **fields)


def member(space, *roles, person=None, email=None) -> User:
    """A person in `space` with `roles` (all of its kind when none is named)."""
    offered = PARTNER_ROLES if space.is_partner else BUSINESS_ROLES
    email = email or ("-".join(roles).lower() or "all") + f"@{space.slug}.example"
    person = person or user(email=email, name=email.split("@")[0].title())
    Membership.objects.create(user=person, space=space, roles=[str(role) for role in roles or offered])
    return person


def engaged(business, partner) -> Engagement:
    return Engagement.objects.create(
        business=business, partner=partner, status=Engagement.Status.ACTIVE, invited_side=Engagement.Side.BUSINESS
    )


def received(space, data, *, filename="invoice.xml", channel="command", direction="purchase", by=None) -> Invoice:
    """The document that `data` becomes, judged at once."""
    receipt = intake.receive_and_judge(
        space=space, data=data, filename=filename, channel=channel, direction=direction, by=by
    )
    assert receipt.invoice_id, receipt.last_error
    return Invoice.objects.get(pk=receipt.invoice_id)


def unread(space, *, title="scan", direction="purchase", channel="browser", filename="scan.pdf") -> Invoice:
    """A scan without any words, on a machine that can't read scans; `title` makes its bytes its own."""
    out = io.BytesIO()
    Image.new("L", (300, 424), 255).save(out, "PDF", title=title)
    invoice = received(space, out.getvalue(), filename=filename, channel=channel, direction=direction)
    Reading.objects.filter(invoice=invoice).update(state=Reading.State.NO_ENGINE)
    Invoice.objects.filter(pk=invoice.pk).update(being_read=False)
    return Invoice.objects.get(pk=invoice.pk)


def integration(space, *, connector="folder", name="Folder", engagement=None, config=None, active=True) -> Integration:
    """An integration that has passed its test."""
    from django.utils import timezone

    now = timezone.now()
    return Integration.objects.create(
        space=space,
        engagement=engagement,
        connector=connector,
        name=name,
        config=config or {},
        is_active=active,
        activated_at=now if active else None,
        tested_at=now,
        test_passed=True,
    )


def money(text) -> Decimal:
    return Decimal(text)
