"""What stands in the bucket, and what each answer of a store means."""

import pytest

from banqup.einvoicing import Party
from integrations import base
from integrations.s3.connector import S3Connector
from integrations.s3.forms import S3Form
from tests.fakes.s3 import Store, error
from tests.fakes.server import html, lose_answer, path, status
from tests.integrations import helpers
from tests.integrations.s3.destination import Destination

pytestmark = pytest.mark.django_db
XML = b"<Invoice>2026-0042Molens Van Damme NV</Invoice>"


@pytest.fixture
def store():
    with Store() as running:
        yield running


@pytest.fixture
def integration(space, store):
    there = Destination(store)
    return helpers.integration(space, "s3", config=there.config, secrets=there.secrets)


def push_one(integration, number="2026-0042", **fields):
    return helpers.push(helpers.queued(helpers.released(integration.space, number, **fields), integration))


def test_the_e_invoice_and_the_pdf_have_one_name(integration, store):
    done = push_one(integration)
    assert (done.state, done.remote_label) == ("delivered", "invoices/2026/2026-0042.xml")
    assert store.objects == {"2026/2026-0042.xml": XML, "2026/2026-0042.pdf": helpers.PDF}
    assert done.remote == {
        "wanted": "invoices/2026/2026-0042",
        "suffix": 1,
        "files": ["invoices/2026/2026-0042.xml", "invoices/2026/2026-0042.pdf"],
    }


def test_names_with_every_awkward_character_are_signed_and_stored(integration, store):
    integration.config["pattern"] = "in voor & door/{counterparty}/{number}"
    integration.save()
    name = "Ça + 50% = 'é' (~$!) #1;@,[x]^`{y}"
    done = push_one(integration, seller=Party(name=name))
    assert (done.state, sorted(store.objects)) == (
        "delivered",
        [f"in voor & door/{name}/2026-0042{extension}" for extension in (".pdf", ".xml")],
    )


@pytest.mark.parametrize("conditions", ["kept", "unknown", "ignored"])
@pytest.mark.parametrize("encrypts", [False, True])
def test_another_document_of_the_name_is_left_alone_and_ours_is_found_again(integration, store, conditions, encrypts):
    store.conditions, store.encrypts = conditions, encrypts
    first = push_one(integration)
    other = push_one(integration, xml=b"<Invoice>another</Invoice>")
    again = helpers.push(helpers.queued(first.invoice, integration))
    assert [done.remote["suffix"] for done in (first, other, again)] == [1, 2, 1]
    assert store.objects == {
        "2026/2026-0042.xml": XML,
        "2026/2026-0042.pdf": helpers.PDF,
        "2026/2026-0042-2.xml": b"<Invoice>another</Invoice>",
        "2026/2026-0042-2.pdf": helpers.PDF,
    }


def test_a_name_taken_between_looking_and_writing_is_not_overwritten(integration, store):
    def somebody_is_faster(fake, request):
        fake.objects["2026/2026-0042.xml"], fake.marks["2026/2026-0042.xml"] = b"theirs", {}
        return fake.reply(request)

    store.next(somebody_is_faster, when=path("/", "PUT"))
    assert push_one(integration).remote["suffix"] == 2
    assert store.objects["2026/2026-0042.xml"] == b"theirs"


def test_a_lost_answer_is_looked_for_and_not_sent_twice(integration, store):
    store.next(lose_answer(), when=path("/", "PUT"))
    export = push_one(integration)
    done = helpers.push_again(export)
    assert helpers.tries(done) == [(1, "unknown_outcome"), (2, "delivered")]
    puts = [request.path for request in store.requests if request.method == "PUT"]
    assert puts == ["/invoices/2026/2026-0042.xml", "/invoices/2026/2026-0042.pdf"]


