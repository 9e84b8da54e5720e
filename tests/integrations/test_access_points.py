"""What comes in over an access point, how it calls us, and how an account is set up."""

import hashlib
import hmac
import re
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from banqup.einvoicing import InvoiceResponse, Party, write_response
from banqup.invoices.models import Invoice, Receipt
from banqup.sending.models import AccessPoint, NetworkAnswer, Transmission
from integrations import access_point_setup, access_points, asking, fetching, transmitting
from integrations.access_point_setup import SetupRefused
from tests.factories import einvoices, network, sales, world
from tests.fakes import server

pytestmark = pytest.mark.django_db
OWN = "0208:0702451135"


@pytest.fixture(params=access_points.ACCESS_POINTS)
def opened(request, settings):
    with network.provider(request.param, settings) as (module, fake):
        yield request.param, module, fake


@pytest.fixture
def fake(opened):
    return opened[2]


@pytest.fixture
def account(space, opened):
    return network.account(space, opened[0])


@pytest.fixture
def peppyrus(settings):
    with network.provider("peppyrus", settings) as (_module, running):
        yield running


def fetch(account) -> int:
    """What the worker does when it is time to look into the inbox."""
    AccessPoint.objects.filter(pk=account.pk).update(fetch_at=timezone.now())
    assert fetching.due() == [account.pk]
    return fetching.fetch(account.pk)


def attention() -> str:
    return AccessPoint.objects.get().attention


# --- in -----------------------------------------------------------------------------------------


def test_an_invoice_that_comes_in_is_kept_and_acknowledged_once(
    space, opened, account, nudges, django_capture_on_commit_callbacks
):
    key, _module, fake = opened
    data = einvoices.invoice_bytes()
    remote_id = fake.arrive(data, to=OWN)
    with django_capture_on_commit_callbacks(execute=True):
        assert fetch(account) == 1
    receipt = Receipt.objects.get()
    assert (receipt.channel, receipt.direction, receipt.message_id, receipt.load()) == (
        "peppol",
        "purchase",
        f"{key}:{remote_id}",
        data,
    )
    assert ("integrations.tasks.judge_receipt", (receipt.pk,)) in nudges
    assert fake.unread(to=OWN) == []
    assert (fetch(account), Receipt.objects.count()) == (0, 1)


def test_what_could_not_be_acknowledged_comes_again_and_is_taken_once(space, opened, account, fake):
    fake.arrive(einvoices.invoice_bytes(), to=OWN)
    fake.next(server.hang_up(), when=lambda request: request.method in ("PATCH", "POST"))
    assert (fetch(account), len(fake.unread(to=OWN)), Receipt.objects.count()) == (1, 1, 1)
    assert (fetch(account), fake.unread(to=OWN), Receipt.objects.count()) == (1, [], 1)


def test_what_can_not_be_kept_stays_there_and_holds_nothing_up(space, account, fake, settings):
    settings.BANQUP_MAX_UPLOAD_BYTES = 200_000
    large = fake.arrive(b"<a>" + b"x" * 200_000 + b"</a>", to=OWN)
    fake.arrive(einvoices.invoice_bytes(), to=OWN)
    assert (fetch(account), fake.unread(to=OWN), Receipt.objects.count()) == (1, [large], 1)
    assert re.search(f"stays at .* \\({large}\\): .* is larger than", attention())


def test_an_inbox_that_does_not_let_us_in_says_so_and_one_that_is_away_is_asked_again(space, account, fake):
    fake.next(server.status(503))
    assert (fetch(account), attention()) == (0, "")
    fake.next(server.status(401))
    assert fetch(account) == 0
    assert "does not take the keys (401)" in attention()
    fake.next(server.status(429, Retry_After=3600))
    fetch(account)
    assert AccessPoint.objects.get().fetch_at > timezone.now() + timedelta(minutes=50)


def test_one_worker_at_a_time_looks_into_an_inbox(account, fake):
    AccessPoint.objects.update(fetch_lease_until=timezone.now() + timedelta(minutes=1), fetch_at=timezone.now())
    assert (fetching.due(), fetching.fetch(account.pk), fake.requests) == ([], 0, [])
    # The worker that held it died.
    AccessPoint.objects.update(fetch_lease_until=timezone.now() - timedelta(seconds=1))
    assert fetching.due() == [account.pk]


