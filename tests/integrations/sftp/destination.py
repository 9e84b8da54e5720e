"""The SFTP server's part of the contract test: which documents stand there, and how an answer is lost."""

import contextlib

from tests.fakes.sftp import SFTP_PERMISSION_DENIED, SftpServer, lose_answer, say


class Destination:
    def __init__(self, server):
        self.fake = server
        self.config = {
            "host": "127.0.0.1",
            "port": server.port,
            "user": server.user,
            "host_key": server.fingerprint,
            "pattern": "{year}/{number}",
        }
        self.secrets = {"password": server.password}

    def documents(self) -> int:
        return sum(name.endswith(".xml") for name in self.fake.files)

    def contents(self) -> list[bytes]:
        return [data for name, data in self.fake.files.items() if not name.endswith(".part")]

    def lose_next_answer(self) -> None:
        self.fake.next("rename", lose_answer)

    @contextlib.contextmanager
    def refusing(self):
        self.fake.next("mkdir", say(SFTP_PERMISSION_DENIED))
        yield


@contextlib.contextmanager
def opened(settings, tmp_path, monkeypatch):
    with SftpServer() as server:
        yield Destination(server)
