"""Who may look, who may change, and what a forged request gets."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from banqup.spaces.models import Engagement, InboundAddress, Membership
from tests.factories import world

from .conftest import browser, visitor

PAGES = [
    "company/",
    "users/",
    "accountant/",
    "approval/",
    "extensions/",
    "intake/",
    "sending/",
]


@pytest.mark.parametrize("path", PAGES)
def test_every_member_may_look(space, admin, colleague, path):
    assert visitor(admin, space)(path).status_code == 200
    answer = visitor(colleague, space)(path)
    assert answer.status_code == 200
    assert "You can look here, not change." in answer.text
    assert "This needs the role administrator. Ask " in answer.text


@pytest.mark.parametrize("path", ["", *PAGES, "users/add/", "extensions/add/webhook/"])
def test_another_space_does_not_exist_for_a_stranger(space, stranger, path):
    assert visitor(stranger, space)(path).status_code == 404
    assert visitor(stranger, space)(path, {}).status_code == 404


def test_nobody_looks_without_signing_in(client, space):
    answer = client.get(f"/s/{space.slug}/settings/company/")
    assert answer.status_code == 302
    assert answer.url.startswith("/account/login/")


@pytest.fixture
def things(space, admin, colleague):
    """One of each thing that can be changed."""
    integration = world.integration(space, connector="folder", name="Archive", config={"folder": "janssens"})
    engagement = world.engaged(space, world.partner())
    address, _token = InboundAddress.issue(space=space, name="Access point", by=admin)
    member = Membership.objects.get(user=admin)
    return {"integration": integration.pk, "engagement": engagement.pk, "address": address.pk, "member": member.pk}


POSTS = [
    ("company/", {"name": "Taken over"}),
    ("users/add/", {"email": "eve@evil.example", "roles": ["ADM"]}),
    ("users/{member}/", {"roles": ["AUD"]}),
    ("users/{member}/remove/", {}),
    ("users/{member}/invite/", {}),
    ("accountant/", {"who": "delvaux"}),
    ("accountant/{engagement}/end/", {}),
    ("accountant/{engagement}/answer/", {"answer": "accept"}),
    ("approval/", {"auto_approve": "never"}),
    ("extensions/add/folder/", {"integration-name": "Mine", "folder": "mine"}),
    ("extensions/{integration}/", {"folder": "elsewhere"}),
    ("extensions/{integration}/test/", {}),
    ("extensions/{integration}/activate/", {}),
    ("extensions/{integration}/deactivate/", {}),
    ("intake/", {"name": "Back door"}),
    ("intake/{address}/revoke/", {}),
]


@pytest.mark.parametrize(("path", "data"), POSTS)
def test_a_forged_request_without_the_role_is_refused_with_words_and_changes_nothing(
    space, colleague, things, path, data
):
    def facts():
        space.refresh_from_db()
        return (
            space.name,
            space.auto_approve,
            sorted(Membership.objects.values_list("user__email", "roles__0")),
            list(space.integrations.values_list("name", "config", "is_active", "tested_at")),
            list(space.engagements_as_business.values_list("status")),
            list(space.inbound_addresses.values_list("name", "revoked_at")),
        )

    before = facts()
    answer = visitor(colleague, space)(path.format(**things), data)
    assert answer.status_code == 403
    assert "role" in answer.text or "may not" in answer.text
    assert facts() == before


def test_things_of_another_space_are_not_found(space, admin, stranger):
    theirs = Membership.objects.get(user=stranger)
    integration = world.integration(theirs.space)
    client = browser(admin)
    base = f"/s/{space.slug}/settings"
    for path in (f"users/{theirs.pk}/", f"extensions/{integration.pk}/", f"extensions/{integration.pk}/missed/"):
        assert client.get(f"{base}/{path}").status_code == 404


def test_the_accountants_integration_is_not_opened_from_the_business(space, page):
    engagement = world.engaged(space, world.partner())
    theirs = world.integration(space, name="Exact Online", engagement=engagement)
    listed = page("extensions/").text
    assert "Exact Online" in listed
    assert f"extensions/{theirs.pk}/" not in listed
    assert page(f"extensions/{theirs.pk}/").status_code == 404


@pytest.mark.parametrize("path", ["users/", "intake/", "accountant/"])
def test_a_longer_list_costs_no_more_queries(space, admin, colleague, path, django_assert_max_num_queries):
    client = visitor(colleague, space)
    client(path)
    with CaptureQueriesContext(connection) as first:
        client(path)
    for n in range(4):
        world.member(space, "AUD", email=f"p{n}@janssens.example")
        InboundAddress.issue(space=space, name=f"Address {n}", by=admin)
        other = world.partner(slug=f"office-{n}", name=f"Office {n}")
        Engagement.objects.create(business=space, partner=other, invited_side="partner", invited_by=admin)
    with django_assert_max_num_queries(len(first)):
        client(path)
