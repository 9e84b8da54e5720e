"""What is left to set up in a space: shown until all of it is done."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from banqup.exports.models import Integration
from banqup.spaces.models import Membership


@dataclass(frozen=True)
class Step:
    title: str
    text: str
    done: bool
    url: str | None
    label: str


_COMPANY = ("name", "vat_id", "street", "postal_code", "city", "country")


def steps(space, address) -> list[Step]:
    """The steps in their order; three queries. `address(name, *args)` gives an address or None."""
    engagement = space.active_engagement()
    extension = (
        Integration.objects.filter(space=space, engagement=None, is_active=True).order_by("activated_at").first()
    )
    people = Membership.objects.filter(space=space, user__is_active=True).count()
    missing = not all(getattr(space, name) for name in _COMPANY)
    return [
        Step(
            _("Company and VAT number"),
            _("Name, VAT number and address: every e-invoice needs them.")
            if missing
            else f"{space.name}, {space.vat_id}",
            not missing,
            address("settings_company", space.slug),
            _("Complete"),
        ),
        Step(
            _("Connect your accountant"),
            engagement.partner.name
            if engagement
            else _("They see what still waits for you, and receive what you approve"),
            engagement is not None,
            address("settings_accountant", space.slug),
            _("Invite accountant"),
        ),
        Step(
            _("Switch on an extension"),
            extension.name if extension else _("Optional: copies of approved documents to your own folder or system"),
            extension is not None,
            address("extensions", space.slug),
            _("Open Extensions"),
        ),
        Step(
            _("Invite colleagues"),
            _("%d people work here") % people
            if people > 1
            else _("Give the right to approve or to pay to the right people"),
            people > 1,
            address("settings_people", space.slug),
            _("Invite"),
        ),
    ]


def context(space, address) -> dict:
    """What templates/business_space/_steps.html shows; no steps when all is done."""
    found = steps(space, address)
    # The first that is not done is the one to do now.
    now = next((step for step in found if not step.done), None)
    states = ("done" if step.done else "now" if step is now else "todo" for step in found)
    numbered = [
        {"step": step, "state": state, "number": number}
        for number, (step, state) in enumerate(zip(found, states, strict=True), start=1)
    ]
    return {
        "steps": numbered if now else [],
        "steps_done": sum(step.done for step in found),
        "steps_total": len(found),
    }
