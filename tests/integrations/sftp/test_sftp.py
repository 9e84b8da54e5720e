"""What stands on the server, whom we talk to at all, and what each failure means."""

import io
import itertools
import threading

import paramiko
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.utils import timezone

from integrations import base, payload
from integrations.sftp import server as visits
from integrations.sftp.connector import SftpConnector
from integrations.sftp.forms import SftpForm
from tests.fakes import sftp as fake
from tests.integrations import helpers
from tests.integrations.sftp.destination import Destination

pytestmark = pytest.mark.django_db
XML = b"<Invoice>2026-0042Molens Van Damme NV</Invoice>"


@pytest.fixture
def server():
    with fake.SftpServer() as running:
        yield running


@pytest.fixture
def integration(space, server):
    there = Destination(server)
    return helpers.integration(space, "sftp", config=there.config, secrets=there.secrets)


def push_one(integration, number="2026-0042", **fields):
    return helpers.push(helpers.queued(helpers.released(integration.space, number, **fields), integration))


def repaired(integration) -> None:
    """Configured anew, and the test has passed."""
    integration.attention, integration.tested_at = "", timezone.now()
    integration.save()


def key_pair(passphrase=None) -> tuple[str, paramiko.PKey]:
    lock = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    made = Ed25519PrivateKey.generate()
    text = made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, lock).decode()
    password = passphrase.decode() if passphrase else None
    return text, paramiko.Ed25519Key.from_private_key(io.StringIO(text), password=password)


def test_the_e_invoice_and_the_pdf_have_one_name(integration, server):
    done = push_one(integration)
    assert (done.state, done.remote_label) == ("delivered", "/in/2026/2026-0042.xml")
    assert server.files == {"/in/2026/2026-0042.xml": XML, "/in/2026/2026-0042.pdf": helpers.PDF}
    assert done.remote == {
        "wanted": "./2026/2026-0042",
        "suffix": 1,
        "files": ["/in/2026/2026-0042.xml", "/in/2026/2026-0042.pdf"],
        "temporary": "",
    }


def test_a_large_file_arrives_whole_and_is_recognised(integration, server):
    large = bytes(range(256)) * 4096 * 5
    first = push_one(integration, pdf=large)
    assert server.files["/in/2026/2026-0042.pdf"] == large
    again = helpers.push(helpers.queued(first.invoice, integration))
    assert (again.state, again.remote, len(server.files)) == ("delivered", first.remote, 2)


def test_another_document_of_the_name_is_left_alone_also_when_it_is_as_long(integration, server):
    first = push_one(integration)
    other = push_one(integration, xml=XML.swapcase())
    again = helpers.push(helpers.queued(first.invoice, integration))
    assert [done.remote["suffix"] for done in (first, other, again)] == [1, 2, 1]
    assert server.files == {
        "/in/2026/2026-0042.xml": XML,
        "/in/2026/2026-0042.pdf": helpers.PDF,
        "/in/2026/2026-0042-2.xml": XML.swapcase(),
        "/in/2026/2026-0042-2.pdf": helpers.PDF,
    }


def test_a_name_taken_between_looking_and_writing_is_not_overwritten(integration, server):
    def somebody_is_faster(there, do):
        there.files["/in/2026/2026-0042.xml"] = b"theirs"
        return do()

    server.next("rename", somebody_is_faster)
    assert push_one(integration).remote["suffix"] == 2
    assert sorted(server.files) == [f"/in/2026/2026-0042{tail}" for tail in ("-2.pdf", "-2.xml", ".xml")]
    assert server.files["/in/2026/2026-0042.xml"] == b"theirs"


def test_a_server_that_renames_only_the_way_of_openssh_works_too(integration, server):
    server.next("rename", *[fake.say(fake.SFTP_OP_UNSUPPORTED)] * 2)
    push_one(integration)
    assert server.files == {"/in/2026/2026-0042.xml": XML, "/in/2026/2026-0042.pdf": helpers.PDF}


def both_at_once(integration, server, number: int, *, follows: bool) -> tuple:
    """One worker stops ahead of its so-manieth operation, until another has delivered the same document.

    `follows`: the other took over when the lease ended, and knows what the first one had kept.
    """
    what, kept, ends = payload.build(helpers.queued(helpers.released(integration.space), integration)), {}, []
    for file in what.files:
        file.load()

    def work(remote):
        connector = SftpConnector(config=integration.config, secrets={"password": server.password})
        try:
            ends.append(connector.push(what, remote=remote, keep=lambda **ids: kept.update(ids)).label)
        except base.DeliveryError as error:
            ends.append(error.family)

    between = server.just_before(number, lambda: work(dict(kept) if follows else {}))
    work({})
    return between.used, ends


