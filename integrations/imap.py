"""A visit to a mailbox over IMAP: guarded address, encrypted, with an end; the one place that knows the library.

    with imap.connected(account) as visit:
        visit.sign_in()
        visit.open("INBOX")
        for mail in visit.mails(50):
            data = visit.fetch(mail.uid, at_most=2**25)
            visit.move(mail.uid, "Done")

Every method raises a `base.DeliveryError`: BrokenConfiguration where a person has to repair something,
TryAgain where waiting helps. Nothing is marked as read. What the server says is shown without the password.
"""

import contextlib
import imaplib
import re
import socket
import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from imap_tools.errors import ImapToolsError, UnexpectedCommandStatusError
from imap_tools.mailbox import BaseMailBox
from imap_tools.utils import encode_folder

from . import addresses, http
from .base import BrokenConfiguration, DeliveryError, TryAgain

PORT, STARTTLS_PORT = 993, 143
CONNECT_SECONDS = 15
STEP_SECONDS = 60
# So long one visit may take in all; well below the lease of a mailbox.
VISIT_SECONDS = 300
# A line of the protocol: long enough for the numbers of 200,000 mails.
_LINE_AT_MOST = 2 * 2**20
_HEAD_AT_MOST = 2**18
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_UID = re.compile(rb"\bUID (\d+)")
# Response codes of RFC 5530, and words of servers that know none.
_LATER = ("UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "CONTACTADMIN")
_TOO_MANY = re.compile(r"too many|maximum number|rate limit|try (again )?later|temporar", re.I)


class TooLarge(Exception):
    """The mail has more bytes than were asked for at most; nothing of it was kept."""


@dataclass(frozen=True)
class Account:
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    starttls: bool = False


@dataclass(frozen=True)
class Listed:
    """A mail in the open folder: its number there, and its size in bytes as the server says it."""

    uid: str
    size: int


def port_allowed(port: int) -> bool:
    """Those of IMAP and ports of users: below, other services listen that speak to whoever connects."""
    return port in (PORT, STARTTLS_PORT) or port >= 1024 or addresses.private_allowed()


@contextmanager
def connected(account: Account):
    """A `Visit`, encrypted and not signed in yet. Raises a DeliveryError."""
    with _said(account):
        client = _client(account)
    patience = threading.Timer(VISIT_SECONDS, client.hang_up)
    patience.daemon = True
    patience.start()
    try:
        yield Visit(client, account)
    finally:
        patience.cancel()
        with contextlib.suppress(Exception):
            client.sock.settimeout(CONNECT_SECONDS)
            client.logout()
        client.hang_up()


# --- the connection -----------------------------------------------------------------------------
class _Client(imaplib.IMAP4):
    """Goes to an address that was judged; takes no more than it is told to."""

    at_most = _HEAD_AT_MOST

    def __init__(self, account: Account, address: str):
        self._address, self._account = address, account
        super().__init__(account.host, account.port, CONNECT_SECONDS)
        self.sock.settimeout(STEP_SECONDS)

    def _create_socket(self, timeout):
        plain = socket.create_connection((self._address, self._account.port), timeout=timeout)
        if self._account.starttls:
            return plain
        try:
            return ssl.create_default_context().wrap_socket(plain, server_hostname=self._account.host)
        except BaseException:
            plain.close()
            raise

    def read(self, size):
        if size > self.at_most:
            raise self.error("it answers more than it was asked")
        return super().read(size)

    def readline(self):
        line = self.file.readline(_LINE_AT_MOST + 1)
        if len(line) > _LINE_AT_MOST:
            raise self.error("a line of the server is too long")
        return line

    def hang_up(self) -> None:
        """From any thread: whoever reads at this moment reads an end."""
        with contextlib.suppress(OSError, AttributeError):
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)
        with contextlib.suppress(Exception):
            self.shutdown()


def _client(account: Account) -> _Client:
    if not port_allowed(account.port):
        raise BrokenConfiguration(_("Port %d can't be used. Use 993 or 143, or one from 1024 on.") % account.port)
    judged = addresses.checked(account.host, account.port)
    client = None
    for position, address in enumerate(judged):  # the name is not asked again
        try:
            client = _Client(account, address)
            break
        except OSError as error:
            if isinstance(error, ssl.SSLError) or position == len(judged) - 1:
                raise
    if account.starttls:
        try:
            if "STARTTLS" not in client.capabilities:
                words = _("%s offers no encryption on port %d. Use port 993 with “TLS from the start”.")
                raise BrokenConfiguration(words % (account.host, account.port))
            client.starttls(ssl.create_default_context())
            client.sock.settimeout(STEP_SECONDS)
        except BaseException:
            client.hang_up()
            raise
    return client


