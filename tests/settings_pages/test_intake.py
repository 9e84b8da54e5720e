"""Ways in: secret addresses."""

import html
import re

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from banqup.spaces.models import InboundAddress

ADDRESS = re.compile(r'id="fresh-address">([^<]+)<')


@pytest.fixture
def made(page):
    """The full address, as the page showed it, and the page's own address."""
    answer = page("intake/", {"name": "Access point"})
    assert answer.status_code == 303
    shown = page(answer.url)
    assert "no-store" in shown["Cache-Control"]
    return html.unescape(ADDRESS.search(shown.text).group(1)), answer.url


def test_an_address_is_shown_once_and_kept_nowhere(made, page):
    url, where = made
    token = url.rstrip("/").rpartition("/")[2]
    assert InboundAddress.find(token).name == "Access point"
    assert token not in page(where).text
    assert token not in page("intake/").text
    assert token not in str([row.get_decoded() for row in Session.objects.all()])
    assert token not in str(InboundAddress.objects.values().get())


def test_it_is_not_readable_in_the_session_while_it_waits_to_be_shown(page):
    page("intake/", {"name": "Access point"})
    (row,) = Session.objects.all()
    assert "/inbound/" not in str(row.get_decoded())


def test_the_address_works_until_it_is_revoked(made, page):
    path = "/" + made[0].split("/", 3)[3]
    address = InboundAddress.objects.get()
    assert Client().post(path, b"%PDF-1.4", content_type="application/pdf").status_code in (200, 202)
    assert "at once and for good" in page(f"intake/{address.pk}/revoke/").text
    page(f"intake/{address.pk}/revoke/", {})
    assert Client().post(path, b"%PDF-1.5", content_type="application/pdf").status_code == 404
    shown = page("intake/").text
    assert "revoked" in shown and "No address yet" in shown


def test_a_revoked_address_is_not_revoked_twice(made, page):
    address = InboundAddress.objects.get()
    page(f"intake/{address.pk}/revoke/", {})
    first = InboundAddress.objects.get().revoked_at
    page(f"intake/{address.pk}/revoke/", {})
    assert InboundAddress.objects.get().revoked_at == first


def test_an_address_needs_a_name(page):
    assert page("intake/", {"name": " "}).status_code == 422
    assert not InboundAddress.objects.exists()


def test_the_page_promises_only_what_exists(page):
    shown = page("intake/").text
    assert "No mailbox is read yet" in shown


def test_the_folders_that_the_server_watches_are_named_where_it_watches_any(page, settings, tmp_path):
    assert "Watched folder" not in page("intake/").text
    settings.BANQUP_INTAKE_ROOT = tmp_path
    (tmp_path / "janssens" / "sales").mkdir(parents=True)
    shown = " ".join(re.sub(r"<[^>]+>", " ", page("intake/").text).split())
    assert (
        f"Purchase {tmp_path}/janssens/purchase Not there yet: ask whoever runs the server to make it. "
        f"Sales {tmp_path}/janssens/sales Works"
    ) in shown
