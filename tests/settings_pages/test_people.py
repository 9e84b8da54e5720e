"""Users and roles."""

import re

import pytest
from django.core import mail
from django.test import Client

from banqup.spaces.models import Membership, User
from tests.factories import world

from .conftest import visitor


def test_somebody_who_has_an_account_is_in_at_once_and_gets_no_mail(space, page, stranger):
    answer = page("users/add/", {"email": stranger.email.upper(), "roles": ["PR", "FR"]})
    assert answer.status_code == 303
    assert Membership.objects.get(space=space, user=stranger).roles == ["PR", "FR"]
    assert mail.outbox == []
    assert visitor(stranger, space)("users/").status_code == 200


def test_somebody_new_chooses_a_password_with_the_mailed_link(space, page):
    page("users/add/", {"email": "Lies@Janssens.example", "name": "Lies", "roles": ["PA"]})
    person = User.objects.get(email="lies@janssens.example")
    assert not person.has_usable_password()
    assert "has not signed in yet" in page("users/").text
    (sent,) = mail.outbox
    assert sent.to == ["lies@janssens.example"] and "invites you to Bakkerij Janssens BV" in sent.subject
    path = re.search(r"https?://[^/]+(/\S+)", sent.body).group(1)
    browser = Client()
    form = browser.get(path, follow=True)
    secret = "a quite long password 17"
    browser.post(form.redirect_chain[-1][0], {"password1": secret, "password2": secret})
    person.refresh_from_db()
    assert person.check_password(secret)
    assert browser.get(path, follow=True).status_code == 200
    assert "password1" not in browser.get(path, follow=True).text  # it works once


def test_a_mail_server_that_is_down_does_not_lose_the_person(page, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    page("users/add/", {"email": "lies@janssens.example", "roles": ["PA"]})
    shown = page("users/").text
    assert "could not be sent" in shown and "Send the invitation again" in shown


def test_the_invitation_is_sent_again_only_to_who_has_no_password(page, space, colleague):
    page("users/add/", {"email": "lies@janssens.example", "roles": ["PA"]})
    waiting = Membership.objects.get(user__email="lies@janssens.example")
    page(f"users/{waiting.pk}/invite/", {})
    page(f"users/{Membership.objects.get(user=colleague).pk}/invite/", {})
    assert [message.to for message in mail.outbox] == [["lies@janssens.example"]] * 2


@pytest.mark.parametrize("roles", [[], ["ACC"], ["XXX"]])
def test_only_roles_of_a_business_are_given(page, space, admin, roles):
    assert page("users/add/", {"email": "lies@janssens.example", "roles": roles}).status_code == 422
    assert Membership.objects.count() == 1


def test_nobody_is_added_twice(page, colleague):
    answer = page("users/add/", {"email": colleague.email, "roles": ["FR"]})
    assert answer.status_code == 422 and "already" in answer.text


def test_roles_are_changed(page, colleague):
    member = Membership.objects.get(user=colleague)
    assert page(f"users/{member.pk}/", {"roles": ["FR", "PR"]}).status_code == 303
    member.refresh_from_db()
    assert member.roles == ["PR", "FR"]


def test_the_last_administrator_stays(page, space, admin, colleague):
    mine, other = Membership.objects.get(user=admin), Membership.objects.get(user=colleague)
    assert page(f"users/{mine.pk}/", {"roles": ["PR"]}).status_code == 422
    page(f"users/{mine.pk}/remove/", {})
    mine.refresh_from_db()
    assert "ADM" in mine.roles
    assert "is the last administrator" in page("users/").text
    page(f"users/{other.pk}/", {"roles": ["ADM"]})
    User.objects.filter(pk=colleague.pk).update(is_active=False)  # a closed account does not count
    page(f"users/{mine.pk}/remove/", {})
    assert Membership.objects.filter(pk=mine.pk).exists()
    User.objects.filter(pk=colleague.pk).update(is_active=True)
    assert page(f"users/{mine.pk}/remove/", {}).url == "/"
    assert page("users/").status_code == 404


def test_who_is_removed_sees_nothing_any_more(page, space, colleague):
    page(f"users/{Membership.objects.get(user=colleague).pk}/remove/", {})
    assert visitor(colleague, space)("company/").status_code == 404
    assert User.objects.filter(pk=colleague.pk).exists()


def test_a_closed_account_is_not_added(page, space):
    world.user(email="gone@janssens.example", is_active=False)
    answer = page("users/add/", {"email": "gone@janssens.example", "roles": ["PA"]})
    assert answer.status_code == 422 and "is closed" in answer.text