class _Box(BaseMailBox):
    def __init__(self, client: _Client):
        self._connected = client
        super().__init__()

    def _get_mailbox_client(self):
        return self._connected


# --- what it is good for ------------------------------------------------------------------------
class Visit:
    """A mailbox that is open to us. Names of folders are those that people see."""

    def __init__(self, client: _Client, account: Account):
        self._client, self._account = client, account
        self._box = _Box(client)
        self._prefix = ""

    def sign_in(self) -> None:
        account, known = self._account, self._client.capabilities
        if "LOGINDISABLED" in known and "AUTH=PLAIN" not in known:
            words = _(
                "%s lets nobody sign in with a password. Use a mailbox of another provider, or forward the mails to one."
            )
            raise BrokenConfiguration(words % account.host)
        plain = (account.user + account.password).isascii() and "LOGINDISABLED" not in known
        with _said(account, _refused_sign_in):
            (self._box.login if plain else self._box.login_utf8)(account.user, account.password, None)
            # A server may tell more to those whom it knows.
            self._client._get_capabilities()
        with _said(account):
            self._prefix = self._own_prefix()

    def _own_prefix(self) -> str:
        """What the names of this user's folders begin with there (RFC 2342), such as `INBOX.`; mostly nothing."""
        if "NAMESPACE" not in self._client.capabilities:
            return ""
        kind, told = self._client.namespace()
        found = re.match(rb'\(\("((?:[^"\\]|\\.)*)"', told[0] or b"") if kind == "OK" and told else None
        return found.group(1).decode("ascii", "replace") if found else ""

    def full(self, name: str) -> str:
        """The folder's name as the server knows it."""
        if name.upper() == "INBOX" or name.startswith(self._prefix):
            return name
        return self._prefix + name

    def open(self, name: str, *, read_only: bool = False) -> int:
        """Open a folder; how many mails lie in it."""
        with _said(self._account, lambda said: _no_such_folder(name, said)):
            try:
                _kind, told = self._box.folder.set(self.full(name), readonly=read_only)
            except imaplib.IMAP4.readonly as error:
                words = _(
                    "The user may not move mails out of the folder “%s”. Allow it there, or choose another folder."
                )
                raise BrokenConfiguration(words % name) from error
        return int(told[0] or 0) if told and (told[0] or b"0").isdigit() else 0

    def has(self, name: str) -> bool:
        with _said(self._account):
            return self._box.folder.exists(self.full(name))

    def mails(self, at_most: int) -> tuple[list[Listed], bool]:
        """The oldest mails of the open folder that are not marked as deleted; and whether there are more."""
        with _said(self._account):
            uids = sorted(self._box.uids("UNDELETED", None), key=int)
            chosen = uids[:at_most]
            sizes = self._sizes(chosen) if chosen else {}
        return [Listed(uid, sizes[uid]) for uid in chosen if uid in sizes], len(uids) > at_most

    def _sizes(self, uids: list[str]) -> dict[str, int]:
        kind, told = self._client.uid("FETCH", ",".join(uids), "(UID RFC822.SIZE)")
        _expect(kind, told)
        lines = [line for line in told if isinstance(line, bytes)]
        found = [(_UID.search(line), _SIZE.search(line)) for line in lines]
        return {uid.group(1).decode(): int(size.group(1)) for uid, size in found if uid and size}

    def fetch(self, uid: str, *, at_most: int) -> bytes | None:
        """The whole mail; None when it is there no more. Raises TooLarge, also when the server has told a smaller size."""
        data = self._fetch(uid, f"BODY.PEEK[]<0.{at_most + 1}>", at_most + 1)
        if data is not None and len(data) > at_most:
            raise TooLarge
        return data

    def head(self, uid: str) -> bytes | None:
        """Its head only, of a mail that is too large."""
        return self._fetch(uid, f"BODY.PEEK[HEADER]<0.{_HEAD_AT_MOST}>", _HEAD_AT_MOST)

    def _fetch(self, uid: str, what: str, at_most: int) -> bytes | None:
        self._client.at_most = at_most
        try:
            with _said(self._account):
                kind, told = self._client.uid("FETCH", uid, f"(UID {what})")
                _expect(kind, told)
        finally:
            self._client.at_most = _HEAD_AT_MOST
        wanted = f"UID {uid} ".encode()
        pieces = [one for one in told if isinstance(one, tuple) and b"BODY[" in one[0].upper()]
        # Some servers say the number after the mail, and then it stands in the next piece.
        return next((one[1] for one in pieces if wanted in one[0] + b" "), pieces[0][1] if pieces else None)

    def move(self, uid: str, name: str) -> None:
        """Out of the open folder into another, which is made when it is missing.

        Where the server can't move, the mail is copied, then marked as deleted; where it can't take away
        single mails it stays, marked, and is not listed any more: nobody else's marked mail is taken away.
        """
        target = encode_folder(self.full(name))
        with _said(self._account, lambda said: _no_move(name, said)):
            verb = "MOVE" if "MOVE" in self._client.capabilities else "COPY"
            kind, told = self._client.uid(verb, uid, target)
            if kind == "NO" and not self._box.folder.exists(self.full(name)):
                self._box.folder.create(self.full(name))
                kind, told = self._client.uid(verb, uid, target)
            _expect(kind, told)
            if verb == "COPY":
                _expect(*self._client.uid("STORE", uid, "+FLAGS.SILENT", r"(\Deleted)"))
                if "UIDPLUS" in self._client.capabilities:
                    _expect(*self._client.uid("EXPUNGE", uid))


