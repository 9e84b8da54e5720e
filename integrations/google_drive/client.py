"""The few calls of the Google Drive API (v3) that we need.

Source: https://developers.google.com/workspace/drive/api/guides (create-file, manage-uploads,
search-files) and the API's discovery document; README.md of this folder says which of it was verified.
"""

import json
import re
import uuid
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from django.utils.translation import gettext as _

from .. import http
from ..base import ReconnectNeeded, TryAgain
from ..destinations import base_url
from .answers import json_of, meaning

FOLDER = "application/vnd.google-apps.folder"
# The limit of Drive for a file in one call; larger ones go in pieces.
ONE_CALL_AT_MOST = 5 * 1000 * 1000
# A multiple of 256 KiB, as Drive asks; each piece has 30 seconds.
PIECE = 4 * 1024 * 1024
# A list of a hundred items.
READ_AT_MOST = 512 * 1024
_FIELDS = "id,name,mimeType,md5Checksum,size,trashed,webViewLink,createdTime,appProperties"
_ALL_DRIVES = {"supportsAllDrives": "true"}


def api_url() -> str:
    return base_url("google_drive.api", "https://www.googleapis.com")


@dataclass(frozen=True)
class Item:
    """A file or folder that stands there."""

    id: str
    name: str
    mime_type: str = ""
    md5: str = ""
    size: int = 0
    is_trashed: bool = False
    link: str = ""
    properties: tuple[tuple[str, str], ...] = ()

    def property(self, name: str) -> str:
        return dict(self.properties).get(name, "")


class IdInUse(Exception):
    """An item of that id was made before."""


class ParentGone(Exception):
    """The folder that it should go to is not there any more."""


class SessionLost(Exception):
    """The upload session is not known there any more."""


