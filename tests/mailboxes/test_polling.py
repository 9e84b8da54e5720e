"""A mailbox that is read: every document once, nothing lost, nothing approved, and every trouble told once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from banqup.actions import intake
from banqup.conversations.models import Notification
from banqup.invoices.models import Invoice, Receipt
from banqup.invoices.statuses import DeliveryStatus, DocumentStatus
from banqup.mailboxes.models import ArrivedMail, Mailbox
from banqup.reminders.models import Letter
from banqup.sending.models import NetworkAnswer
from banqup.spaces.models import Space
from business_space.demo import paper
from integrations import mailbox_polling, mailbox_tasks
from tests.factories import bounces, einvoices, mails, sales, world
from tests.fakes.imap import half, hang_up, lose_answer, say

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7 an invoice"


def kept():
    return list(Receipt.objects.order_by("pk").values_list("filename", "channel", "direction"))


def judged() -> list[Invoice]:
    for receipt in Receipt.objects.order_by("pk"):
        intake.judge(receipt_id=receipt.pk)
    return list(Invoice.objects.order_by("pk"))


def only_mail() -> ArrivedMail:
    return ArrivedMail.objects.get()


def folders(server):
    return {name: len(server.lying_in(name)) for name in ("INBOX", "Done", "Refused")}


# --- what comes in ------------------------------------------------------------------------------


def test_every_document_of_a_mail_becomes_a_receipt_and_the_mail_moves_to_done(
    server, mailbox, look, nudges, django_capture_on_commit_callbacks
):
    data = mails.mail(("a.pdf", PDF), ("b.xml", einvoices.invoice_bytes()))
    server.put(data)
    with django_capture_on_commit_callbacks(execute=True):
        assert look(mailbox) == 1
    assert kept() == [("b.xml", "mail", "purchase"), ("a.pdf", "mail", "purchase")]
    assert [task for task, _ids in nudges].count("integrations.tasks.judge_receipt") == 2
    assert (server.lying_in("INBOX"), server.lying_in("Done")) == ([], [data])
    row = only_mail()
    assert (row.outcome, row.reason, row.sender, row.subject, row.message_id, row.receipts.count()) == (
        "taken",
        "",
        "Molens Vermeulen <facturatie@molens.example>",
        "Factuur 2026-118",
        "<1@molens.example>",
        2,
    )
    assert row.sent_at.isoformat() == "2026-11-22T10:04:01+00:00"
    assert (mailbox.last_mail_at is not None, mailbox.polled_at is not None, mailbox.lease_until) == (True, True, None)
    assert (look(mailbox), Receipt.objects.count()) == (0, 2)


def test_nothing_is_approved_by_mail_whatever_the_space_and_the_supplier_say(server, mailbox, look, space, validator):
    Space.objects.filter(pk=space.pk).update(auto_approve=Space.AutoApprove.ALL)
    data = einvoices.invoice_bytes()
    server.put(mails.mail(("invoice.xml", data)))
    look(mailbox)
    (invoice,) = judged()
    assert invoice.report["valid"]
    assert (invoice.document_status, invoice.released_at) == (DocumentStatus.VALIDATED, None)
    # The same e-invoice by another way in is approved: it is the mail that makes the difference.
    other = world.received(space, einvoices.invoice_bytes(number="2026-0999"), channel="inbound")
    assert other.is_released


def test_the_picture_beside_an_e_invoice_is_recognised_as_its_duplicate(server, mailbox, look, validator):
    document = einvoices.document()
    server.put(mails.mail(("2026.pdf", paper.pdf(document)), ("2026.xml", einvoices.invoice_bytes())))
    look(mailbox)
    e_invoice, picture = judged()
    assert (e_invoice.document_status, picture.document_status) == (
        DocumentStatus.VALIDATED,
        DocumentStatus.AWAITING_VALIDATION,
    )
    assert picture.possible_duplicate_of == e_invoice
    assert "BANQUP-DUPLICATE" in [finding["rule"] for finding in picture.findings]


def test_the_same_file_in_two_mails_is_one_document(server, mailbox, look, validator):
    data = einvoices.invoice_bytes()
    server.put(mails.mail(("a.xml", data)))
    server.put(mails.mail(("a.xml", data), id="2@molens.example", subject="Nogmaals"))
    assert look(mailbox) == 2
    assert len(judged()) == 1
    assert sorted(Receipt.objects.values_list("outcome", flat=True)) == ["document", "duplicate"]


def test_two_mailboxes_bring_the_same_mail_once_and_each_its_own_direction(server, mailbox, look, space):
    server.folders["Verkoop"] = []
    other = mails.mailbox(space, server, folder="Verkoop", direction="sales")
    server.put(mails.mail(("a.pdf", PDF)))
    server.put(mails.mail(("a.pdf", PDF)), "Verkoop")
    server.put(mails.mail(("b.pdf", PDF + b" b"), id="2@x"), "Verkoop")
    assert (look(mailbox), look(other)) == (1, 2)
    assert kept() == [("a.pdf", "mail", "purchase"), ("b.pdf", "mail", "sales")]
    assert folders(server) == {"INBOX": 0, "Done": 3, "Refused": 0}


def test_a_space_never_gets_the_mail_of_another(server, mailbox, look):
    other = world.business("bloemen", vat_id="BE0417497106", company_id="0417497106", endpoint_id="0417497106")
    theirs = mails.mailbox(other, server, folder="Bloemen")
    server.folders["Bloemen"] = []
    server.put(mails.mail(("a.pdf", PDF)), "Bloemen")
    assert (look(mailbox), Receipt.objects.count()) == (0, 0)
    look(theirs)
    assert Receipt.objects.get().space == other and only_mail().space == other


def test_a_mail_of_thirty_megabytes_is_taken_and_a_larger_one_is_refused_unread(server, mailbox, look, settings):
    server.put(mails.mail(("large.pdf", PDF + b"x" * 22 * 2**20)))
    assert len(server.lying_in("INBOX")[0]) > 30_000_000
    look(mailbox)
    assert Receipt.objects.get().size == 22 * 2**20 + len(PDF)
    settings.BANQUP_MAX_UPLOAD_BYTES = 2**20
    server.put(mails.mail(("larger.pdf", PDF + b"y" * 3 * 2**20), id="2@x", subject="Te groot"))
    server.commands.clear()
    look(mailbox)
    row = ArrivedMail.objects.get(outcome="refused")
    assert (row.subject, row.reason) == (
        "Te groot",
        "It is larger than 3 MB. Ask for the documents in smaller mails, or upload them.",
    )
    assert server.commands.count("FETCH") == 2  # sizes, and its head
    assert folders(server) == {"INBOX": 0, "Done": 1, "Refused": 1}


def test_a_mail_with_forty_documents_is_kept_whole(server, mailbox, look):
    server.put(mails.mail(*[(f"{number}.pdf", PDF + b"%d" % number) for number in range(40)]))
    assert look(mailbox) == 1
    assert (Receipt.objects.count(), only_mail().receipts.count()) == (40, 40)


def test_what_can_not_be_taken_is_refused_and_what_can_is_kept(server, mailbox, look, settings):
    settings.BANQUP_MAX_UPLOAD_BYTES = 2**20
    server.put(mails.mail(("good.pdf", PDF), ("large.pdf", PDF + b"x" * 2**20), ("empty.pdf", b""), ("s.p7m", b"0")))
    look(mailbox)
    assert kept() == [("good.pdf", "mail", "purchase")]
    row = only_mail()
    assert (row.outcome, row.reason.split("\n")) == (
        "refused",
        [
            "It is encrypted, or sealed by its signature (s.p7m), and can't be opened here. Ask for it unencrypted.",
            "large.pdf is larger than 1 MB. Split it, or scan it at a lower resolution.",
            "empty.pdf is empty. Export or scan it again.",
        ],
    )
    assert folders(server) == {"INBOX": 0, "Done": 0, "Refused": 1}


def test_a_mail_without_documents_is_refused_with_the_reason(server, mailbox, look):
    server.put(mails.mail())
    server.put(mails.mail(("contract.docx", b"PK\x03\x04word/"), id="2@x"))
    server.put(b"\xff\xfe\x00 noise")
    assert look(mailbox) == 3
    reasons = list(ArrivedMail.objects.order_by("pk").values_list("reason", flat=True))
    assert [reason[:60] for reason in reasons] == [
        "Nothing is attached to it. If it holds a link, open it, and ",
        "None of its attachments is a PDF, an e-invoice or a picture:",
        "Nothing is attached to it. If it holds a link, open it, and ",
    ]
    assert folders(server) == {"INBOX": 0, "Done": 0, "Refused": 3}


def test_a_mail_that_breaks_the_parser_holds_nothing_up(server, mailbox, look, monkeypatch):
    monkeypatch.setattr(mailbox_polling.mail_parts, "_head", lambda mail: 1 / 0)
    server.put(mails.mail(("a.pdf", PDF)))
    look(mailbox)
    assert (only_mail().reason, folders(server)["Refused"]) == (
        "It can't be read as a mail. Ask for the documents again.",
        1,
    )


def test_a_refused_mail_that_somebody_puts_back_is_tried_again(server, mailbox, look, settings):
    before, settings.BANQUP_MAX_UPLOAD_BYTES = settings.BANQUP_MAX_UPLOAD_BYTES, 2**20
    data = mails.mail(("large.pdf", PDF + b"x" * 2**20))
    server.put(data)
    look(mailbox)
    assert (only_mail().outcome, Receipt.objects.count()) == ("refused", 0)
    settings.BANQUP_MAX_UPLOAD_BYTES = before
    server.put(data)
    look(mailbox)
    assert (only_mail().outcome, only_mail().reason, Receipt.objects.count()) == ("taken", "", 1)


# --- mails that are no documents ----------------------------------------------------------------


@pytest.fixture
def sent(space):
    return sales.transmitted(sales.issued(space, world.member(space, "SR")))


def test_a_bounce_makes_the_delivery_fail(server, mailbox, look, sent):
    server.put(bounces.postfix(sent.message_id))
    look(mailbox)
    invoice = Invoice.objects.get(pk=sent.invoice_id)
    assert (invoice.delivery_status, NetworkAnswer.objects.get().source) == (DeliveryStatus.DELIVERY_FAILED, "mail")
    row = only_mail()
    assert (row.outcome, row.reason[:47]) == ("bounce", "There is no mailbox facturen@terduinen.example.")
    assert (folders(server), Receipt.objects.count()) == ({"INBOX": 0, "Done": 1, "Refused": 0}, 0)


@pytest.mark.parametrize(
    "data",
    [bounces.out_of_office(), bounces.read_receipt(), bounces.postfix(action="delayed", status="4.4.1")],
    ids=["out of office", "read receipt", "delayed"],
)
def test_automatic_replies_are_left_alone_and_moved(server, mailbox, look, data):
    server.put(data)
    look(mailbox)
    assert (only_mail().outcome, Receipt.objects.count(), NetworkAnswer.objects.count()) == ("ignored", 0, 0)
    assert folders(server) == {"INBOX": 0, "Done": 1, "Refused": 0}


def test_a_reminder_of_our_own_that_comes_back_is_no_document(server, mailbox, look, space, sent):
    letter = Letter.objects.create(space=space, kind="reminder", recipient="facturen@bakkerij.example", language="nl")
    server.put(mails.mail(("2026-0001.pdf", PDF), id=f"{letter.message_id}@banqup.example"))
    # An absence that sends our invoice back inside.
    own = mails.mail(("2026-0001.pdf", PDF), id=f"{sent.message_id}@banqup.example")
    server.put(
        b'Content-Type: multipart/mixed; boundary="q"\r\n\r\n--q\r\n\r\nAway\r\n--q\r\nContent-Type: message/rfc822\r\n\r\n'
        + own
        + b"\r\n--q--\r\n"
    )
    assert look(mailbox) == 2
    assert (Receipt.objects.count(), set(ArrivedMail.objects.values_list("outcome", flat=True))) == (0, {"ignored"})


def test_an_invoice_that_another_space_here_mails_is_no_loop(server, mailbox, look, space):
    seller = world.business("bloemen", vat_id="BE0417497106", company_id="0417497106", endpoint_id="0417497106")
    letter = Letter.objects.create(space=seller, kind="reminder", recipient="facturen@bakkerij.example", language="nl")
    server.put(mails.mail(("2026-0001.pdf", PDF), id=f"{letter.message_id}@banqup.example"))
    look(mailbox)
    assert Receipt.objects.get().space == space


# --- once, whatever happens ---------------------------------------------------------------------


@pytest.mark.parametrize("fault", [hang_up, lose_answer], ids=["before the move", "after the move"])
def test_a_mail_whose_move_was_cut_off_gives_no_second_document(server, mailbox, look, fault):
    server.put(mails.mail(("a.pdf", PDF)))
    server.folders["Done"] = []
    server.next("MOVE", fault)
    assert (look(mailbox), Receipt.objects.count(), only_mail().outcome) == (0, 1, "taken")
    look(mailbox)
    assert (Receipt.objects.count(), ArrivedMail.objects.count()) == (1, 1)
    assert folders(server) == {"INBOX": 0, "Done": 1, "Refused": 0}


def test_a_worker_killed_between_commit_and_move_takes_nothing_twice(server, mailbox, look, monkeypatch):
    server.put(mails.mail(("a.pdf", PDF)))
    with monkeypatch.context() as dying:
        dying.setattr(mailbox_polling.imap.Visit, "move", lambda *_: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            look(mailbox)
    assert (folders(server)["INBOX"], Receipt.objects.count()) == (1, 1)
    look(mailbox)
    assert (folders(server), Receipt.objects.count()) == ({"INBOX": 0, "Done": 1, "Refused": 0}, 1)


def test_a_mail_is_known_by_id_and_content_also_where_its_row_was_lost(server, mailbox, look):
    data = mails.mail(("a.pdf", PDF))
    server.put(data)
    look(mailbox)
    ArrivedMail.objects.all().delete()
    server.put(data)
    look(mailbox)
    assert (Receipt.objects.count(), ArrivedMail.objects.count()) == (1, 1)


def test_a_line_that_breaks_in_the_middle_of_a_mail_keeps_nothing_of_it(server, mailbox, look):
    server.put(mails.mail(("a.pdf", PDF + b"x" * 100_000)))
    server.next("FETCH", lambda run: run(), half)
    assert (look(mailbox), Receipt.objects.count(), ArrivedMail.objects.count()) == (0, 0, 0)
    assert (look(mailbox), Receipt.objects.count()) == (1, 1)


def test_a_full_disk_leaves_the_mail_where_it_is_and_keeps_none_of_its_documents(server, mailbox, look, monkeypatch):
    server.put(mails.mail(("a.pdf", PDF), ("b.pdf", PDF + b" b")))
    store, calls = intake.files.store, []

    def full_at_the_second(space_id, data):
        calls.append(data)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        return store(space_id, data)

    with monkeypatch.context() as full:
        full.setattr(intake.files, "store", full_at_the_second)
        assert (look(mailbox), Receipt.objects.count(), folders(server)["INBOX"]) == (0, 0, 1)
    assert (look(mailbox), Receipt.objects.count()) == (1, 2)


def test_one_worker_at_a_time_reads_a_mailbox(server, mailbox, look):
    server.put(mails.mail(("a.pdf", PDF)))
    soon = timezone.now() + timedelta(minutes=1)
    Mailbox.objects.update(lease_until=soon, poll_at=timezone.now())
    assert (mailbox_polling.due(), mailbox_polling.read(mailbox.pk), server.commands) == ([], 0, [])
    # The worker that held it died.
    Mailbox.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert mailbox_polling.due() == [mailbox.pk]
    assert mailbox_polling.read(mailbox.pk) == 1


@pytest.mark.parametrize(
    "meanwhile",
    [{"is_active": False}, {"lease_until": timezone.now() + timedelta(hours=1)}],
    ids=["switched off", "taken over"],
)
def test_a_worker_that_lost_the_mailbox_keeps_nothing_more(server, mailbox, look, meanwhile):
    server.put(mails.mail(("a.pdf", PDF)))

    def lose(run):
        Mailbox.objects.filter(pk=mailbox.pk).update(**meanwhile)
        return run()

    from integrations import imap

    fetch = imap.Visit.fetch

    def and_lose(self, *args, **kwargs):
        lose(lambda: None)
        return fetch(self, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(imap.Visit, "fetch", and_lose)
        assert look(mailbox) == 0
    assert (Receipt.objects.count(), folders(server)["INBOX"]) == (0, 1)
    assert mailbox.lease_until == meanwhile.get("lease_until")


def test_no_transaction_is_open_while_the_server_is_asked(server, mailbox, look, monkeypatch):
    from integrations import imap

    seen = []
    for name in ("fetch", "move", "mails"):
        real = getattr(imap.Visit, name)

        def watched(self, *args, real=real, **kwargs):
            seen.append(len(connection.savepoint_ids))
            return real(self, *args, **kwargs)

        monkeypatch.setattr(imap.Visit, name, watched)
    outside = len(connection.savepoint_ids)
    server.put(mails.mail(("a.pdf", PDF)))
    look(mailbox)
    assert seen == [outside] * 3


def test_a_full_mailbox_is_read_in_turns(server, mailbox, look, monkeypatch):
    monkeypatch.setattr(mailbox_polling, "MAILS_AT_MOST", 2)
    for number in range(3):
        server.put(mails.mail(("a.pdf", PDF + b"%d" % number), id=f"{number}@x"))
    assert look(mailbox) == 2
    assert mailbox_polling.due() == [mailbox.pk]  # at once
    assert mailbox_polling.read(mailbox.pk) == 1
    assert mailbox_polling.due() == []


# --- trouble ------------------------------------------------------------------------------------


def told():
    return list(Notification.objects.filter(topic="reconnect_needed").values_list("user__email", flat=True))


def test_a_password_that_is_refused_is_told_once_and_not_tried_often(server, mailbox, look, space):
    world.member(space, "ADM")
    world.member(space, "PA")
    server.users = {server.user: "another"}
    for _time in range(2):
        assert look(mailbox) == 0
        assert "does not accept the user name" in mailbox.attention
        assert mailbox.poll_at > timezone.now() + timedelta(minutes=40)
    assert told() == ["adm@janssens.example"]
    server.users = {server.user: server.password}
    look(mailbox)
    assert (mailbox.attention, mailbox.failures) == ("", 0)


def test_a_server_that_is_away_is_asked_less_and_less_often_and_told_when_it_stays_away(server, mailbox, look, space):
    world.member(space, "ADM")
    waits = []
    for _time in range(mailbox_polling.TELL_AFTER):
        assert (mailbox.attention, told()) == ("", [])
        server.next("LOGIN", say("NO [UNAVAILABLE] later"))
        look(mailbox)
        waits.append(mailbox.poll_at - timezone.now())
    assert waits[0] > timedelta(minutes=7) and waits[2] > timedelta(minutes=30) and waits[-1] < timedelta(minutes=73)
    assert "no room for another visit" in mailbox.attention and told() == ["adm@janssens.example"]


def test_secrets_that_no_key_opens_are_said(server, mailbox, look):
    Mailbox.objects.update(sealed_secrets="nonsense")
    look(mailbox)
    assert "can't be read with the configured keys" in mailbox.attention
    assert server.commands == []


def test_a_folder_that_can_not_be_made_keeps_the_document_and_says_so(server, mailbox, look):
    server.closed.add("Done")
    server.put(mails.mail(("a.pdf", PDF)))
    look(mailbox)
    look(mailbox)
    assert (Receipt.objects.count(), folders(server)["INBOX"]) == (1, 1)
    assert "can't be moved to “Done”" in mailbox.attention


def test_the_schedule_wakes_a_worker_for_every_mailbox_that_is_due(settings, mailbox, space, server, nudges):
    mails.mailbox(space, server, is_active=False, activated_at=None)
    mails.mailbox(space, server, test_passed=None)
    mails.mailbox(space, server, poll_at=timezone.now() + timedelta(minutes=1))
    woken = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(mailbox_tasks, "wake", lambda task, ids: woken.append((task.name, ids)))
        mailbox_tasks.mailboxes()
    assert woken == [("integrations.tasks.read_mailbox", [mailbox.pk])]
    assert settings.CELERY_BEAT_SCHEDULE["mailboxes"]["task"] == mailbox_tasks.mailboxes.name


def test_the_next_look_is_a_few_minutes_away_and_not_the_same_for_all(server, mailbox, look):
    waits = set()
    for _time in range(4):
        look(mailbox)
        waits.add(mailbox.poll_at - mailbox.polled_at)
    assert len(waits) == 4
    assert all(timedelta(minutes=4) <= wait <= timedelta(minutes=6) for wait in waits)
