"""One visit to an SFTP server: guarded address, known host key, whole files only."""

import contextlib
import errno
import hashlib
import logging
import secrets
import socket
import stat
import threading
from contextlib import contextmanager

import paramiko
from django.utils.translation import gettext as _

from .. import addresses
from ..base import BrokenConfiguration, DeliveryError, TryAgain, UnknownOutcome
from ..naming import NamedFile
from . import keys

# It tells every connection.
logging.getLogger("paramiko").setLevel(logging.WARNING)

CONNECT_SECONDS = 10
STEP_SECONDS = 30
# So long one visit may take in all; well below the lease of a push.
VISIT_SECONDS = 180
TEMPORARY = ".banqup-"


@contextmanager
def visit(*, host: str, port: int, user: str, password: str, private_key: str, passphrase: str, host_keys: list[str]):
    """A `Visit`, signed in. Raises BrokenConfiguration, TryAgain before anything is written."""
    own_key = keys.private(private_key, passphrase) if private_key else None
    transport = _hello(host, port)
    patience = threading.Timer(VISIT_SECONDS, transport.close)
    patience.daemon = True
    patience.start()
    try:
        _recognise(transport, host, host_keys)
        _sign_in(transport, user, password, own_key)
        with _said_before(host):
            sftp = paramiko.SFTPClient.from_transport(transport)
            sftp.get_channel().settimeout(STEP_SECONDS)
        yield Visit(sftp, host)
    finally:
        patience.cancel()
        transport.close()


def _hello(host: str, port: int) -> paramiko.Transport:
    if not keys.port_allowed(port):
        raise BrokenConfiguration(_("Port %d can't be used. Use 22, or one from 1024 on.") % port)
    try:
        judged = addresses.checked(host, port)
    except addresses.AddressRefused as error:
        raise BrokenConfiguration(str(error)) from error
    except addresses.NameNotFound as error:
        raise TryAgain(str(error)) from error
    with _said_before(host):
        transport = paramiko.Transport(_connected(judged, port))
        transport.banner_timeout = transport.auth_timeout = CONNECT_SECONDS
        try:
            transport.start_client(timeout=CONNECT_SECONDS)
        except BaseException:
            transport.close()
            raise
    return transport


def _connected(judged: list[str], port: int) -> socket.socket:
    """To the first judged address that answers: the name is not asked again."""
    for position, address in enumerate(judged):
        try:
            return socket.create_connection((address, port), timeout=CONNECT_SECONDS)
        except OSError:
            if position == len(judged) - 1:
                raise
    raise OSError(errno.EHOSTUNREACH, "no address")


def _recognise(transport: paramiko.Transport, host: str, known: list[str]) -> None:
    """Before any password leaves us: is it the server that a person confirmed?"""
    key = transport.get_remote_server_key()
    shown = keys.plain(key.fingerprint)
    words = {"host": host, "shown": shown, "kind": key.get_name()}
    if not known:
        raise BrokenConfiguration(
            _(
                "%(host)s shows the fingerprint %(shown)s (%(kind)s). Compare it with what the owner of the server "
                "says; if it is the same, enter it as the fingerprint of the server."
            )
            % words
        )
    if shown not in known:
        raise BrokenConfiguration(
            _(
                "%(host)s shows another fingerprint than the one that was confirmed: %(shown)s (%(kind)s). Nothing was "
                "sent. Ask the owner of the server whether the key was changed; only then enter the new fingerprint."
            )
            % words
        )


def _sign_in(transport, user, password, own_key) -> None:
    host_words = {"user": user}
    try:
        if own_key is not None:
            left = transport.auth_publickey(user, own_key)
            if left:  # the server wants the password besides
                transport.auth_password(user, password)
        else:
            transport.auth_password(user, password)
    except paramiko.BadAuthenticationType as error:
        allowed = ", ".join(error.allowed_types)
        words = _("The server does not let %(user)s sign in this way. It takes: %(allowed)s.")
        raise BrokenConfiguration(words % {**host_words, "allowed": allowed}) from error
    except paramiko.AuthenticationException as error:
        words = _("The server does not accept the user %(user)s with this password or key. Enter them anew, then test.")
        raise BrokenConfiguration(words % host_words) from error
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise TryAgain(_("The connection broke while signing in; it is tried again.")) from error


@contextmanager
def _said_before(host: str):
    """Nothing has been written yet."""
    try:
        yield
    except paramiko.ssh_exception.IncompatiblePeer as error:
        raise BrokenConfiguration(
            _("%s speaks only outdated encryption. Ask its owner to update it.") % host
        ) from error
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise TryAgain(_("%s can't be reached, or is no SFTP server; it is tried again.") % host) from error