@pytest.mark.parametrize("only_posix_rename", [False, True])
def test_two_workers_with_one_document_both_end_well_wherever_the_second_passes_the_first(
    integration, server, only_posix_rename
):
    delivered = {"/in/2026/2026-0042.xml": XML, "/in/2026/2026-0042.pdf": helpers.PDF}
    server.knows_plain_rename = not only_posix_rename
    for number in itertools.count(1):
        server.files.clear()
        used, ends = both_at_once(integration, server, number, follows=False)
        assert (number, ends, server.files) == (number, ["/in/2026/2026-0042.xml"] * (1 + used), delivered)
        if not used:
            break
    assert number > 10


def test_who_follows_a_worker_that_was_too_slow_clears_up_behind_it_and_blames_nobody(integration, server):
    delivered = {"/in/2026/2026-0042.xml": XML, "/in/2026/2026-0042.pdf": helpers.PDF}
    for number in itertools.count(1):
        server.files.clear()
        used, [first, *slow] = both_at_once(integration, server, number, follows=True)
        assert (number, first, server.files) == (number, "/in/2026/2026-0042.xml", delivered)
        # The slow one's try is void by then; a fault of the configuration it is not.
        assert set(slow) <= {"/in/2026/2026-0042.xml", "try_again"}
        if not used:
            break
    assert number > 10


@pytest.mark.parametrize("operation", ["mkdir", "open", "write", "rename", "stat"])
@pytest.mark.parametrize("fault", [fake.lose_answer, fake.hang_up])
def test_a_line_that_goes_dead_is_followed_by_one_document(integration, server, operation, fault):
    server.next(operation, fault)
    export = push_one(integration)
    assert helpers.tries(export)[0][1] in ("unknown_outcome", "try_again")
    done = helpers.push_again(export)
    # What the dead session had begun to write is gone, too.
    assert (done.state, server.files) == (
        "delivered",
        {"/in/2026/2026-0042.xml": XML, "/in/2026/2026-0042.pdf": helpers.PDF},
    )


def test_a_full_disk_is_tried_again_and_leaves_nothing(integration, server):
    server.next("write", fake.say(fake.SFTP_FAILURE))
    export = push_one(integration)
    assert helpers.tries(export) == [(1, "try_again")]
    words = "was not written completely, perhaps because the disk there is full; it is tried again."
    assert export.reason == f"/in/2026/2026-0042.xml {words}"
    assert server.files == {}


def test_missing_rights_and_folders_are_said_in_words(integration, server):
    server.read_only.add("/in")
    export = push_one(integration)
    words = "The user may not write to /in/2026 on 127.0.0.1."
    assert (helpers.tries(export), export.reason) == ([(1, "broken_configuration")], words)
    repaired(integration)
    server.folders.add("/in/2026")
    server.read_only.add("/in/2026")
    assert helpers.push_again(export).reason == "The user may not write to /in/2026/2026-0042.xml on 127.0.0.1."
    integration.config["folder"] = "/other"
    repaired(integration)
    assert push_one(integration, "2026-0043").reason == (
        "/other is not there on 127.0.0.1. Create the folder, or enter another."
    )


# --- whom we talk to ------------------------------------------------------------------------------


def test_an_unconfirmed_server_gets_no_password_and_is_shown(integration, server):
    integration.config["host_key"] = ""
    steps = SftpConnector(config=integration.config, secrets={"password": server.password}).check()
    words = (
        f"127.0.0.1 shows the fingerprint {server.fingerprint} (ecdsa-sha2-nistp256). Compare it with what the owner "
        "of the server says; if it is the same, enter it as the fingerprint of the server."
    )
    assert (steps, server.sign_ins) == ([base.TestStep("Recognise the server and sign in", False, words)], [])


def test_a_changed_key_stops_everything_before_any_password(integration, server):
    old, server.host_key = server.fingerprint, paramiko.ECDSAKey.generate()
    export = push_one(integration)
    assert (export.state, helpers.tries(export), server.sign_ins) == ("waiting", [(1, "broken_configuration")], [])
    assert export.reason.startswith("127.0.0.1 shows another fingerprint than the one that was confirmed: SHA256:")
    assert old not in export.reason and server.fingerprint in export.reason
    integration.refresh_from_db()
    assert integration.attention == export.reason
    integration.config["host_key"] = f"{old} {server.fingerprint}"
    repaired(integration)
    assert helpers.push_again(export).state == "delivered"


def test_a_wrong_password_is_tried_once_and_kept_out_of_the_log(integration, server):
    integration.keep_secrets({"password": "wr0ng-password"}, by=None)
    integration.save()
    export = push_one(integration)
    assert (helpers.tries(export), server.sign_ins) == ([(1, "broken_configuration")], ["password refused"])
    attempt = export.attempts.get()
    assert attempt.message == (
        "The server does not accept the user banqup with this password or key. Enter them anew, then test."
    )
    assert "wr0ng-password" not in attempt.message + attempt.response_excerpt


