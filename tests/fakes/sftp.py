"""An SFTP server on 127.0.0.1 with its files in memory, that can be told to misbehave.

    with SftpServer() as server:
        server.next("rename", lose_answer)     # does it, then the line is dead
        server.next("write", say(SFTP_FAILURE))
        …
        assert server.files == {"/in/2026/2026-0042.xml": b"…"}

Like OpenSSH's: plain rename refuses a taken name, posix-rename replaces; folders must be made one by
one. By hand: `python -m tests.fakes.sftp`.
"""

import errno
import os
import socket
import threading

import paramiko
from paramiko import SFTP_FAILURE, SFTP_NO_SUCH_FILE, SFTP_OK, SFTP_OP_UNSUPPORTED, SFTP_PERMISSION_DENIED
from paramiko.sftp_attr import SFTPAttributes

from tests.fakes.server import Nth

__all__ = ["SFTP_FAILURE", "SFTP_OP_UNSUPPORTED", "SFTP_PERMISSION_DENIED", "SftpServer", "lose_answer", "say"]

FOLDER, FILE = 0o040755, 0o100644


def say(code: int):
    """Answer so, and do nothing."""
    return lambda server, do: code


def lose_answer(server, do):
    """Do it, then the line is dead."""
    do()
    server.hang_up()
    return SFTP_FAILURE


def hang_up(server, do):
    """The line is dead before anything is done."""
    server.hang_up()
    return SFTP_FAILURE


class SftpServer:
    def __init__(self, user="banqup", password="correct horse", home="/in"):
        self.user, self.password, self.home = user, password, home
        self.public_keys: list[paramiko.PKey] = []
        self.host_key = paramiko.ECDSAKey.generate()
        self.files: dict[str, bytes] = {}
        self.folders = {"/", home}
        self.read_only: set[str] = set()
        self.knows_plain_rename = self.knows_posix_rename = True
        self.sign_ins: list[str] = []
        self.lock = threading.RLock()
        self._faults: list[tuple[str, object]] = []
        self._lost: Nth | None = None
        self._before: tuple[Nth, object] | None = None
        self._transports: list[paramiko.Transport] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]

    @property
    def fingerprint(self) -> str:
        return self.host_key.fingerprint.rstrip("=")

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *exc):
        self._socket.close()
        self.hang_up()

    def next(self, operation: str, *faults) -> None:
        """One misbehaviour each for the next uses of `operation` (open, write, stat, rename, …)."""
        self._faults += [(operation, fault) for fault in faults]

    def lose_answer_at(self, number: int, *, skip: str = "") -> Nth:
        """Only the answer to the so-manieth operation from now is lost, if it comes before the next call."""
        with self.lock:
            self._lost = Nth(number)
            return self._lost

    def just_before(self, number: int, happens) -> Nth:
        """`happens()` once, ahead of the so-manieth operation from now: another visitor may act in between."""
        with self.lock:
            self._before = (Nth(number), happens)
            return self._before[0]

    def hang_up(self) -> None:
        for transport in self._transports:
            transport.close()

    def act(self, operation: str, do):
        with self.lock:
            happens = self._before[1] if self._before and self._before[0](operation) else None
        if happens:  # without the lock: others are served meanwhile
            happens()
        with self.lock:
            if self._lost and self._lost(operation):
                return lose_answer(self, do)
            for position, (name, fault) in enumerate(self._faults):
                if name == operation:
                    del self._faults[position]
                    return fault(self, do)
            return do()

    def _serve(self):
        while True:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=[connection], daemon=True).start()

    def _talk(self, connection):
        transport = paramiko.Transport(connection)
        self._transports.append(transport)
        transport.add_server_key(self.host_key)
        transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Files, self)
        try:
            transport.start_server(server=_Door(self))
        except (paramiko.SSHException, EOFError, OSError):
            transport.close()


class _Door(paramiko.ServerInterface):
    def __init__(self, fake):
        self._fake = fake

    def get_allowed_auths(self, username):
        return "password,publickey"

    def check_auth_password(self, username, password):
        return self._let_in("password", (username, password) == (self._fake.user, self._fake.password))

    def check_auth_publickey(self, username, key):
        return self._let_in("publickey", username == self._fake.user and key in self._fake.public_keys)

    def _let_in(self, how, yes):
        self._fake.sign_ins.append(how if yes else f"{how} refused")
        return paramiko.AUTH_SUCCESSFUL if yes else paramiko.AUTH_FAILED

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED if kind == "session" else paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED


