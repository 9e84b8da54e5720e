"""The connection test, the form, and how a signing secret changes."""

import base64
from datetime import timedelta

import pytest
from django.utils import timezone
from standardwebhooks import Webhook

from integrations import base, payload
from integrations.webhook import message
from integrations.webhook.connector import WebhookConnector
from integrations.webhook.forms import WebhookForm, generate_secret
from tests.integrations import helpers

pytestmark = pytest.mark.django_db


@pytest.fixture
def export(space, webhook):
    return helpers.queued(helpers.released(space), webhook)


def test_the_connection_test_is_signed_and_holds_no_document(sink, secret):
    steps = WebhookConnector(config={"url": sink.url}, secrets={"secret": secret}).check()
    assert steps == [base.TestStep("Send a signed test message", True, f"{sink.url} answered 200.")]
    received = sink.requests[0]
    assert Webhook(secret).verify(received.body, received.headers)["type"] == "webhook.test"


def test_the_connection_test_fails_in_words(sink, secret):
    sink.then(sink.status(404))
    steps = WebhookConnector(config={"url": sink.url}, secrets={"secret": secret}).check()
    assert steps == [base.TestStep("Send a signed test message", False, f"{sink.url} refused the document (404).")]


def test_a_secret_that_is_not_entered_is_made_and_shown_once():
    kept, shown = WebhookConnector.renew_secrets({}, {"secret": ""})
    assert shown == kept
    assert len(base64.b64decode(kept["secret"].removeprefix("whsec_"))) == 32
    assert WebhookConnector.renew_secrets(kept, {"secret": ""}) == (kept, {})


def test_for_a_day_after_a_change_the_old_secret_signs_too(export, sink, webhook):
    old, new = webhook.read_secrets()["secret"], generate_secret()
    kept, shown = WebhookConnector.renew_secrets({"secret": old}, {"secret": new})
    assert shown == {}
    webhook.keep_secrets(kept, by=None)
    webhook.save()
    helpers.push(export)
    received = sink.requests[0]
    for secret in (old, new):
        assert Webhook(secret).verify(received.body, received.headers)
    assert message.signing_secrets(kept, timezone.now() + timedelta(hours=23)) == [new, old]
    assert message.signing_secrets(kept, timezone.now() + timedelta(hours=25)) == [new]


@pytest.mark.parametrize(
    ("entered", "valid"),
    [
        ({"url": "https://example.com/hook"}, True),
        ({"url": "https://example.com/hook", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8G"}, True),
        ({"url": "https://example.com/hook", "secret": "whsec_short"}, False),
        ({"url": "https://example.com/hook", "secret": "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8G"}, False),
        ({"url": "https://example.com/hook", "secret": "whsec_nöt base64"}, False),
        ({"url": "https://user@example.com/"}, False),
        ({"url": "ftp://example.com/"}, False),
        ({"url": ""}, False),
    ],
)
def test_the_form_takes_what_can_work(entered, valid):
    assert WebhookForm(entered).is_valid() is valid


def test_the_payload_has_the_same_body_at_every_build(export):
    first, second = (message.approved(payload.build(export), attach=True) for _ in range(2))
    assert first == second
