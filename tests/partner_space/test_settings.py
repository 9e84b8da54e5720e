"""Partner settings: the office, its people, a new office."""

import pytest
from django.core import mail
from django.test import Client

from banqup.spaces.models import Membership, Space, User
from banqup.spaces.roles import PARTNER_ROLES
from tests.factories import world

OFFICE = {
    "name": "Delvaux & Partners",
    "vat_id": "BE 0403.170.701",
    "street": "Meir 12",
    "postal_code": "2000",
    "city": "Antwerpen",
    "country": "BE",
    "email": "office@delvaux.example",
    "time_zone": "Europe/Brussels",
    "language": "en",
}


@pytest.fixture
def office(db):
    return world.partner()


@pytest.fixture
def admin(office):
    return world.member(office, "ADM", email="sofie@delvaux.example")


@pytest.fixture
def accountant(office):
    return world.member(office, "ACC", email="karel@delvaux.example")


def visitor(person, office):
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")

    def go(path="", data=None, **extra):
        url = path if path.startswith("/") else f"/p/{office.slug}/settings/{path}"
        return client.get(url, **extra) if data is None else client.post(url, data, **extra)

    return go


@pytest.fixture
def page(office, admin):
    return visitor(admin, office)


def test_a_strangers_settings_are_not_found(office):
    other = world.partner(slug="maes", name="Maes Fiduciaire")
    stranger = visitor(world.member(other), office)
    assert [stranger(path).status_code for path in ("", "office/", "users/", "users/add/")] == [404] * 4


def test_a_business_has_no_partner_pages(admin):
    bakery = world.business()
    owner = world.member(bakery)
    assert visitor(owner, bakery)("office/").status_code == 404


def test_the_office_is_changed_and_keeps_its_address(page, office):
    assert page("office/", OFFICE).status_code == 303
    office.refresh_from_db()
    kept = (office.name, office.vat_id, office.company_id, office.city, office.slug, office.iban)
    assert kept == ("Delvaux & Partners", "BE0403170701", "0403170701", "Antwerpen", "delvaux", "")


def test_a_wrong_number_is_refused_and_nothing_is_kept(page, office):
    answer = page("office/", {**OFFICE, "vat_id": "BE 0403.170.702"})
    assert answer.status_code == 422 and "Delvaux Accountants" in answer.text
    office.refresh_from_db()
    assert office.name == "Delvaux Accountants"


def test_who_does_not_manage_the_office_may_look_and_not_change(office, accountant):
    go = visitor(accountant, office)
    assert "You can look here, not change." in go("office/").text
    assert "This needs the role administrator" in go("users/").text
    forged = [go("office/", OFFICE), go("users/add/", {"email": "x@y.example", "roles": ["ACC"]})]
    assert [answer.status_code for answer in forged] == [403, 403]
    office.refresh_from_db()
    assert (office.name, Membership.objects.count()) == ("Delvaux Accountants", 1)


def test_somebody_new_gets_a_mail_and_the_role(page, office):
    page("users/add/", {"email": "Lies@Delvaux.example", "name": "Lies", "roles": ["ACC"]})
    person = User.objects.get(email="lies@delvaux.example")
    assert Membership.objects.get(user=person, space=office).roles == ["ACC"]
    (sent,) = mail.outbox
    assert sent.to == ["lies@delvaux.example"] and "invites you to Delvaux Accountants" in sent.subject
    assert "has not signed in yet" in page("users/").text


@pytest.mark.parametrize("roles", [[], ["PR"], ["XXX"]])
def test_only_roles_of_an_office_are_given(page, roles):
    assert page("users/add/", {"email": "lies@delvaux.example", "roles": roles}).status_code == 422
    assert Membership.objects.count() == 1


def test_roles_are_changed_and_take_effect_at_once(page, office, accountant):
    member = Membership.objects.get(user=accountant)
    assert page(f"users/{member.pk}/", {"roles": ["CM"]}).status_code == 303
    member.refresh_from_db()
    assert member.roles == ["CM"]
    assert visitor(accountant, office)(f"/p/{office.slug}/documents/").status_code == 403


def test_the_last_administrator_stays(page, admin):
    mine = Membership.objects.get(user=admin)
    assert page(f"users/{mine.pk}/", {"roles": ["ACC"]}).status_code == 422
    assert "last administrator" in page(f"users/{mine.pk}/remove/", {}, follow=True).text
    assert Membership.objects.filter(pk=mine.pk, roles=["ADM"]).exists()


def test_who_is_removed_sees_nothing_at_once(page, office, accountant):
    member = Membership.objects.get(user=accountant)
    assert page(f"users/{member.pk}/remove/").status_code == 200
    page(f"users/{member.pk}/remove/", {})
    assert visitor(accountant, office)("").status_code == 404


def test_a_member_of_another_office_is_not_found(page):
    other = world.partner(slug="maes", name="Maes Fiduciaire")
    member = Membership.objects.get(user=world.member(other))
    answers = [
        page(f"users/{member.pk}/"),
        page(f"users/{member.pk}/remove/", {}),
        page(f"users/{member.pk}/invite/", {}),
    ]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert Membership.objects.filter(pk=member.pk).exists()


def test_the_invitation_is_sent_again_only_to_who_has_no_password(page, accountant):
    page("users/add/", {"email": "lies@delvaux.example", "roles": ["ACC"]})
    for email in ("lies@delvaux.example", accountant.email):
        page(f"users/{Membership.objects.get(user__email=email).pk}/invite/", {})
    assert [message.to for message in mail.outbox] == [["lies@delvaux.example"]] * 2


def test_a_dialog_is_the_part_of_its_page(page):
    part = page("users/add/", headers={"HX-Request": "true"}).text
    assert "<html" not in part and 'name="email"' in part


def test_a_new_office_gives_its_maker_every_role(db):
    person = world.user()
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    made = {key: OFFICE[key] for key in ("name", "vat_id", "street", "postal_code", "city", "country")}
    answer = client.post("/p/new/", made)
    space = Space.objects.get(kind=Space.Kind.PARTNER)
    assert (answer.status_code, answer["Location"]) == (303, f"/p/{space.slug}/")
    assert Membership.objects.get(user=person, space=space).roles == [role.value for role in PARTNER_ROLES]
