"""A visit to a mail server: encrypted or not at all, with an end, and every trouble in words."""

import socket
import ssl
import threading

import pytest

from integrations import addresses, imap
from integrations.base import BrokenConfiguration, TryAgain
from tests.factories import mails
from tests.fakes.imap import ImapServer, half, hang_up, lose_answer, say, slow

DATA = mails.mail(("a.pdf", b"%PDF-1.7 a"))


def account(server, **other):
    known = {"host": "127.0.0.1", "port": server.port, "user": server.user, "password": server.password}
    return imap.Account(**{**known, "starttls": server.starttls, **other})


def visited(server, folder="INBOX", **other):
    """(number of mails, their bytes)"""
    with imap.connected(account(server, **other)) as visit:
        visit.sign_in()
        count = visit.open(folder)
        listed, _more = visit.mails(10)
        return count, [visit.fetch(mail.uid, at_most=2**20) for mail in listed]


@pytest.fixture(params=[False, True], ids=["tls", "starttls"])
def either(request, monkeypatch):
    with ImapServer(starttls=request.param) as running:
        monkeypatch.setenv("SSL_CERT_FILE", str(running.authority))
        yield running


def test_mails_are_read_and_not_marked(either):
    either.put(DATA)
    assert visited(either) == (1, [DATA])
    assert either.folders["INBOX"][0].flags == set()


