"""The folder's part of the contract test: which documents stand there, and how an answer is lost."""

import contextlib
import errno
import os


class Destination:
    def __init__(self, root, monkeypatch):
        self._root, self._monkeypatch = root, monkeypatch
        self.config, self.secrets = {"folder": "janssens", "pattern": "{year}/{number}"}, {}

    def documents(self) -> int:
        return len(list(self._root.rglob("*.xml")))

    def lose_next_answer(self) -> None:
        """The file system does what it was asked and then reports an error."""
        really = os.link

        def link_then_fail(*args, **kwargs):
            self._monkeypatch.setattr(os, "link", really)
            really(*args, **kwargs)
            raise OSError(errno.EIO, "lost")

        self._monkeypatch.setattr(os, "link", link_then_fail)

    def contents(self) -> list[bytes]:
        return [path.read_bytes() for path in self._root.rglob("*") if path.is_file()]

    @contextlib.contextmanager
    def refusing(self):
        (self._root / "janssens").write_bytes(b"a file where a folder should be")
        yield
        (self._root / "janssens").unlink()


@contextlib.contextmanager
def opened(settings, tmp_path, monkeypatch):
    settings.BANQUP_FOLDER_ROOT = tmp_path / "delivered"
    settings.BANQUP_FOLDER_ROOT.mkdir()
    yield Destination(settings.BANQUP_FOLDER_ROOT, monkeypatch)
