"""One real document into a real account: tested, delivered, and found there again.

    BANQUP_LIVE_YUKI_ACCESS_KEY=… BANQUP_LIVE_YUKI_ADMINISTRATION=… .venv/bin/python -m pytest tests/live -rs

Run only when this folder is named. What has no account is skipped with the variables it wants; the README of
each connector lists them. Every run leaves one document there. Use an account that is made for tests.
"""

import os

import pytest
from django.utils import timezone

from banqup.settings.base import email_settings
from business_space.demo import paper
from integrations import delivery, payload, registry, setup
from tests.factories import einvoices, world
from tests.integrations import helpers

from .accounts import ACCOUNTS

pytestmark = [pytest.mark.django_db, pytest.mark.live]


@pytest.fixture(params=ACCOUNTS, ids=lambda account: account.key)
def account(request, settings):
    if missing := request.param.missing():
        pytest.skip(f"no account: set {', '.join(missing)}")
    if os.environ.get("EMAIL_URL"):
        for name, value in email_settings(os.environ["EMAIL_URL"]).items():
            setattr(settings, name, value)
    return request.param


@pytest.fixture
def connected(account):
    integration = account.integration(world.business())
    yield integration
    account.keep_consent(integration)


def test_an_account_is_tested_gets_one_document_and_knows_it_again(account, connected):
    steps = setup.test(integration=connected, by=world.member(connected.space))
    assert [step.message for step in steps if not step.ok] == []
    connected.refresh_from_db()
    number = f"LIVE-{timezone.now():%Y%m%d-%H%M%S}"
    today = timezone.localdate()
    told = {"number": number, "issue_date": today, "due_date": today, "lines": (einvoices.line(),)}
    what, xml = einvoices.document(**told), einvoices.invoice_bytes(**told)
    invoice = helpers.released(
        connected.space, xml=xml, pdf=paper.pdf(what), **{name: getattr(what, name) for name in SHOWN}
    )
    export = helpers.push(helpers.queued(invoice, connected))
    last = export.attempts.last()
    assert (export.state, last.outcome) == ("delivered", "delivered"), (last.message, last.response_excerpt)
    if account.looks_back:
        # As a worker that died before it could remember anything: it looks, and finds the same.
        connector = delivery.configured(connected)
        again = connector.push(payload.build(export), remote={}, keep=lambda **ids: None)
        assert again.label == export.remote_label


SHOWN = (
    "number", "issue_date", "due_date", "currency", "seller", "buyer", "payment_means", "vat_breakdown",
    "tax_exclusive_total", "tax_total", "tax_inclusive_total", "payable",
)  # fmt: skip


def test_every_connector_that_leaves_this_machine_has_a_live_test():
    assert {account.key for account in ACCOUNTS} == set(registry.CONNECTORS) - {"folder"}
    for account in ACCOUNTS:
        fields = set(registry.get(account.key).config_form.base_fields)
        assert {*account.config, *account.secrets} - {"booking"} <= fields, account.key