def test_a_name_in_the_certificate_is_as_good_as_an_address(server):
    server.put(DATA)
    assert visited(server, host="localhost") == (1, [DATA])


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(either, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(BrokenConfiguration, match="certificate of 127.0.0.1 is not trusted"):
        visited(either)
    assert "LOGIN" not in either.commands


def test_a_certificate_of_another_name_is_not_trusted(server, monkeypatch):
    monkeypatch.setattr(
        addresses.socket, "getaddrinfo", lambda *_a, **_k: [(socket.AF_INET, 1, 6, "", ("127.0.0.1", server.port))]
    )
    with pytest.raises(BrokenConfiguration, match="certificate of mail.bakkerij.example is not trusted"):
        visited(server, host="mail.bakkerij.example")


def test_without_encryption_nobody_signs_in(monkeypatch):
    with ImapServer(tls=False) as server:
        with pytest.raises(BrokenConfiguration, match="offers no encryption on port"):
            visited(server, starttls=True)
        with pytest.raises(BrokenConfiguration, match="does not speak TLS on port .* Choose STARTTLS"):
            visited(server, starttls=False)
        assert not {"LOGIN", "AUTHENTICATE"} & set(server.commands)


def test_a_server_in_a_private_network_is_not_called(server, settings):
    settings.BANQUP_ALLOW_PRIVATE_WEBHOOKS = False
    with pytest.raises(BrokenConfiguration, match="leads into a private network"):
        visited(server)
    with pytest.raises(BrokenConfiguration, match="Port 25 can't be used"):
        visited(server, port=25)
    assert server.commands == []


def test_a_wrong_password_is_said_with_the_servers_words_and_without_the_password(server):
    with pytest.raises(BrokenConfiguration, match="does not accept .* Invalid credentials"):
        visited(server, password="wrong")
    server.next("LOGIN", say(f"NO you said {server.password}, did you?"))
    with pytest.raises(BrokenConfiguration) as told:
        visited(server)
    assert server.password not in str(told.value) and "you said •••" in told.value.message


@pytest.mark.parametrize(
    ("command", "fault", "words"),
    [
        ("LOGIN", say("NO [UNAVAILABLE] the directory is away"), "has no room for another visit"),
        ("LOGIN", say("NO Too many simultaneous connections."), "has no room for another visit"),
        ("LOGIN", hang_up, "connection to 127.0.0.1 broke"),
        ("SELECT", hang_up, "connection to 127.0.0.1 broke"),
        ("SEARCH", say("NO [SERVERBUG] index is broken"), "has no room"),
        ("SEARCH", say("BAD what?"), "answered: .*what"),
        ("FETCH", half, "connection to 127.0.0.1 broke"),
    ],
)
def test_passing_trouble_is_tried_again(server, command, fault, words):
    server.put(DATA)
    server.next(command, fault)
    with pytest.raises(TryAgain, match=words):
        visited(server)


def test_a_server_that_greets_with_goodbye_is_tried_again(server):
    server.greeting = "* BYE Too many connections from your address"
    with pytest.raises(TryAgain, match="no room .* Too many connections"):
        visited(server)


def test_nobody_there_silence_and_an_unknown_name_are_tried_again(server, monkeypatch):
    monkeypatch.setattr(imap, "CONNECT_SECONDS", 0.2)
    monkeypatch.setattr(imap, "STEP_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(TryAgain, match="does not answer on port"):
            visited(server, port=port)
    with pytest.raises(TryAgain, match="takes no connections on port"):
        visited(server, port=port)
    with pytest.raises(TryAgain, match="The name mail.nowhere.invalid can't be found"):
        visited(server, host="mail.nowhere.invalid")
    monkeypatch.setattr(imap, "CONNECT_SECONDS", 10)
    release = threading.Event()
    server.next("SEARCH", slow(release))
    with pytest.raises(TryAgain, match="does not answer"):
        visited(server)
    release.set()


def test_a_visit_has_an_end_however_slowly_the_server_talks(server, monkeypatch):
    monkeypatch.setattr(imap, "VISIT_SECONDS", 0.3)
    release = threading.Event()
    server.next("SEARCH", slow(release))
    with pytest.raises(TryAgain, match="broke"):
        visited(server)
    release.set()


def test_a_folder_that_is_missing_or_somebody_elses_is_named(server):
    server.closed.add("Boss")
    with pytest.raises(BrokenConfiguration, match="folder “Invoices” can't be opened.*No such mailbox"):
        visited(server, "Invoices")
    with pytest.raises(BrokenConfiguration, match="folder “Boss” can't be opened.*Permission denied"):
        visited(server, "Boss")
    server.read_only.add("INBOX")
    with pytest.raises(BrokenConfiguration, match="may not move mails out of the folder “INBOX”"):
        visited(server)


def test_a_password_with_letters_of_every_language_is_understood(server):
    server.users[server.user] = 'wacht"woord\\ é€'
    assert visited(server, password='wacht"woord\\ é€') == (0, [])


def test_no_more_is_taken_than_was_asked_for_whatever_the_server_says_of_its_size(server):
    server.put(b"From: a\r\n\r\n" + b"x" * 5000)
    server.size_to_tell = 10
    with imap.connected(account(server)) as visit:
        visit.sign_in()
        visit.open("INBOX")
        (mail,), _more = visit.mails(10)
        with pytest.raises(imap.TooLarge):
            visit.fetch(mail.uid, at_most=1000)
        assert visit.head(mail.uid) == b"From: a\r\n\r\n"


def test_a_server_that_sends_more_than_was_asked_for_is_not_listened_to(server):
    server.put(b"x" * 5000)
    server.next("FETCH", lambda run: ([b"* 1 FETCH (UID 1 BODY[] {999999999}"], "OK done"))
    with imap.connected(account(server)) as visit:
        visit.sign_in()
        visit.open("INBOX")
        with pytest.raises(TryAgain, match="answers more than it was asked"):
            visit.fetch("1", at_most=1000)


def moved(server, uid, folder="Done"):
    with imap.connected(account(server)) as visit:
        visit.sign_in()
        visit.open("INBOX")
        visit.move(str(uid), folder)
        return visit.mails(10)[0]


@pytest.mark.parametrize("missing", [set(), {"MOVE"}, {"MOVE", "UIDPLUS"}], ids=["move", "copy", "copy only"])
def test_a_mail_is_moved_to_a_folder_that_is_made_and_no_other_is_taken_away(server, missing):
    server.capabilities -= missing
    uid, kept = server.put(DATA), server.put(b"kept")
    server.put(b"somebody has marked it", flags={"\\DELETED"})
    listed = moved(server, uid)
    assert [mail.uid for mail in listed] == [str(kept)]
    assert server.lying_in("Done") == [DATA]
    assert any(mail.data == b"somebody has marked it" for mail in server.folders["INBOX"])
    assert any(mail.data == DATA for mail in server.folders["INBOX"]) == ("UIDPLUS" in missing)


def test_names_of_folders_follow_the_server(server):
    server.prefix = "INBOX."
    moved(server, server.put(DATA), "Verwerkt & klaar é")
    assert server.lying_in("INBOX.Verwerkt &- klaar &AOk-") == [DATA]


def test_a_folder_that_can_not_be_made_is_named(server):
    server.closed.add("Done")
    with pytest.raises(BrokenConfiguration, match="can't be moved to “Done”"):
        moved(server, server.put(DATA))


def test_an_answer_that_is_lost_after_a_move_is_tried_again(server):
    uid = server.put(DATA)
    server.folders["Done"] = []
    server.next("MOVE", lose_answer)
    with pytest.raises(TryAgain, match="broke"):
        moved(server, uid)
    assert (server.lying_in("INBOX"), server.lying_in("Done")) == ([], [DATA])


def test_nothing_but_encryption_that_is_up_to_date_is_spoken():
    assert ssl.create_default_context().minimum_version >= ssl.TLSVersion.TLSv1_2
