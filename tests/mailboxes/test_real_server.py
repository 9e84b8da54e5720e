"""The same against a real IMAP server (Dovecot), whose answers nobody here has written."""

import os

import pytest

from banqup.invoices.models import Receipt
from banqup.mailboxes.models import ArrivedMail
from integrations import imap, mailbox_setup
from integrations.base import BrokenConfiguration, TryAgain
from tests.factories import mails, world
from tests.runtime import dovecot as real

pytestmark = pytest.mark.django_db
DATA = mails.mail(("a.pdf", b"%PDF-1.7 a"))
DOTTED = "namespace inbox {\n  inbox = yes\n  prefix = INBOX.\n  separator = .\n}\n"
PLAIN = "namespace inbox {\n  inbox = yes\n  prefix =\n  separator = /\n}\n"
WITHOUT_MOVE = PLAIN + "imap_capability = IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ UIDPLUS NAMESPACE\n"


@pytest.fixture(params=[PLAIN, DOTTED, WITHOUT_MOVE], ids=["plain", "below INBOX", "without MOVE"])
def server(request, monkeypatch):
    if real.find() is None:
        (pytest.fail if os.environ.get("BANQUP_TEST_SERVICES") == "required" else pytest.skip)(real.ADVICE)
    with real.Dovecot(request.param) as running:
        monkeypatch.setenv("SSL_CERT_FILE", str(running.authority))
        yield running


@pytest.fixture(params=["tls", "starttls"])
def mailbox(request, space, server):
    port = server.port if request.param == "tls" else server.plain_port
    server.starttls = request.param == "starttls"
    return mails.mailbox(space, server, port=port, done_folder="Verwerkt & klaar é")


def test_mails_are_tested_taken_in_and_moved(server, mailbox, look, space):
    for number in range(3):
        server.put(mails.mail((f"{number}.pdf", b"%%PDF-1.7 %d" % number), id=f"{number}@x"))
    server.put(mails.mail(id="nothing@x"))
    steps = mailbox_setup.test(mailbox=mailbox, by=world.member(space, "ADM"))
    assert [(step.ok, step.message) for step in steps][2] == (
        True, "4 mails lie in “INBOX”. Nothing was changed there.",
    )  # fmt: skip
    assert len(steps) == 4 and len(server.lying_in("INBOX")) == 4
    assert look(mailbox) == 4
    assert sorted(Receipt.objects.values_list("filename", flat=True)) == ["0.pdf", "1.pdf", "2.pdf"]
    assert ArrivedMail.objects.filter(outcome="refused").count() == 1
    assert server.lying_in("INBOX") == []
    assert (len(server.lying_in("Verwerkt &- klaar &AOk-")), len(server.lying_in("Refused"))) == (3, 1)
    assert look(mailbox) == 0


def visited(mailbox, **other):
    known = {"host": "127.0.0.1", "port": mailbox.port, "user": mailbox.user, "password": real.PASSWORD}
    account = imap.Account(**{**known, "starttls": mailbox.security == "starttls", **other})
    with imap.connected(account) as visit:
        visit.sign_in()
        visit.open("INBOX")
        listed, _more = visit.mails(10)
        return [visit.fetch(mail.uid, at_most=10_000) for mail in listed]


def test_what_is_wrong_is_said(server, mailbox):
    server.put(DATA)
    assert visited(mailbox) == [DATA]
    with pytest.raises(BrokenConfiguration, match="does not accept the user name with this password"):
        visited(mailbox, password="wrong")
    with pytest.raises(BrokenConfiguration, match="folder “Nowhere” can't be opened"):
        mailbox_folder(mailbox, "Nowhere")
    server.put(mails.mail(("large.pdf", b"x" * 20_000)))
    with pytest.raises(imap.TooLarge):
        visited(mailbox)


def mailbox_folder(mailbox, name):
    account = imap.Account("127.0.0.1", mailbox.port, mailbox.user, real.PASSWORD, mailbox.security == "starttls")
    with imap.connected(account) as visit:
        visit.sign_in()
        visit.open(name)


def test_a_server_that_stops_in_the_middle_loses_nothing(server, mailbox, look, monkeypatch):
    server.put(DATA)
    move = imap.Visit.move

    def stopped(self, *args):
        server.process.stop()
        return move(self, *args)

    with monkeypatch.context() as patched:
        patched.setattr(imap.Visit, "move", stopped)
        assert look(mailbox) == 0
    assert (Receipt.objects.count(), server.lying_in("INBOX")) == (1, [DATA])
    with pytest.raises(TryAgain):
        visited(mailbox)
