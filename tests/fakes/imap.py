"""An IMAP server on 127.0.0.1 with its mails in memory, that can be told to misbehave (RFC 3501, 6851, 4315, 2342).

    with ImapServer() as server:
        uid = server.put(b"From: …")            # into INBOX
        server.next("MOVE", lose_answer)        # does it, then the line is dead
        server.next("FETCH", half)              # the line dies in the middle of the mail
        server.next("LOGIN", say("NO [AUTHENTICATIONFAILED] no"))
        …
        assert server.lying_in("Done") == [b"…"]

It speaks TLS at once, or STARTTLS with `starttls=True`; its certificate is signed by `server.authority`,
the path of a file for SSL_CERT_FILE. Without MOVE or UIDPLUS: `server.capabilities -= {"MOVE"}`. By hand:
`python -m tests.fakes.imap`.
"""

import base64
import contextlib
import datetime
import ipaddress
import re
import socket
import socketserver
import ssl
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

USER, PASSWORD = "facturen@bakkerij.example", "a fake's password"


class HangUp(Exception):
    """The line is dead after `last`."""

    def __init__(self, last: bytes = b""):
        super().__init__()
        self.last = last


def say(answer: str):
    """Answer so, and do nothing."""
    return lambda run: ([], answer)


def lose_answer(run):
    """Do it, then the line is dead."""
    run()
    raise HangUp


def hang_up(run):
    """The line is dead before anything is done."""
    raise HangUp