@pytest.mark.parametrize("passphrase", [None, b"sesame"])
def test_a_private_key_signs_in(integration, server, passphrase):
    text, public = key_pair(passphrase)
    server.public_keys.append(public)
    secrets = {"private_key": text, "passphrase": passphrase.decode() if passphrase else ""}
    integration.keep_secrets(secrets, by=None)
    integration.save()
    assert (push_one(integration).state, server.sign_ins) == ("delivered", ["publickey"])


def test_a_new_way_of_signing_in_replaces_the_old_one():
    renewed = [
        SftpConnector.renew_secrets({"private_key": "k", "passphrase": "p"}, entered)[0]
        for entered in ({"password": "new"}, {"private_key": "k2"}, {"passphrase": "p2"})
    ]
    assert renewed == [{"password": "new"}, {"private_key": "k2"}, {"private_key": "k", "passphrase": "p2"}]


def test_no_server_and_no_ssh_are_tried_again(integration, server):
    from tests.fakes import mail_server

    with mail_server.running() as other:
        integration.config["port"] = other.port
        integration.save()
        export = push_one(integration)
    words = "127.0.0.1 can't be reached, or is no SFTP server; it is tried again."
    assert (helpers.tries(export), export.reason) == ([(1, "try_again")], words)
    assert helpers.push_again(export).reason == words


def test_private_addresses_and_low_ports_are_refused(integration, settings, server):
    settings.BANQUP_ALLOW_PRIVATE_WEBHOOKS = False
    export = push_one(integration)
    assert (helpers.tries(export), server.sign_ins) == ([(1, "broken_configuration")], [])
    assert "leads into a private network" in export.reason
    form = SftpForm({"host": "files.example.com", "user": "u", "port": "25"})
    assert form.errors == {"port": ["Port 25 can't be used. Use 22, or one from 1024 on."]}
    integration.config["port"] = 25
    repaired(integration)
    assert helpers.push_again(export).reason == "Port 25 can't be used. Use 22, or one from 1024 on."


def test_a_visit_that_takes_too_long_is_ended(integration, server, monkeypatch):
    begun = []

    class Patience(threading.Timer):
        """That of a visit runs out when the test says so; paramiko has timers of its own."""

        def start(self):
            begun.append(self) if self.interval == visits.VISIT_SECONDS else super().start()

    def it_takes_too_long(there, do):
        [patience] = begun
        patience.function()
        return fake.SFTP_FAILURE

    monkeypatch.setattr(visits.threading, "Timer", Patience)
    server.next("rename", it_takes_too_long)
    export = push_one(integration)
    assert helpers.tries(export) == [(1, "unknown_outcome")]


# --- setting up -----------------------------------------------------------------------------------


def test_the_test_writes_a_hidden_file_and_leaves_nothing(server):
    there = Destination(server)
    connector = SftpConnector(config={**there.config, "pattern": "banqup/{year}/{number}"}, secrets=there.secrets)
    assert connector.check() == [
        base.TestStep(
            "Recognise the server and sign in",
            True,
            "127.0.0.1 is the server that was confirmed; banqup is signed in.",
        ),
        base.TestStep("Write and remove a test file", True, "/in/banqup"),
        base.TestStep("Name an example", True, "/in/banqup/2026/2026-0042.xml"),
    ]
    assert server.files == {}


def test_the_form_says_what_is_wrong():
    def errors(**data):
        return SftpForm({"host": "files.example.com", "user": "u", **data}).errors

    name = "Enter the server's name only, without sftp:// and without a path."
    assert errors(host="sftp://files.example.com/in") == {"host": [name]}
    shown = "Enter it as SHA256: and 43 letters and digits, as the test shows it."
    assert errors(host_key="MD5:aa:bb") == {"host_key": [shown]}
    assert errors(folder="/in/../etc") == {"folder": ["Write the folder as /in/invoices, without “..”."]}
    assert errors(private_key=key_pair(b"sesame")[0]) == {
        "private_key": ["The private key has a passphrase. Enter it below the key."]
    }
    unreadable = (
        "The private key can't be read. Paste the whole file (Ed25519, ECDSA or RSA), and its passphrase if it has one."
    )
    assert errors(private_key="ssh-ed25519 AAAA") == {"private_key": [unreadable]}
    assert errors(private_key=key_pair(b"sesame")[0], passphrase="wrong") == {"private_key": [unreadable]}
    fingerprint = "SHA256:" + "a" * 43
    form = SftpForm({"host": "files.example.com.", "user": "u", "host_key": fingerprint + "=", "folder": "/in/"})
    assert form.is_valid() and form.cleaned_data == {
        "host": "files.example.com",
        "port": 22,
        "user": "u",
        "password": "",
        "private_key": "",
        "passphrase": "",
        "host_key": fingerprint,
        "folder": "/in",
        "pattern": "{space}/{direction}/{year}/{month}/{date}_{counterparty}_{number}",
    }