def test_an_answer_that_comes_in_moves_the_document_and_proves_its_arrival(space, opened, account):
    key, _module, fake = opened
    invoice = sales.issued(space, world.member(space, "SR"), way="peppol")
    transmitting.transmit(invoice.transmissions.get().pk)
    customer = Party(name="Hotel", endpoint_id=einvoices.enterprise_number(77), endpoint_scheme="0208")
    said = InvoiceResponse(
        code="AP",
        number="R-1",
        issue_date=date(2026, 11, 20),
        sender=customer,
        receiver=Party(name=space.name, endpoint_id=space.endpoint_id, endpoint_scheme="0208"),
        invoice_number=invoice.number,
        invoice_date=invoice.issue_date,
        invoice_type="380",
    )
    remote_id = fake.arrive(write_response(said), to=OWN, sender=f"0208:{einvoices.enterprise_number(77)}")
    assert (fetch(account), fake.unread(to=OWN)) == (1, [])
    answer = NetworkAnswer.objects.get()
    assert (answer.source, answer.message_id, answer.code, answer.outcome) == (
        "peppol",
        f"{key}:{remote_id}",
        "AP",
        "applied",
    )
    invoice = Invoice.objects.get(pk=invoice.pk)
    assert (invoice.document_status, invoice.delivery_status) == ("FULLY_APPROVED", "RECEIVED")
    assert asking.due() == []  # there is news
    assert not Receipt.objects.exists()


# --- calls --------------------------------------------------------------------------------------


@pytest.fixture
def address(space, account):
    return access_point_setup.new_address(account=account, by=world.member(space, "ADM"))


def call(address, body=b"{}", **headers):
    named = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    return Client().post(address, body, content_type="application/json", **named).status_code


def test_a_call_makes_us_look_but_never_more_often_than_every_ten_seconds(
    account, address, fake, nudges, django_capture_on_commit_callbacks
):
    AccessPoint.objects.update(fetch_at=timezone.now() + timedelta(minutes=5))
    fake.arrive(einvoices.invoice_bytes(), to=OWN)
    body, _headers = fake.announcement(fake.messages[0])
    with django_capture_on_commit_callbacks(execute=True):
        assert call(address, body) == 202
    assert nudges == [("integrations.tasks.fetch", (account.pk,))]
    assert fetching.fetch(account.pk) == 1
    with django_capture_on_commit_callbacks(execute=True):
        assert [call(address, body) for _each in range(20)] == [202] * 20
    looked = AccessPoint.objects.get()
    assert (len(nudges), looked.fetch_at - looked.polled_at) == (1, timedelta(seconds=10))
    assert (fetching.due(), Receipt.objects.count()) == ([], 1)


def test_a_call_about_a_message_of_ours_has_it_asked_about_and_is_not_believed(space, account, address, fake, nudges):
    invoice = sales.issued(space, world.member(space, "SR"), way="peppol")
    transmitting.transmit(invoice.transmissions.get().pk)
    row = Transmission.objects.get()
    body, _headers = fake.announcement(fake.sent[0])
    assert call(address, body.replace(b"delivered", b"failed")) == 202
    assert asking.due() == [row.pk]
    asking.ask(row.pk)
    assert Invoice.objects.get(pk=invoice.pk).delivery_status == "SENT"


def test_calls_to_other_addresses_and_of_others_do_nothing(space, account, address, fake):
    assert call("/access-points/there-is-no-such-token/") == 404
    assert Client().get(address).status_code == 405
    assert call(address, b"\xff" * 100_000) == 202
    AccessPoint.objects.update(is_active=False)
    assert call(address) == 404
    AccessPoint.objects.update(is_active=True)
    newer = access_point_setup.new_address(account=account, by=world.member(space, "ADM", email="two@example.com"))
    assert (call(address), call(newer)) == (404, 202)


def test_where_the_provider_signs_a_call_without_its_signature_is_turned_away(space, settings):
    with network.provider("recommand", settings) as (module, fake):
        account = network.account(space, "recommand", secrets={**module.SECRETS, "webhook_secret": "hush"})
        address = access_point_setup.new_address(account=account, by=world.member(space, "ADM"))
        body = b'{"documentId": "doc_1"}'
        right = "sha256=" + hmac.new(b"hush", body, hashlib.sha256).hexdigest()
        statuses = [
            call(address, body),
            call(address, body, x_signature="sha256=0"),
            call(address, body, x_signature=right),
        ]
        assert statuses == [403, 403, 202]