def _expect(kind: str, told) -> None:
    if kind != "OK":
        raise UnexpectedCommandStatusError((kind, told), "OK")


# --- what went wrong ----------------------------------------------------------------------------
@contextmanager
def _said(account: Account, no=None):
    """What errors mean for people. `no` makes the error of what the server answered with NO, from its words."""
    words = {"host": account.host, "port": account.port}
    try:
        yield
    except DeliveryError:
        raise
    except addresses.AddressRefused as error:
        raise BrokenConfiguration(str(error)) from error
    except addresses.NameNotFound as error:
        raise TryAgain(str(error)) from error
    except ssl.SSLCertVerificationError as error:
        told = _(
            "The certificate of %(host)s is not trusted (%(why)s). Enter the name that stands in it, or have a valid one installed there."
        )
        raise BrokenConfiguration(told % {**words, "why": error.verify_message}) from error
    except ssl.SSLError as error:
        if "VERSION" in (error.reason or "") or "RECORD" in (error.reason or ""):
            told = _("%(host)s does not speak TLS on port %(port)d. Choose STARTTLS, or another port.")
            raise BrokenConfiguration(told % words) from error
        raise TryAgain(_("The encrypted connection to %(host)s broke.") % words) from error
    except TimeoutError as error:
        raise TryAgain(_("%(host)s does not answer on port %(port)d.") % words) from error
    except ConnectionRefusedError as error:
        raise TryAgain(_("%(host)s takes no connections on port %(port)d.") % words) from error
    except imaplib.IMAP4.abort as error:
        raise _lost(error, account) from error
    except OSError as error:
        raise TryAgain(_("The connection to %(host)s broke.") % words) from error
    except UnexpectedCommandStatusError as error:
        said = _plain(error.command_result[1], account)
        if later := _later(said, words):
            raise later from error
        raise no(said) if no else TryAgain(_("%(host)s answered: %(said)s") % {**words, "said": said}) from error
    except imaplib.IMAP4.error as error:
        said = _plain(error.args, account)
        if later := _later(said, words):
            raise later from error
        raise no(said) if no else TryAgain(_("%(host)s answered: %(said)s") % {**words, "said": said}) from error
    except (ImapToolsError, ValueError) as error:
        raise TryAgain(_("%(host)s answers what no IMAP server answers.") % words) from error


def _lost(error: imaplib.IMAP4.abort, account: Account) -> DeliveryError:
    said, words = _plain(error.args, account), {"host": account.host}
    return _later(said, words) or TryAgain(_("The connection to %(host)s broke.") % words)


def _later(said: str, words: dict) -> DeliveryError | None:
    if _TOO_MANY.search(said) or any(f"[{code}" in said.upper() for code in _LATER):
        told = _("%(host)s has no room for another visit at the moment: %(said)s")
        return TryAgain(told % {**words, "said": said})
    return None


def _refused_sign_in(said: str) -> DeliveryError:
    words = _(
        "The mail server does not accept the user name with this password. Enter them anew; some providers want a "
        "password made for this program. It said: %s"
    )
    return BrokenConfiguration(words % said)


def _no_such_folder(name: str, said: str) -> DeliveryError:
    words = _(
        "The folder “%(name)s” can't be opened. Check its name, and whether the user may read it. The server said: %(said)s"
    )
    return BrokenConfiguration(words % {"name": name, "said": said})


def _no_move(name: str, said: str) -> DeliveryError:
    words = _(
        "A mail can't be moved to “%(name)s”. Make the folder there, or choose another. The server said: %(said)s"
    )
    return BrokenConfiguration(words % {"name": name, "said": said})


def _plain(told, account: Account) -> str:
    """What the server said, in one line and without the password."""
    pieces = [one for one in told or () if isinstance(one, bytes | str)]
    text = " ".join(one.decode("utf-8", "replace") if isinstance(one, bytes) else one for one in pieces)
    text = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return http.redact(text, secrets=[account.password])[:200]