def half(run):
    """Half of the answer, then the line is dead."""
    lines, _status = run()
    text = b"".join(line + b"\r\n" for line in lines)
    raise HangUp(text[: len(text) // 2])


def slow(release: threading.Event):
    """No answer before `release` is set."""

    def wait(run):
        release.wait(30)
        return run()

    return wait


@dataclass
class Stored:
    uid: int
    data: bytes
    flags: set[str] = field(default_factory=set)


class ImapServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False

    def __init__(self, user=USER, password=PASSWORD, *, starttls=False, tls=True, host="127.0.0.1"):
        super().__init__((host, 0), _Conversation)
        self.users = {user: password}
        self.user, self.password = user, password
        self.capabilities = {"IMAP4REV1", "MOVE", "UIDPLUS", "NAMESPACE", "AUTH=PLAIN"}
        self.prefix = ""
        self.greeting = "* OK here"
        self.folders: dict[str, list[Stored]] = {"INBOX": []}
        # What the user may not open, and what may not be made.
        self.closed: set[str] = set()
        self.read_only: set[str] = set()
        self.uid = 0
        # Told of every mail instead of its own size.
        self.size_to_tell = None
        self.commands: list[str] = []
        self.lock = threading.RLock()
        self._faults: list[tuple[str, object]] = []
        self._sockets: list[socket.socket] = []
        self.starttls, self.tls = starttls, tls
        self._folder = tempfile.TemporaryDirectory()
        self.authority, self.context = certificate(Path(self._folder.name))

    @property
    def port(self) -> int:
        return self.server_address[1]

    def __enter__(self):
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *exc):
        self.shutdown()
        self.hang_up()
        self.server_close()
        self._folder.cleanup()

    def hang_up(self) -> None:
        for each in self._sockets:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(each, socket.SHUT_RDWR)

    def handle_error(self, request, client_address):
        """A client that goes away in the middle is what tests do."""

    def put(self, data: bytes, folder: str = "INBOX", flags=()) -> int:
        with self.lock:
            self.uid += 1
            self.folders.setdefault(folder, []).append(Stored(self.uid, data, set(flags)))
            return self.uid

    def lying_in(self, folder: str) -> list[bytes]:
        return [mail.data for mail in self.folders.get(folder, []) if "\\DELETED" not in mail.flags]

    def next(self, command: str, *faults) -> None:
        """One misbehaviour each for the next uses of `command` (LOGIN, SELECT, SEARCH, FETCH, MOVE, COPY, …)."""
        self._faults += [(command, fault) for fault in faults]

    def fault_for(self, command: str):
        with self.lock:
            for entry in self._faults:
                if entry[0] == command:
                    self._faults.remove(entry)
                    return entry[1]
        return None


class _Conversation(socketserver.BaseRequestHandler):
    def handle(self):
        self.folder, self.writable, self.who, self.hidden = None, False, None, False
        server = self.server
        server._sockets.append(self.request)
        if server.tls and not server.starttls:
            self._encrypt()
        self.stream = self.request.makefile("rb")
        self._send(server.greeting.encode() + b"\r\n")
        if not server.greeting.startswith("* OK"):
            return
        with contextlib.suppress(OSError, ValueError):
            while line := self.stream.readline():  # another stream after STARTTLS
                if not self._answer(line.rstrip(b"\r\n").decode("utf-8", "replace")):
                    return

    def finish(self):
        with contextlib.suppress(OSError):
            self.request.close()

    def _encrypt(self):
        self.request = self.server.context.wrap_socket(self.request, server_side=True)
        self.server._sockets.append(self.request)
        self.hidden = True

    def _send(self, data: bytes):
        self.request.sendall(data)

    def _answer(self, line: str) -> bool:
        tag, _blank, rest = line.partition(" ")
        words = _words(rest)
        name = words[0].upper() if words else ""
        if name == "UID" and len(words) > 1:
            name, words = words[1].upper(), words[1:]
        self.server.commands.append(name)
        fault = self.server.fault_for(name)
        method = getattr(self, f"do_{name.lower()}", None)

        def run():
            if method is None:
                return [], "BAD what is that?"
            with self.server.lock:
                return method(*words[1:])

        try:
            lines, status = fault(run) if fault else run()
        except HangUp as last:
            self._send(last.last)
            socket.socket.shutdown(self.request, socket.SHUT_RDWR)
            return False
        except TypeError:
            lines, status = [], "BAD arguments"
        self._send(b"".join(each + b"\r\n" for each in lines) + f"{tag} {status}\r\n".encode())
        if name == "STARTTLS" and status.startswith("OK"):
            self._encrypt()
            self.stream = self.request.makefile("rb")
        return name != "LOGOUT"

    # --- anybody
    def do_capability(self):
        known = set(self.server.capabilities)
        if self.server.starttls and not self.hidden:
            known |= {"STARTTLS", "LOGINDISABLED"}
        return [b"* CAPABILITY " + " ".join(sorted(known, key=lambda each: each != "IMAP4REV1")).encode()], "OK done"

    def do_noop(self):
        return [], "OK done"

    def do_logout(self):
        return [b"* BYE"], "OK done"

    def do_starttls(self):
        return ([], "OK go on") if self.server.starttls else ([], "BAD not here")

    def do_login(self, user, password):
        if self.server.starttls and not self.hidden:
            return [], "NO [PRIVACYREQUIRED] not in the open"
        if self.server.users.get(user) != password:
            return [], "NO [AUTHENTICATIONFAILED] Invalid credentials"
        self.who = user
        return [], "OK signed in"

    def do_authenticate(self, kind):
        self._send(b"+ \r\n")
        _nobody, user, password = base64.b64decode(self.stream.readline()).decode().split("\0")
        return self.do_login(user, password)

    # --- who is signed in
    def do_namespace(self):
        return [f'* NAMESPACE (("{self.server.prefix}" "{self._delimiter()}")) NIL NIL'.encode()], "OK done"

    def _delimiter(self):
        return self.server.prefix[-1:] or "/"

    def do_list(self, reference, name):
        found = [each for each in self.server.folders if name in ("*", each)]
        return [f'* LIST () "{self._delimiter()}" "{each}"'.encode() for each in found], "OK done"

    def do_create(self, name):
        if name in self.server.closed or name != "INBOX" and not name.startswith(self.server.prefix):
            return [], f"NO [CANNOT] Names begin with {self.server.prefix or 'something else'}"
        if name in self.server.folders:
            return [], "NO [ALREADYEXISTS] there already"
        self.server.folders[name] = []
        return [], "OK made"

    def do_select(self, name, writable=True):
        self.folder = None
        if not self.who:
            return [], "NO sign in first"
        if name in self.server.closed:
            return [], "NO [NOPERM] Permission denied"
        if name not in self.server.folders:
            return [], "NO [NONEXISTENT] No such mailbox"
        self.folder, self.writable = name, writable and name not in self.server.read_only
        mails = self.server.folders[name]
        lines = [b"* FLAGS (\\Seen \\Deleted)", f"* {len(mails)} EXISTS".encode(), b"* OK [UIDVALIDITY 1] fine"]
        return lines, f"OK [READ-{'WRITE' if self.writable else 'ONLY'}] open"

    def do_examine(self, name):
        return self.do_select(name, writable=False)

    # --- in a folder
    @property
    def mails(self):
        return self.server.folders[self.folder]

    def do_search(self, *criteria):
        unwanted = {"UNDELETED": "\\DELETED", "UNSEEN": "\\SEEN"}
        out = {unwanted[each.upper()] for each in criteria if each.upper() in unwanted}
        found = [str(mail.uid) for mail in self.mails if not mail.flags & out]
        return [("* SEARCH " + " ".join(found)).rstrip().encode()], "OK done"

    def do_fetch(self, uids, *what):
        wanted, asked = _numbers(uids), " ".join(what).upper()
        return [
            self._fetched(position, mail, asked)
            for position, mail in enumerate(self.mails, start=1)
            if mail.uid in wanted
        ], "OK done"

    def _fetched(self, position, mail, asked):
        told = [f"UID {mail.uid}".encode()]
        if "RFC822.SIZE" in asked:
            told.append(f"RFC822.SIZE {self.server.size_to_tell or len(mail.data)}".encode())
        if body := re.search(r"BODY(?:\.PEEK)?\[(HEADER)?\](?:<0\.(\d+)>)?", asked):
            data = mail.data.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if body[1] else mail.data
            data = data[: int(body[2])] if body[2] else data
            partial = "<0>" if body[2] else ""
            told.append(f"BODY[{body[1] or ''}]{partial} {{{len(data)}}}\r\n".encode() + data)
            if "PEEK" not in asked:
                mail.flags.add("\\SEEN")
        return f"* {position} FETCH (".encode() + b" ".join(told) + b")"

    def do_copy(self, uids, name):
        return self._copied(uids, name)

    def do_move(self, uids, name):
        if "MOVE" not in self.server.capabilities:
            return [], "BAD what is that?"
        if not self.writable:
            return [], "NO [NOPERM] Read only"
        lines, status = self._copied(uids, name)
        return (lines + self._gone(_numbers(uids)), status) if status.startswith("OK") else (lines, status)

    def _copied(self, uids, name):
        if name not in self.server.folders:
            return [], "NO [TRYCREATE] No such mailbox"
        for mail in [mail for mail in self.mails if mail.uid in _numbers(uids)]:
            self.server.put(mail.data, name, mail.flags)
        return [], "OK done"

    def _gone(self, uids):
        lines, left = [], []
        for mail in self.mails:
            if mail.uid in uids:
                lines.append(f"* {len(left) + 1} EXPUNGE".encode())
            else:
                left.append(mail)
        self.server.folders[self.folder] = left
        return lines

    def do_store(self, uids, how, *flags):
        if not self.writable:
            return [], "NO [NOPERM] Read only"
        for mail in self.mails:
            if mail.uid in _numbers(uids) and how.upper().startswith("+"):
                mail.flags |= {flag.strip("()").upper() for flag in flags}
        return [], "OK done"

    def do_expunge(self, uids=None):
        if uids and "UIDPLUS" not in self.server.capabilities:
            return [], "BAD what is that?"
        numbers = _numbers(uids) if uids else {mail.uid for mail in self.mails}
        return self._gone(
            {mail.uid for mail in self.mails if mail.uid in numbers and "\\DELETED" in mail.flags}
        ), "OK done"


_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')


def _words(text: str) -> list[str]:
    return [re.sub(r"\\(.)", r"\1", found[1]) if found[1] is not None else found[2] for found in _WORD.finditer(text)]


def _numbers(text: str) -> set[int]:
    found = set()
    for each in text.split(","):
        first, _colon, last = each.partition(":")
        found |= set(range(int(first), int(last or first) + 1))
    return found


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """(the file of an authority, a server's context signed by it) for 127.0.0.1 and localhost."""
    now = datetime.datetime.now(datetime.UTC)

    def make(subject, issuer, key, signer, is_authority):
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, subject)]))
            .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=2))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        )
        if not is_authority:
            names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(signer, hashes.SHA256())

    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _each in range(2))
    authority = make("An authority of tests", "An authority of tests", authority_key, authority_key, True)
    own = make("localhost", "An authority of tests", key, authority_key, False)
    pem = serialization.Encoding.PEM
    (folder / "authority.pem").write_bytes(authority.public_bytes(pem))
    (folder / "certificate.pem").write_bytes(own.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return folder / "authority.pem", context


if __name__ == "__main__":
    with ImapServer() as by_hand:
        print(
            f"SSL_CERT_FILE={by_hand.authority}  server 127.0.0.1, port {by_hand.port}, TLS, "
            f"user {by_hand.user}, password “{by_hand.password}”",
            flush=True,
        )
        threading.Event().wait()