class _Files(paramiko.SFTPServerInterface):
    def __init__(self, server, fake, *args, **kwargs):
        super().__init__(server, *args, **kwargs)
        self._fake = fake

    def canonicalize(self, path):
        return os.path.normpath(os.path.join(self._fake.home, path))

    def _parent(self, path) -> int:
        parent = os.path.dirname(path)
        if parent not in self._fake.folders:
            return SFTP_NO_SUCH_FILE
        return SFTP_PERMISSION_DENIED if parent in self._fake.read_only else SFTP_OK

    def _attributes(self, path):
        found = SFTPAttributes()
        if path in self._fake.folders:
            found.st_mode, found.st_size = FOLDER, 4096
        elif path in self._fake.files:
            found.st_mode, found.st_size = FILE, len(self._fake.files[path])
        else:
            return SFTP_NO_SUCH_FILE
        return found

    def stat(self, path):
        return self._fake.act("stat", lambda: self._attributes(self.canonicalize(path)))

    lstat = stat

    def mkdir(self, path, attr):
        def do():
            where = self.canonicalize(path)
            if where in self._fake.folders or where in self._fake.files:
                return SFTP_FAILURE
            if said := self._parent(where):
                return said
            self._fake.folders.add(where)
            return SFTP_OK

        return self._fake.act("mkdir", do)

    def remove(self, path):
        def do():
            gone = self._fake.files.pop(self.canonicalize(path), None)
            return SFTP_NO_SUCH_FILE if gone is None else SFTP_OK

        return self._fake.act("remove", do)

    def _move(self, old, new, replace):
        old, new = self.canonicalize(old), self.canonicalize(new)
        if old not in self._fake.files:
            return SFTP_NO_SUCH_FILE
        if said := self._parent(new):
            return said
        if new in self._fake.folders or (new in self._fake.files and not replace):
            return SFTP_FAILURE
        self._fake.files[new] = self._fake.files.pop(old)
        return SFTP_OK

    def rename(self, oldpath, newpath):
        if not self._fake.knows_plain_rename:
            return SFTP_OP_UNSUPPORTED
        return self._fake.act("rename", lambda: self._move(oldpath, newpath, False))

    def posix_rename(self, oldpath, newpath):
        if not self._fake.knows_posix_rename:
            return SFTP_OP_UNSUPPORTED
        return self._fake.act("posix_rename", lambda: self._move(oldpath, newpath, True))

    def open(self, path, flags, attr):
        def do():
            where = self.canonicalize(path)
            if flags & os.O_CREAT:
                if said := self._parent(where):
                    return said
                if flags & os.O_EXCL and where in self._fake.files:
                    return paramiko.SFTPServer.convert_errno(errno.EEXIST)
                self._fake.files.setdefault(where, b"")
            elif where not in self._fake.files:
                return SFTP_NO_SUCH_FILE
            return _Handle(self._fake, where, flags)

        return self._fake.act("open", do)


class _Handle(paramiko.SFTPHandle):
    def __init__(self, fake, path, flags):
        super().__init__(flags)
        self._fake, self._path = fake, path

    def stat(self):
        found = SFTPAttributes()
        found.st_mode, found.st_size = FILE, len(self._fake.files[self._path])
        return found

    def read(self, offset, length):
        return self._fake.act("read", lambda: self._fake.files[self._path][offset : offset + length])

    def write(self, offset, data):
        def do():
            kept = self._fake.files[self._path]
            self._fake.files[self._path] = kept[:offset].ljust(offset, b"\0") + data + kept[offset + len(data) :]
            return SFTP_OK

        return self._fake.act("write", do)


if __name__ == "__main__":
    with SftpServer() as running:
        print(f"server 127.0.0.1, port {running.port}, user {running.user}, password {running.password}", flush=True)
        print(f"fingerprint {running.fingerprint}", flush=True)
        threading.Event().wait()