@pytest.mark.parametrize(
    ("reply", "family", "words"),
    [
        (status(503), "try_again", "{url} answered 503; it is tried again."),
        (status(503, b"<Code>SlowDown</Code>", Retry_After=60), "wait_until", "{url} answered 503; it is tried again."),
        (lambda *_: error(400, "BadDigest"), "try_again", "{url} answered 400; it is tried again."),
        (status(409), "try_again", "2026/2026-0042.xml is being written by somebody else at this moment; it is tried again."),
        (
            lambda *_: error(403, "InvalidAccessKeyId"),
            "broken_configuration",
            "{url} does not accept the access key. Enter it anew.",
        ),
        (
            lambda *_: error(403, "AccessDenied"),
            "broken_configuration",
            "The access key may not read or write invoices/2026/2026-0042.xml. "
            "Give it the rights to list the bucket, to read and to write.",
        ),
        (
            lambda *_: error(403, "RequestTimeTooSkewed"),
            "broken_configuration",
            "The clocks of this server and of {url} differ. Ask whoever runs Banqup to set its clock.",
        ),
        (
            status(301, b"", x_amz_bucket_region="us-west-2"),
            "broken_configuration",
            "The bucket invoices is in the region us-west-2. Enter that region and its address.",
        ),
        (status(302, b"", Location="http://10.0.0.1/"), "broken_configuration", "{url} answers with a redirect. Enter the final address."),
        (
            lambda *_: error(400, "EntityTooLarge"),
            "permanent",
            "{url} does not take 2026/2026-0042.xml: too large, or too long a name.",
        ),
        (lambda *_: error(400, "InvalidArgument"), "refused", "{url} refused 2026/2026-0042.xml (400 InvalidArgument)."),
        (
            html(),
            "unknown_outcome",
            "{url} answered, but not as an S3 store does. What arrived is looked for at the next try.",
        ),
    ],
    ids=["503", "slow", "damaged", "409", "key", "rights", "clock", "region", "redirect", "large", "other", "html"],
)  # fmt: skip
def test_what_an_answer_means(integration, store, reply, family, words):
    store.next(reply, when=path("/", "PUT"))
    export = push_one(integration)
    assert (helpers.tries(export), export.reason, store.objects) == (
        [(1, family)],
        words.replace("{url}", store.url),
        {},
    )
    kept = export.attempts.get()
    assert store.secret_key not in kept.response_excerpt + kept.message


def check(store, **config):
    there = Destination(store)
    return S3Connector(config={**there.config, **config}, secrets=there.secrets).check()


def test_the_test_writes_and_removes_a_file_below_the_folder_that_all_share(store):
    assert check(store, pattern="banqup/in/{year}/{number}") == [
        base.TestStep("Look into the bucket", True, f"{store.url} · invoices"),
        base.TestStep("Write a test file", True, "banqup/in/.banqup-test was written and removed."),
        base.TestStep("Name an example", True, "invoices/banqup/in/2026/2026-0042.xml"),
    ]
    assert store.objects == {}
    store.may.remove("DELETE")
    assert check(store)[1].message == ".banqup-test was written. It stays: the key may not delete."


def test_the_test_says_in_words_what_is_wrong(store):
    def said(**config):
        last = check(store, **config)[-1]
        return last.ok, last.message

    assert said(bucket="other") == (False, f"There is no bucket other at {store.url}.")
    assert said(region="us-east-1") == (
        False,
        "The bucket invoices is in the region eu-west-1. Enter that region and its address.",
    )
    assert said(access_key="nobody") == (False, f"{store.url} does not accept the access key. Enter it anew.")
    store.may.remove("PUT")
    assert said()[1].startswith("The access key may not read or write invoices/.banqup-test.")
    store.next(html())
    assert said() == (False, f"{store.url} does not answer as an S3 store does. Check the address.")
    store.secret_key = "changed since"
    there = Destination(store)
    steps = S3Connector(config=there.config, secrets={"secret_key": "old"}).check()
    assert [step.message for step in steps] == [f"{store.url} does not accept the access key. Enter it anew."]


def test_private_addresses_are_refused_for_every_connection(store, settings, integration):
    settings.BANQUP_ALLOW_PRIVATE_WEBHOOKS = False
    form = S3Form({**integration.config, "secret_key": "x"})
    assert not form.is_valid() and form.errors == {"endpoint": ["Enter an address that begins with https://."]}
    integration.config["endpoint"] = "https://localhost"
    integration.save()
    export = push_one(integration)
    assert helpers.tries(export) == [(1, "broken_configuration")]
    assert "leads into a private network" in export.reason


def test_the_form_takes_the_address_of_the_store_only():
    filled = {"bucket": "docs", "access_key": "A", "secret_key": "s", "endpoint": "https://s3.example.com/"}
    form = S3Form(filled)
    assert form.is_valid() and (form.cleaned_data["endpoint"], form.cleaned_data["region"]) == (
        "https://s3.example.com",
        "us-east-1",
    )
    for endpoint in ("https://s3.example.com/in", "https://s3.example.com?x", "https://é.example.com"):
        assert S3Form({**filled, "endpoint": endpoint}).errors == {
            "endpoint": ["Enter the store's address only, without the bucket or anything behind it."]
        }