class Visit:
    """The server's files. Every method raises a DeliveryError."""

    def __init__(self, sftp: paramiko.SFTPClient, host: str):
        self._sftp, self._host = sftp, host

    def enter(self, base: str, folders: list[str]) -> "Folder":
        """`folders` below `base`, each made when it is missing; `base` must be there."""
        with self.said(base or "."):
            path = self._sftp.normalize(base or ".")
            if not stat.S_ISDIR(self._sftp.stat(path).st_mode or 0):
                raise BrokenConfiguration(_("%s is not a folder on the server.") % path)
        for name in folders:
            path = f"{path.rstrip('/')}/{name}"
            with self.said(path):
                try:
                    self._sftp.mkdir(path)
                except OSError as refusal:
                    try:
                        self._sftp.stat(path)  # there already, perhaps since a moment ago
                    except FileNotFoundError:
                        raise refusal from None
        return Folder(self, self._sftp, path)

    @contextmanager
    def said(self, path: str):
        """What the server's errors mean for people."""
        words = {"host": self._host, "path": path}
        try:
            yield
        except DeliveryError:
            raise
        except OSError as error:
            raise self._meaning(error, words) from error
        except (paramiko.SSHException, EOFError) as error:
            raise self._lost(words) from error

    def _lost(self, words) -> DeliveryError:
        return UnknownOutcome(
            _("The connection to %(host)s broke. What arrived is looked for at the next try.") % words
        )

    def _meaning(self, error: OSError, words) -> DeliveryError:
        if error.errno == errno.ENOENT:
            return BrokenConfiguration(
                _("%(path)s is not there on %(host)s. Create the folder, or enter another.") % words
            )
        if error.errno == errno.EACCES:
            return BrokenConfiguration(_("The user may not write to %(path)s on %(host)s.") % words)
        if error.errno is not None or isinstance(error, TimeoutError) or str(error) == "Socket is closed":
            return self._lost(words)
        why = " ".join(str(error).split())[:200]
        return TryAgain(
            _("%(host)s can't write %(path)s at the moment: %(why)s.")
            % {**words, "why": why or error.__class__.__name__}
        )


class Folder:
    """One folder there, as `shelving.place` needs it."""

    def __init__(self, visit: Visit, sftp: paramiko.SFTPClient, path: str):
        self._visit, self._sftp, self.path = visit, sftp, path
        # Of this visit alone: two workers that deliver the same document write side by side.
        self.temporary = self._full(f"{TEMPORARY}{secrets.token_hex(8)}.part")

    def _full(self, name: str) -> str:
        return f"{self.path.rstrip('/')}/{name}"

    def has(self, name: str, file: NamedFile) -> bool | None:
        path = self._full(name)
        with self._visit.said(path):
            try:
                there = self._sftp.lstat(path)
                if not stat.S_ISREG(there.st_mode or 0) or there.st_size != len(file.data):
                    return False
                with self._sftp.open(path, "rb") as stream:
                    stream.prefetch(there.st_size)
                    return hashlib.sha256(stream.read(there.st_size)).hexdigest() == file.sha256
            except FileNotFoundError:
                return None

    def add(self, name: str, file: NamedFile) -> bool:
        """Under a hidden name first; the last step fails when the name is taken, so nothing is overwritten."""
        path, temporary = self._full(name), self.temporary
        with self._visit.said(path):
            try:
                with self._sftp.open(temporary, "wx") as stream:
                    stream.set_pipelined(True)
                    stream.write(file.data)
                if self._size(temporary, path) != len(file.data):
                    words = _(
                        "%s was not written completely, perhaps because the disk there is full; it is tried again."
                    )
                    raise TryAgain(words % path)
                return self._rename(temporary, path)
            except BaseException:
                with contextlib.suppress(Exception):
                    self._sftp.remove(temporary)
                raise

    def _size(self, temporary: str, path: str) -> int:
        try:
            return self._sftp.stat(temporary).st_size
        except FileNotFoundError as error:
            raise self._taken_away(path) from error

    def _rename(self, temporary: str, path: str) -> bool:
        try:
            self._sftp.rename(temporary, path)
        except OSError:
            if self._exists(path):
                self._clear(temporary)
                return False
            if not self._exists(temporary):
                raise self._taken_away(path) from None
            # Some servers rename only the way of OpenSSH, which would replace a file: none is there.
            self._sftp.posix_rename(temporary, path)
        return True

    def _taken_away(self, path: str) -> TryAgain:
        """Whoever follows a try that takes too long clears up behind it."""
        return TryAgain(_("%s was taken away while it was being written; it is tried again.") % path)

    def clear(self, left: str) -> None:
        """Remove the unfinished file that an earlier try announced; nothing else is ever removed."""
        if left.rsplit("/", 1)[-1].startswith(TEMPORARY):
            with self._visit.said(left):
                self._clear(left)

    def _clear(self, path: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._sftp.remove(path)

    def _exists(self, path: str) -> bool:
        try:
            self._sftp.lstat(path)
        except FileNotFoundError:
            return False
        return True

    def remove(self, name: str) -> None:
        with self._visit.said(self._full(name)):
            self._sftp.remove(self._full(name))
