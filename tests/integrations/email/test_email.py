"""What arrives in the mailbox, and what each answer of a mail server means."""

import pytest
from django.core import mail
from django.core.mail.backends.console import EmailBackend as Console

from banqup.invoices.statuses import Kind
from integrations import base, payload
from integrations.email.connector import EmailConnector
from integrations.email.forms import EmailForm
from tests.fakes import email as fake
from tests.integrations import helpers

pytestmark = pytest.mark.django_db
XML = b"<Invoice>2026-0042Molens Van Damme NV</Invoice>"
ADDRESS = "janssens@mailbox.example"


@pytest.fixture
def mailbox(settings):
    with fake.running() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", running.server.port, 5
        settings.DEFAULT_FROM_EMAIL = "Banqup <no-reply@banqup.example>"
        yield running


@pytest.fixture
def integration(space, mailbox):
    return helpers.integration(space, "email", config={"address": ADDRESS})


def push_one(integration, number="2026-0042", **fields):
    return helpers.push(helpers.queued(helpers.released(integration.space, number, **fields), integration))


def test_one_mail_with_the_e_invoice_and_the_pdf(integration, mailbox):
    done = push_one(integration)
    [message] = mailbox.server.messages
    assert {name: message[name] for name in ("From", "To", "Subject", "Message-ID")} == {
        "From": "Banqup <no-reply@banqup.example>",
        "To": ADDRESS,
        "Subject": "AP invoice 2026-0042 Molens Van Damme NV",
        "Message-ID": f"<{done.idempotency_key}@banqup.example>",
    }
    text = message.get_body().get_content()
    assert text.strip() == "invoice 2026-0042 · 2026-03-14 · Molens Van Damme NV · 121.00 EUR"
    stem = "2026-03-14_Molens Van Damme NV_2026-0042"
    assert list(mailbox.documents.values()) == [{f"{stem}.xml": XML, f"{stem}.pdf": helpers.PDF}]
    assert (done.state, done.remote_label, done.remote) == (
        "delivered",
        f"Mailed to {ADDRESS}",
        {"taken": message["Message-ID"]},
    )


def test_bytes_that_a_mail_server_would_change_arrive_as_they_were(integration, mailbox):
    xml = "<Facture>é\r\n.\n.. \t\r</Facture>".encode("latin-1")
    push_one(integration, xml=xml, appendices=[("uren.csv", "text/csv", b"a;b\n1;\xff\r\n")])
    [attached] = mailbox.documents.values()
    assert list(attached.values()) == [xml, helpers.PDF]
    integration.config = {"address": ADDRESS, "appendices": True}
    integration.save()
    push_one(integration, "2026-0043", xml=xml, appendices=[("uren.csv", "text/csv", b"a;b\n1;\xff\r\n")])
    assert list(list(mailbox.documents.values())[1].values()) == [xml, helpers.PDF, b"a;b\n1;\xff\r\n"]


@pytest.mark.parametrize(("send", "expected"), [("e_invoice", [XML]), ("pdf", [helpers.PDF])])
def test_only_what_the_program_reads_is_attached(integration, mailbox, send, expected):
    integration.config = {"address": ADDRESS, "send": send}
    integration.save()
    push_one(integration)
    assert [list(attached.values()) for attached in mailbox.documents.values()] == [expected]


def test_sales_credit_notes_go_to_the_mailbox_for_sales_as_what_they_are(integration, mailbox):
    integration.config = {"address": ADDRESS, "sales_address": "sales@mailbox.example"}
    integration.save()
    credit_note = helpers.released(integration.space, kind=Kind.SALES)
    type(credit_note).objects.update(is_credit_note=True)
    helpers.push(helpers.queued(credit_note, integration))
    push_one(integration, "2026-0043", kind=Kind.SELF_BILLED_OUT)
    assert [(message["To"], message["Subject"]) for message in mailbox.server.messages] == [
        ("sales@mailbox.example", "AR credit-note 2026-0042 Molens Van Damme NV"),
        (ADDRESS, "AP invoice 2026-0043 Molens Van Damme NV"),
    ]


def test_names_never_break_out_of_the_subject_or_the_name_of_a_file(integration, mailbox):
    from banqup.einvoicing import Party

    evil = Party(name="Ça\r\nBcc: all@example.com\x07/../é\u202e")
    push_one(integration, seller=evil)
    [message] = mailbox.server.messages
    assert (message["Bcc"], "\n" in message["Subject"]) == (None, False)
    [attached] = mailbox.documents.values()
    assert list(attached) == [
        f"2026-03-14_CaBcc- all@example.com-..-e_2026-0042{extension}" for extension in (".xml", ".pdf")
    ]


def test_what_is_too_large_is_said_before_anything_is_sent(integration, mailbox):
    integration.config = {"address": ADDRESS, "megabytes": 1}
    integration.save()
    done = push_one(integration, pdf=b"%PDF" + b"x" * 1024 * 1024)
    assert (done.state, done.reason) == (
        "failed",
        "The mail would be 1.4 MB, the mailbox takes 1 MB. Leave out further files in the settings of this "
        "integration, or raise its limit if the mailbox takes more; then resend.",
    )
    assert mailbox.server.messages == []


