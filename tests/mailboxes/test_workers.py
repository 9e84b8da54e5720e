"""Real workers read a mailbox: one that is killed before the move, and two at the same moment."""

import threading

import pytest
from django.utils import timezone

from banqup.invoices.models import Receipt
from banqup.mailboxes.models import ArrivedMail, Mailbox
from integrations import mailbox_tasks
from tests.factories import mails, world
from tests.fakes.imap import HangUp

pytestmark = pytest.mark.django_db(transaction=True)
PDF = b"%PDF-1.7 an invoice"


@pytest.fixture
def space(transactional_db):
    return world.business()


def test_a_worker_killed_between_commit_and_move_takes_nothing_twice(server, mailbox, start_worker, eventually):
    server.put(mails.mail(("a.pdf", PDF), ("b.pdf", PDF + b" b")))
    drop = threading.Event()

    def never_carried_out(run):
        drop.wait(60)
        raise HangUp

    server.next("MOVE", never_carried_out)
    worker = start_worker()
    mailbox_tasks.read_mailbox.delay(mailbox.pk)
    eventually(lambda: "MOVE" in server.commands, 60)
    assert (Receipt.objects.count(), ArrivedMail.objects.count(), len(server.lying_in("INBOX"))) == (2, 1, 1)
    worker.kill()
    drop.set()
    Mailbox.objects.update(lease_until=timezone.now(), poll_at=timezone.now())
    start_worker()
    mailbox_tasks.read_mailbox.delay(mailbox.pk)
    eventually(lambda: not server.lying_in("INBOX") and server.lying_in("Done"), 60)
    eventually(lambda: Mailbox.objects.get().lease_until is None)
    assert (Receipt.objects.count(), ArrivedMail.objects.count()) == (2, 1)


def test_two_workers_that_are_woken_for_one_mailbox_take_each_mail_once(server, mailbox, start_worker, eventually):
    for number in range(10):
        server.put(mails.mail(("a.pdf", PDF + b"%d" % number), id=f"{number}@x"))
    start_worker()
    start_worker()
    for _time in range(4):
        mailbox_tasks.read_mailbox.delay(mailbox.pk)
    eventually(lambda: len(server.lying_in("Done")) == 10, 60)
    eventually(lambda: Mailbox.objects.get().lease_until is None)
    assert (Receipt.objects.count(), ArrivedMail.objects.count(), server.commands.count("LOGIN")) == (10, 10, 1)
