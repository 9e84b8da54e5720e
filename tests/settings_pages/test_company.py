"""Company, approval on arrival, and a new space."""

import pytest

from banqup.contacts.models import Contact
from banqup.spaces.forms import free_slug
from banqup.spaces.models import Membership, Space
from tests.factories import world

from .conftest import browser

FIELDS = {
    "name": "Bakkerij Janssens BV",
    "vat_id": "BE 0702.451.135",
    "company_id": "",
    "street": "Kerkstraat 12",
    "postal_code": "2570",
    "city": "Duffel",
    "country": "BE",
    "email": "",
    "iban": "BE68 5390 0754 7034",
    "time_zone": "Europe/Brussels",
    "language": "en",
}


def test_numbers_are_kept_without_their_dots_and_the_peppol_id_follows(space, page):
    answer = page("company/", FIELDS)
    assert answer.status_code == 303
    space.refresh_from_db()
    assert (space.vat_id, space.company_id, space.iban) == ("BE0702451135", "0702451135", "BE68539007547034")
    assert (space.company_scheme, space.endpoint_scheme, space.endpoint_id) == ("0208", "0208", "0702451135")
    shown = page("company/").text
    assert "BE68" in shown and "Company saved." in shown


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("vat_id", "BE 0702.451.136", "check digits"),
        ("vat_id", "0702451135", "Begin with the country"),
        ("company_id", "0700312086", "differs from the VAT number"),
        ("company_id", "0702451136", "check digits"),
        ("iban", "BE68 5390 0754 7035", "check digits"),
        ("iban", "hello", "not an IBAN"),
        ("time_zone", "Europe/Atlantis", "valid choice"),
        ("name", "", "required"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(space, page, field, value, words):
    before = Space.objects.values().get(pk=space.pk)
    answer = page("company/", {**FIELDS, field: value})
    assert answer.status_code == 422
    assert words in answer.text
    assert f'href="#id_{field}"' in answer.text
    assert Space.objects.values().get(pk=space.pk) == before


def test_approval_on_arrival_of_the_space_and_of_one_supplier(space, page):
    supplier = Contact.objects.create(space=space, name="Elektro Maes BV", is_supplier=True)
    assert page("approval/", {"auto_approve": "trusted"}).status_code == 303
    prefix = f"s{supplier.pk}-"
    answer = page(f"approval/suppliers/{supplier.pk}/", {prefix + "auto_approve": "never", prefix + "trusted": "on"})
    assert answer.status_code == 303
    space.refresh_from_db()
    supplier.refresh_from_db()
    assert (space.auto_approve, supplier.auto_approve, supplier.trusted) == ("trusted", "never", True)
    assert "1 differs from the rule above" in page("approval/").text
    assert "Elektro Maes" not in page("approval/?q=maes+1573").text


def test_a_supplier_of_another_space_is_not_found(page, stranger):
    other = Contact.objects.create(space=Space.objects.get(slug="thijs"), name="Theirs", is_supplier=True)
    assert page(f"approval/suppliers/{other.pk}/", {}).status_code == 404


def test_whoever_adds_a_space_gets_every_role_in_it(db):
    person = world.user()
    answer = browser(person).post(
        "/s/new/", {"name": "Janssens Vastgoed BV", "vat_id": "", "company_id": "", "country": "BE"}
    )
    assert answer.status_code == 303
    space = Space.objects.get()
    assert answer.url == f"/s/{space.slug}/" and space.slug == "janssens-vastgoed-bv"
    assert space.kind == "business"
    assert set(Membership.objects.get().roles) == {"ADM", "PR", "PA", "SR", "SA", "FR", "AUD"}


def test_addresses_never_collide(db):
    for expected in ("new-2", "new-3"):
        slug = free_slug("New")
        assert slug == expected
        world.business(slug=slug)
    assert free_slug("株式会社") == "space"
