"""One document on its way into a Google Drive: each file made once, under an id that was chosen before."""

import hashlib

from django.utils.translation import gettext as _

from banqup.common import secrets

from .. import naming
from ..base import BrokenConfiguration, Delivered, Payload, TryAgain
from . import client
from .client import FOLDER, Client, IdInUse, Item, ParentGone, SessionLost

# Our own properties of what we make there; 124 bytes at most for name and value.
FOLDER_IS, DOCUMENT_IS, FILE_IS = "banqupFolder", "banqupDocument", "banqupFile"
# A session may be lost that often before the upload is given up for this try.
SESSIONS_AT_MOST = 3


class Storing:
    """remote: `wanted` the path without extension; `place` whose drive, which drive; `key` of the sending;
    `at` the name it got; `ids` chosen before the first try, by extension or folder; `done` what each file
    became; `session` a sealed upload.
    """

    def __init__(self, there: Client, payload: Payload, files, about: dict, remote: dict, keep):
        self.there, self.files, self.keep, self.key = there, files, keep, about["key"]
        *self.folders, self.stem = about["wanted"].split("/")
        self.document = f"{payload.document_id}-{payload.content_sha256[:32]}"
        is_same = all(remote.get(name) == about[name] for name in ("wanted", "place"))
        is_retry = is_same and remote["key"] == self.key
        self.at = remote["at"] if is_same else ""
        self.earlier = dict(remote["done"]) if is_same else {}
        self.done = dict(self.earlier) if is_retry else {}
        self.ids = dict(remote.get("ids", {})) if is_retry else {}
        self.session = remote.get("session", "") if is_retry else ""

    def run(self) -> Delivered:
        missing = [file for file in self.files if file.tail not in self.done]
        if missing:
            self._store(missing)
        first = self.done[self.files[0].tail]
        return Delivered(label="/" + "/".join([*self.folders, first["name"]]), url=first["link"])

    def _store(self, missing: list[naming.NamedFile]) -> None:
        folder, new_folders = self._deepest()
        standing = self._standing(folder) if not new_folders else {}
        standing |= self._moved([file for file in missing if file.sha256 not in standing])
        new_files = [file for file in missing if file.sha256 not in standing]
        self._choose_ids([*new_folders, *(file.tail for file in new_files)])
        for path in new_folders:
            folder = self._make_folder(path, folder)
        for file in missing:
            item = standing.get(file.sha256) or self._make_file(file, folder)
            self.done[file.tail] = {"id": item.id, "name": item.name, "link": item.link, "sha256": file.sha256}
            self.session = ""
            self._keep()

    # --- folders ---

    def _deepest(self) -> tuple[str, list[str]]:
        """(id of the deepest folder that is there, paths of those below it that are to be made)."""
        paths = ["/".join(self.folders[:depth]) for depth in range(1, len(self.folders) + 1)]
        missing = []
        for path in reversed(paths):
            mine = client.has(FOLDER_IS, self._folder_mark(path))
            found = self.there.find(f"mimeType = {client.quoted(FOLDER)} and trashed = false and {mine}")
            if found:
                return found[0].id, missing
            missing.insert(0, path)
        return self.there.top, missing

    def _folder_mark(self, path: str) -> str:
        return hashlib.sha256(f"{self.there.top}/{path}".encode()).hexdigest()[:40]

    def _make_folder(self, path: str, parent: str) -> str:
        name = path.rsplit("/", 1)[-1]
        about = {"name": name, "parents": [parent], "appProperties": {FOLDER_IS: self._folder_mark(path)}}
        made = self._make(path, about, self.there.make_folder, lambda item: item.mime_type == FOLDER)
        return made.id

    # --- files ---

    def _standing(self, folder: str) -> dict[str, Item]:
        """Files of this document in `folder`, by hash; where another one has our name, `at` becomes one of our own."""
        # The name of the e-invoice, the first file, stands for all of them.
        first = self.stem + self.files[0].tail
        mine = client.has(DOCUMENT_IS, self.document)
        ours = f"({mine} or name = {client.quoted(first)})"
        found = self.there.find(f"{client.quoted(folder)} in parents and trashed = false and {ours}")
        bytes_of = {file.sha256[:40]: file for file in self.files}
        standing, is_taken = {}, False
        for item in found:
            file = bytes_of.get(item.property(FILE_IS))
            if item.property(DOCUMENT_IS) == self.document and file and _same(item, file):
                standing.setdefault(file.sha256, item)
            elif item.name == first:
                is_taken = True
        if is_taken and not self.at:
            self.at = f"{self.stem}-{naming.mark(self.files)}"
        return standing

    def _moved(self, files: list[naming.NamedFile]) -> dict[str, Item]:
        """Those of `files` that an earlier sending left and a person moved elsewhere."""
        found = {}
        for file in files:
            known = self.earlier.get(file.tail)
            item = self.there.get(known["id"]) if known and file.tail not in self.done else None
            if item and _same(item, file):
                found[file.sha256] = item
        return found

    def _make_file(self, file: naming.NamedFile, folder: str) -> Item:
        about = {
            "name": (self.at or self.stem) + file.tail,
            "parents": [folder],
            "mimeType": file.mime_type,
            "appProperties": {DOCUMENT_IS: self.document, FILE_IS: file.sha256[:40], "banqupDelivery": self.key},
        }
        return self._make(file.tail, about, lambda told: self._send(told, file), lambda item: _same(item, file))

    def _make(self, name: str, about: dict, send, is_ours) -> Item:
        """Make it under the id chosen for `name`; what stands there under that id from an earlier try is it."""
        for _try in range(2):
            try:
                return send({"id": self.ids[name], **about})
            except IdInUse:
                item = self.there.get(self.ids[name])
                if item and not item.is_trashed and is_ours(item):
                    return item
                # A person threw it away or changed it meanwhile.
                del self.ids[name]
                self._choose_ids([name])
            except ParentGone as error:
                raise self._gone(about["parents"][0]) from error
        raise TryAgain(_("Google Drive does not take the id that it gave for %s; it is tried again.") % about["name"])

    def _gone(self, parent: str) -> Exception:
        if parent == self.there.top:
            return BrokenConfiguration(
                _("The shared drive is not found. Check its id, and that this account may add files there."), status=404
            )
        return TryAgain(_("The folder at Google Drive has just gone; it is made again."), status=404)

    def _send(self, about: dict, file: naming.NamedFile) -> Item:
        if len(file.data) <= client.ONE_CALL_AT_MOST:
            return self.there.upload(about, file.mime_type, file.data)
        for _try in range(SESSIONS_AT_MOST):
            try:
                return self._send_in_pieces(about, file)
            except SessionLost:
                self.session = ""
        raise TryAgain(_("The upload of %s got out of step; it is tried again.") % about["name"])

    def _send_in_pieces(self, about: dict, file: naming.NamedFile) -> Item:
        size = len(file.data)
        session, reached = self._open_session(file), 0
        if session:
            reached = self.there.progress(session, size)
        else:
            session = self.there.begin(about, file.mime_type, size)
            # Whoever has this address can write there: it is kept sealed.
            self.session = secrets.seal(self._sealed_for(file), {"address": session})
            self._keep()
        while not isinstance(reached, Item):
            before = reached
            reached = self.there.put(session, before, file.data[before : before + client.PIECE], size)
            if not isinstance(reached, Item) and not before < reached < size:
                raise SessionLost  # it makes no progress
        return reached

    def _open_session(self, file: naming.NamedFile) -> str:
        try:
            return secrets.open_(self._sealed_for(file), self.session).get("address", "")
        except secrets.SecretsUnreadable:
            return ""  # of another file, or sealed with a key that is gone

    def _sealed_for(self, file: naming.NamedFile) -> str:
        return f"google_drive/{self.key}/{self.ids[file.tail]}"

    # --- what is kept ---

    def _choose_ids(self, names: list[str]) -> None:
        """An id for each of `names` that has none, kept before anything is made under it."""
        lacking = [name for name in names if name not in self.ids]
        if lacking:
            self.ids |= zip(lacking, self.there.new_ids(len(lacking)), strict=True)
            self._keep()

    def _keep(self) -> None:
        self.keep(
            at=self.at,
            ids=dict(self.ids),
            done=dict(self.done),
            session=self.session,
        )


def _same(item: Item, file: naming.NamedFile) -> bool:
    """Drive's checksum only tells whether bytes changed; nothing is trusted because of it."""
    md5 = hashlib.md5(file.data, usedforsecurity=False).hexdigest()
    return not item.is_trashed and item.size == len(file.data) and item.md5 == md5