# --- set-up -------------------------------------------------------------------------------------


def browser_of(user) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(name, space, *args) -> str:
    return reverse(f"business:settings_sending{name}", args=[space.slug, *args])


def test_an_account_is_set_up_tested_activated_and_switched_off_on_its_page(space, opened):
    key, module, _fake = opened
    browser = browser_of(world.member(space, "ADM"))
    said = browser.post(page("_add", space, key), module.FORM)
    account = AccessPoint.objects.get()
    own = page("_account", space, account.pk)
    assert (said.status_code, said["Location"]) == (303, own)
    assert "after the test passes" in browser.get(own).content.decode()
    browser.post(page("_activate", space, account.pk))
    assert not AccessPoint.objects.get().is_active
    assert browser.post(page("_test", space, account.pk))["Location"] == own + "#test"
    browser.post(page("_activate", space, account.pk))
    account.refresh_from_db()
    assert (account.is_active, account.test_passed, [step["ok"] for step in account.test_steps]) == (
        True,
        True,
        [True, True],
    )
    shown = browser.get(browser.post(page("_address", space, account.pk))["Location"]).content.decode()
    assert re.search(r"/access-points/[\w-]{40,}/", shown)
    pages = [
        browser.get(each).content.decode() for each in (own, page("", space), own + "?made=1", own + "?replace=api_key")
    ]
    for secret in [module.SECRETS["api_key"], "/access-points/"]:
        assert secret not in "".join(pages)
    assert "No document waits." in browser.get(page("_deactivate", space, account.pk)).content.decode()
    browser.post(page("_deactivate", space, account.pk))
    assert not AccessPoint.objects.get().is_active


def test_who_may_not_manage_integrations_may_look_and_a_stranger_not(space, peppyrus):
    account = network.account(space, "peppyrus")
    reader, stranger = browser_of(world.member(space, "AUD")), browser_of(world.member(world.business("other"), "ADM"))
    own = page("_account", space, account.pk)
    assert (reader.get(own).status_code, reader.get(page("", space)).status_code) == (200, 200)
    for name in ("_test", "_activate", "_deactivate", "_address"):
        assert reader.post(page(name, space, account.pk)).status_code == 403
        assert stranger.post(page(name, space, account.pk)).status_code == 404
    assert (reader.post(own, {"network": "test"}).status_code, stranger.get(own).status_code) == (403, 404)
    assert reader.get(page("_add", space, "peppyrus")).status_code == 403


def test_a_secret_left_empty_stays_and_one_of_another_account_is_never_mixed_in(space, peppyrus):
    owner = world.member(space, "ADM")
    account = network.account(space, "peppyrus")
    form = access_point_setup.form(account, {"network": "test", "api_key": ""})
    assert form.is_valid()
    kept = access_point_setup.configure(account=account, cleaned=form.cleaned_data, by=owner)
    assert (kept.read_secrets(), kept.config, kept.test_passed) == (
        {"api_key": "key-0702451135"},
        {"network": "test"},
        None,
    )
    other = network.account(space, "peppyrus", is_active=False)
    AccessPoint.objects.filter(pk=other.pk).update(sealed_secrets=kept.sealed_secrets)
    other.refresh_from_db()
    steps = access_point_setup.test(account=other, by=owner)
    assert [step.ok for step in steps] == [False]
    assert "belong to another" in steps[0].message


def test_a_space_uses_one_access_point_at_a_time(space, peppyrus):
    owner = world.member(space, "ADM")
    network.account(space, "peppyrus")
    second = network.account(space, "recommand", is_active=False, activated_at=None)
    with pytest.raises(SetupRefused, match="Switch off Peppyrus first"):
        access_point_setup.activate(account=second, by=owner)


def test_keys_of_accounts_are_rotated_too(space, settings, capsys):
    from cryptography.fernet import Fernet

    account = network.account(space, "peppyrus")
    settings.BANQUP_SECRET_KEYS = [Fernet.generate_key().decode(), *settings.BANQUP_SECRET_KEYS]
    call_command("rotate_keys")
    settings.BANQUP_SECRET_KEYS = settings.BANQUP_SECRET_KEYS[:1]
    assert AccessPoint.objects.get(pk=account.pk).read_secrets() == {"api_key": "key-0702451135"}
