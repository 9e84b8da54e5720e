"""A folder on the server: e-invoice, PDF and attachments of each document, in a tree of one's own."""

import errno
import hashlib
import os
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import naming, shelving
from ..base import (
    BrokenConfiguration,
    Connector,
    Delivered,
    Payload,
    TestStep,
    TryAgain,
)
from . import tree
from .forms import FolderForm

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_RIGHTS = {errno.EACCES, errno.EPERM, errno.EROFS}


class FolderConnector(Connector):
    key = "folder"
    label = gettext_lazy("Folder")
    initials = "FO"
    description = gettext_lazy("Writes the e-invoice and the PDF of every approved document to a folder on the server.")
    can_update = True
    resend_warning = ""
    config_form = FolderForm
    own_fields = ("folder",)

    def push(self, payload: Payload, *, remote: dict, keep) -> Delivered:
        path = [self._sub_folder(payload.space_name), *naming.parts(self._pattern(), naming.values(payload))]
        wanted = "/".join(path)
        *folders, stem = path
        files = naming.named_files(payload)
        # Where it stands since an earlier sending, as long as the pattern still says the same.
        start = remote.get("suffix", 1) if remote.get("wanted") == wanted else 1
        with _said(wanted), tree.folder(self._root(), folders) as handle:
            suffix = shelving.place(_Shelf(handle), stem, files, start=start)
        written = ["/".join([*folders, shelving.name(stem, suffix, file.tail)]) for file in files]
        keep(wanted=wanted, suffix=suffix, files=written)
        return Delivered(label=written[0])

    def check(self) -> list[TestStep]:
        root = Path(settings.BANQUP_FOLDER_ROOT)
        try:
            with _said(str(root)):
                os.close(os.open(self._root(), os.O_RDONLY | os.O_DIRECTORY))
            steps = [TestStep(_("Find the delivery folder"), True, str(root))]
        except (BrokenConfiguration, TryAgain) as error:
            return [TestStep(_("Find the delivery folder"), False, error.message)]
        sub_folder = self._sub_folder("")
        steps.append(self._write_and_read(root, sub_folder))
        example = "/".join([sub_folder, *naming.parts(self._pattern(), naming.values(naming.EXAMPLE))])
        steps.append(TestStep(_("Name an example"), True, f"{root}/{example}.xml"))
        return steps

    def _write_and_read(self, root: Path, sub_folder: str) -> TestStep:
        step = _("Write, read and remove a test file")
        name, data = "banqup-test.txt", b"Banqup can write here.\n"
        try:
            with _said(f"{root}/{sub_folder}"), tree.folder(self._root(), [sub_folder]) as handle:
                tree.remove(handle, name)
                tree.add(handle, name, data)
                same = tree.digest(handle, name) == hashlib.sha256(data).hexdigest()
                tree.remove(handle, name)
        except (BrokenConfiguration, TryAgain) as error:
            return TestStep(step, False, error.message)
        return TestStep(
            step, same, f"{root}/{sub_folder}" if same else _("What was read back is not what was written.")
        )

    def summary(self, config: dict) -> str:
        return f"{config.get('folder') or '…'}/{config.get('pattern') or naming.DEFAULT_PATTERN}"

    def _pattern(self) -> str:
        return naming.usable(self.config.get("pattern") or naming.DEFAULT_PATTERN)

    def _sub_folder(self, space_name: str) -> str:
        return naming.safe(self.config.get("folder") or slugify(space_name) or "banqup")

    def _root(self) -> Path:
        root = Path(settings.BANQUP_FOLDER_ROOT)
        if not root.is_dir():
            raise BrokenConfiguration(
                _(
                    "The delivery folder %s is missing on the server. Create it (or set BANQUP_FOLDER_ROOT), and let Banqup write there."
                )
                % root
            )
        return root


class _Shelf:
    """An open folder, as `shelving.place` needs it."""

    def __init__(self, handle: int):
        self._handle = handle

    def has(self, name: str, file: naming.NamedFile) -> bool | None:
        there = tree.digest(self._handle, name)
        if there is not None and there != file.sha256 and tree.is_being_taken(self._handle, name):
            raise TryAgain(_("%s is being written by somebody else at this moment; it is tried again.") % name)
        return None if there is None else there == file.sha256

    def add(self, name: str, file: naming.NamedFile) -> bool:
        return tree.add(self._handle, name, file.data)


@contextmanager
def _said(where: str):
    """What the file system's errors mean for people."""
    words = {"path": where}
    try:
        yield
    except tree.LeadsElsewhere as error:
        raise BrokenConfiguration(
            _(
                "%(path)s leads out of the delivery folder or is not a folder. Remove the link or file “%(name)s” on the server."
            )
            % {**words, "name": error.filename}
        ) from error
    except OSError as error:
        if error.errno in _FULL:
            raise TryAgain(
                _("The disk is full: %(path)s can't be written. Make room on the server; it is tried again.") % words
            ) from error
        if error.errno in _NO_RIGHTS:
            raise BrokenConfiguration(
                _("Banqup may not write to %(path)s. Give the user it runs as the right to, then test again.") % words
            ) from error
        if error.errno == errno.ENAMETOOLONG:
            raise BrokenConfiguration(
                _("%(path)s is too long a name here. Use fewer fields in the pattern.") % words
            ) from error
        raise TryAgain(
            _("%(path)s can't be written at the moment: %(why)s.") % {**words, "why": error.strerror}
        ) from error