class Client:
    """`access` is `oauth.Access`; `before` is called ahead of each request and may raise (a lost lock)."""

    def __init__(self, access, drive_id: str = "", before=lambda: None):
        self._access, self._drive_id, self._before = access, drive_id, before

    @property
    def top(self) -> str:
        """Where the tree begins: the shared drive, else the person's own."""
        return self._drive_id or "root"

    def about(self) -> dict:
        """The account and its room."""
        return self._json("GET", "/drive/v3/about", {"fields": "user,storageQuota"})

    def find(self, query: str) -> list[Item]:
        """Our own items that match, the oldest first; of a shared drive only when one is configured."""
        asked = {"q": query, "fields": f"files({_FIELDS})", "orderBy": "createdTime", "pageSize": "100"}
        if self._drive_id:
            asked |= {"corpora": "drive", "driveId": self._drive_id, "includeItemsFromAllDrives": "true"}
        return [_item(each) for each in self._json("GET", "/drive/v3/files", asked | _ALL_DRIVES).get("files", [])]

    def new_ids(self, count: int) -> list[str]:
        """Ids that Drive will take for items to be made."""
        asked = {"count": str(count), "space": "drive", "type": "files"}
        ids = self._json("GET", "/drive/v3/files/generateIds", asked).get("ids", [])
        if len(ids) != count:
            raise TryAgain(_("Google Drive gave no ids for new files; it is tried again."))
        return [str(each) for each in ids]

    def get(self, item_id: str) -> Item | None:
        answer = self._call("GET", f"/drive/v3/files/{quote(item_id, safe='')}", {"fields": _FIELDS, **_ALL_DRIVES})
        return None if answer.status == 404 else _item(self._good(answer))

    def make_folder(self, metadata: dict) -> Item:
        """Raises IdInUse, ParentGone."""
        body = json.dumps({**metadata, "mimeType": FOLDER}).encode()
        return self._made(self._call("POST", "/drive/v3/files", {"fields": _FIELDS, **_ALL_DRIVES}, body=body))

    def upload(self, metadata: dict, mime_type: str, data: bytes) -> Item:
        """A small file in one call. Raises IdInUse, ParentGone."""
        boundary = f"banqup-{uuid.uuid4().hex}"
        head = f"--{boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{json.dumps(metadata)}\r\n"
        head += f"--{boundary}\r\nContent-Type: {mime_type}\r\n\r\n"
        body = head.encode() + data + f"\r\n--{boundary}--\r\n".encode()
        asked = {"uploadType": "multipart", "fields": _FIELDS, **_ALL_DRIVES}
        headers = {"Content-Type": f"multipart/related; boundary={boundary}"}
        return self._made(self._call("POST", "/upload/drive/v3/files", asked, body=body, headers=headers))

    def begin(self, metadata: dict, mime_type: str, size: int) -> str:
        """The address of a new upload in pieces. Raises IdInUse, ParentGone."""
        headers = {"X-Upload-Content-Type": mime_type, "X-Upload-Content-Length": str(size)}
        asked = {"uploadType": "resumable", "fields": _FIELDS, **_ALL_DRIVES}
        body = json.dumps(metadata).encode()
        answer = self._call("POST", "/upload/drive/v3/files", asked, body=body, headers=headers)
        session = answer.headers.get("location", "")
        if answer.status != 200:
            self._made(answer)
        # Our token goes along with every piece, so the pieces go nowhere else.
        if urlsplit(session)[:2] != urlsplit(api_url())[:2]:
            raise TryAgain(_("Google Drive named no address for a large file; it is tried again."))
        return session

    def progress(self, session: str, size: int) -> Item | int:
        """The finished file, or how many bytes have arrived. Raises SessionLost."""
        return self._arrived(self._send("PUT", session, b"", {"Content-Range": f"bytes */{size}"}))

    def put(self, session: str, offset: int, piece: bytes, size: int) -> Item | int:
        """Send one piece; the finished file, or how many bytes have arrived. Raises SessionLost, IdInUse, ParentGone."""
        span = f"bytes {offset}-{offset + len(piece) - 1}/{size}"
        return self._arrived(self._send("PUT", session, piece, {"Content-Range": span}))

    def _arrived(self, answer: http.Response) -> Item | int:
        if answer.status == 308:
            reached = re.fullmatch(r"bytes=0-(\d{1,18})", answer.headers.get("range", ""))
            return int(reached[1]) + 1 if reached else 0
        if answer.status in (404, 410):
            raise SessionLost
        return self._made(answer)

    def _made(self, answer: http.Response) -> Item:
        if answer.status == 409:
            raise IdInUse
        if answer.status == 404:
            raise ParentGone
        return _item(self._good(answer))

    def _json(self, method: str, path: str, query: dict) -> dict:
        return self._good(self._call(method, path, query))

    def _good(self, answer: http.Response) -> dict:
        said = json_of(answer)
        if answer.status in (200, 201) and said:
            return said
        raise meaning(answer, excerpt=answer.excerpt(secrets=self._access.secrets))

    def _call(self, method: str, path: str, query: dict, *, body: bytes = b"", headers=None) -> http.Response:
        headers = {"Content-Type": "application/json; charset=UTF-8", **(headers or {})} if body else {}
        return self._send(method, f"{api_url()}{path}?{urlencode(query)}", body, headers)

    def _send(self, method: str, url: str, body: bytes, headers: dict) -> http.Response:
        """One request; with a new token when the first one was refused."""
        if self._access is None:
            raise ReconnectNeeded(_("Not connected yet. Connect it, then test it."))
        token = self._access.token()
        answer = self._request(method, url, body, headers, token)
        if answer.status == 401:
            answer = self._request(method, url, body, headers, self._access.renewed(token))
        return answer

    def _request(self, method: str, url: str, body: bytes, headers: dict, token: str) -> http.Response:
        self._before()
        headers = {**headers, "Authorization": f"Bearer {token}"}
        return http.request(method, url, headers=headers, body=body, read_at_most=READ_AT_MOST)


def quoted(text: str) -> str:
    """`text` as a string of a search query."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def has(name: str, value: str) -> str:
    """The search condition that our own property `name` is `value`."""
    return f"appProperties has {{ key={quoted(name)} and value={quoted(value)} }}"


def _item(said: dict) -> Item:
    size = str(said.get("size", "0"))
    return Item(
        id=str(said.get("id", "")),
        name=str(said.get("name", "")),
        mime_type=str(said.get("mimeType", "")),
        md5=str(said.get("md5Checksum", "")),
        size=int(size) if size.isascii() and size.isdigit() else 0,
        is_trashed=said.get("trashed") is True,
        link=str(said.get("webViewLink", "")),
        properties=tuple((said.get("appProperties") or {}).items()),
    )