def test_a_lost_answer_is_sent_again_under_the_same_id(integration, mailbox):
    mailbox.server.answers_to_lose = 1
    export = push_one(integration)
    assert (export.state, helpers.tries(export)) == ("waiting", [(1, "unknown_outcome")])
    done = helpers.push_again(export)
    assert (done.state, helpers.tries(done)) == ("delivered", [(1, "unknown_outcome"), (2, "delivered")])
    assert (len(mailbox.server.messages), len(mailbox.documents)) == (2, 1)


@pytest.mark.parametrize(
    ("answers", "family", "words"),
    [
        ({"RCPT": "450 4.2.1 busy"}, "try_again", f"{ADDRESS} takes nothing at the moment (450); it is tried again."),
        (
            {"RCPT": "550 5.1.1 unknown"},
            "broken_configuration",
            f"The mailbox {ADDRESS} is refused (550). Correct the address, or allow our sender there.",
        ),
        (
            {"MAIL": "553 5.7.1 not yours"},
            "broken_configuration",
            "The mail server does not let us send as no-reply@banqup.example (553). "
            "Ask whoever runs Banqup to correct DEFAULT_FROM_EMAIL.",
        ),
        ({"MAIL": "421 later"}, "try_again", "The mail server puts us off (421); it is tried again."),
        ({"END": "451 4.3.0 later"}, "try_again", "The mail server puts us off (451); it is tried again."),
        (
            {"END": "552 5.3.4 too big"},
            "permanent",
            "The mail is too large for the mail server (552). Leave out further files, then resend.",
        ),
        (
            {"END": "554 5.7.1 no"},
            "permanent",
            "The mail server refused the mail (554). Its answer stands below; repair what it names, then resend.",
        ),
    ],
    ids=lambda value: str(next(iter(value))) if isinstance(value, dict) else "",
)
def test_what_an_answer_of_the_mail_server_means(integration, mailbox, answers, family, words):
    mailbox.server.answers.update(answers)
    export = push_one(integration)
    assert (helpers.tries(export), export.reason, mailbox.documents) == ([(1, family)], words, {})
    said = next(iter(answers.values()))
    attempt = export.attempts.get()
    assert (attempt.response_status, attempt.response_excerpt) == (int(said[:3]), said[4:])


def test_no_mail_server_is_tried_again(integration, settings):
    settings.EMAIL_PORT = 1
    export = push_one(integration)
    assert (helpers.tries(export), export.reason) == (
        [(1, "try_again")],
        "Our mail server can't be reached; it is tried again.",
    )


def test_an_installation_without_mail_says_so(integration, settings):
    settings.EMAIL_BACKEND = f"{Console.__module__}.{Console.__name__}"
    words = "This installation sends no mail. Ask whoever runs it to set EMAIL_URL."
    assert EmailConnector(config={"address": ADDRESS}, secrets={}).check() == [
        base.TestStep(f"Ask the mail server about {ADDRESS}", False, words)
    ]
    assert (push_one(integration).state, helpers.tries(integration.exports.get())) == (
        "waiting",
        [(1, "broken_configuration")],
    )


def test_the_test_asks_for_both_mailboxes_and_sends_nothing(mailbox):
    connector = EmailConnector(config={"address": ADDRESS, "sales_address": "sales@mailbox.example"}, secrets={})
    taken = "A mail for it would be taken. None was sent."
    assert connector.check() == [
        base.TestStep(f"Ask the mail server about {ADDRESS}", True, taken),
        base.TestStep("Ask the mail server about sales@mailbox.example", True, taken),
        base.TestStep(
            "Name the sender",
            True,
            "Mails come from no-reply@banqup.example. If the mailbox asks for known senders, allow it there.",
        ),
    ]
    mailbox.server.answers["RCPT"] = "550 5.1.1 unknown"
    assert [step.ok for step in connector.check()] == [False]
    assert mailbox.server.messages == []


def test_a_mail_that_was_taken_is_not_sent_again(integration, mailbox):
    export = helpers.queued(helpers.released(integration.space), integration)
    connector = EmailConnector(config=integration.config, secrets={})
    connector.push(payload.build(export), remote={"taken": "<x@y>"}, keep=None)
    assert mailbox.server.messages == [] and mail.outbox == []


def test_the_form_says_what_is_wrong_with_a_text():
    def errors(**data):
        form = EmailForm({"address": ADDRESS, **data})
        form.is_valid()
        return form.errors

    assert errors(subject="{number} {nope}")["subject"][0].startswith("{nope} is not a field. Use {year}, ")
    assert errors(body="{number") == {"body": ["A { or } has no partner."]}
    assert errors(megabytes="51", address="x") == {
        "megabytes": ["Ensure this value is less than or equal to 50."],
        "address": ["Enter a valid email address."],
    }
    assert errors(subject="Invoice / {number}", body="Hello {counterparty!r}") == {
        "body": errors(body="{counterparty!r}")["body"]
    }
    form = EmailForm({"address": ADDRESS})
    assert form.is_valid() and form.cleaned_data == {
        "address": ADDRESS,
        "sales_address": "",
        "send": "both",
        "appendices": False,
        "subject": "{direction} {kind} {number} {counterparty}",
        "body": "",
        "megabytes": 20,
    }
