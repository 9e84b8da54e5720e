"""A Google Drive on 127.0.0.1, from the facts page: consent, ids given ahead, names that are not unique,
uploads in one call and in pieces, shared drives, and what the scope drive.file hides.

    with GoogleDrive() as there:
        there.next(denied("storageQuotaExceeded"), when=path("/upload/"))
        …
        assert there.tree() == {"Invoice_import/…/2026-0042.xml": [b"…"]}

By hand: `python -m tests.fakes.google_drive` prints the BANQUP_BASE_URLS that lead to it.
"""

import contextlib
import hashlib
import json
import re
import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from .consent import Consent
from .server import FakeServer, Reply, Request, as_json

FOLDER = "application/vnd.google-apps.folder"
ROOT = "0AROOTofMyDrive"


def error(code: int, reason: str, message: str = "", **headers) -> Reply:
    about = {"domain": "global", "reason": reason, "message": message or reason}
    return as_json({"error": {"code": code, "message": message or reason, "errors": [about]}}, code, **headers)


def denied(reason: str, code: int = 403, **headers):
    """For `next`: the API's own refusal."""
    return lambda server, request: error(code, reason, **headers)


@dataclass
class Item:
    id: str
    name: str
    mime_type: str
    parent: str
    properties: dict
    data: bytes = b""
    number: int = 0
    is_trashed: bool = False
    by_this_app: bool = True


@dataclass
class Upload:
    about: dict
    mime_type: str
    total: int
    data: bytearray = field(default_factory=bytearray)
    made: str = ""


class GoogleDrive(FakeServer):
    def __init__(self):
        super().__init__()
        self.consent = Consent(authorize="/o/oauth2/v2/auth", token="/token", life=timedelta(hours=1))
        self.items: dict[str, Item] = {}
        self.given: set[str] = set()
        self.shared_drives: set[str] = set()
        self.uploads: dict[str, Upload] = {}
        self.one_call_at_most = 5 * 1000 * 1000
        self.unit = 256 * 1024
        self.limit = 15 * 1000**3

    @property
    def base_urls(self) -> dict[str, str]:
        return dict.fromkeys(["google_drive.accounts", "google_drive.oauth", "google_drive.api"], self.url)

    # --- for tests ---

    def tree(self) -> dict[str, list[bytes]]:
        """path → contents of each file of that name that is not in the bin."""
        found = {}
        for item in self.items.values():
            if item.mime_type != FOLDER and not item.is_trashed:
                found.setdefault(self.path(item), []).append(item.data)
        return found

    def folders(self) -> list[str]:
        return sorted(self.path(item) for item in self.items.values() if item.mime_type == FOLDER)

    def path(self, item: Item) -> str:
        above = self.items.get(item.parent)
        return f"{self.path(above)}/{item.name}" if above else item.name

    def named(self, end: str) -> Item:
        (found,) = [item for item in self.items.values() if self.path(item).endswith(end)]
        return found

    # --- the API ---

    def reply(self, request: Request) -> Reply:
        answer = self.consent.reply(request)
        if answer is not None:
            return answer
        if self.consent.account(request.headers.get("authorization", "")) is None:
            return error(401, "authError", "Invalid Credentials")
        asked = request.method, request.path
        match asked:
            case "GET", "/drive/v3/about":
                used = sum(len(item.data) for item in self.items.values())
                quota = {"limit": str(self.limit), "usage": str(used)}
                return as_json({"user": {"emailAddress": "person@example.test"}, "storageQuota": quota})
            case "GET", "/drive/v3/files/generateIds":
                ids = [secrets.token_urlsafe(24) for _ in range(int(request.query["count"]))]
                self.given |= set(ids)
                return as_json({"kind": "drive#generatedIds", "space": "drive", "ids": ids})
            case "GET", "/drive/v3/files":
                return self._list(request.query)
            case "POST", "/drive/v3/files":
                return self._make(request.json, request.json["mimeType"], b"")
            case "POST", "/upload/drive/v3/files":
                return self._upload(request)
            case "PUT", "/upload/drive/v3/files":
                return self._piece(request)
            case "GET", path if path.startswith("/drive/v3/files/"):
                item = self.items.get(path.rsplit("/", 1)[1])
                return self._described(item) if item and item.by_this_app else error(404, "notFound")
        return error(404, "notFound")

    def _list(self, query) -> Reply:
        drive = query.get("driveId", "")
        if drive and drive not in self.shared_drives:
            return error(404, "notFound", f"Shared drive not found: {drive}")
        found = [item for item in self.items.values() if item.by_this_app and self._drive_of(item) == drive]
        try:
            found = [item for item in found if _matches(item, query["q"])]
        except ValueError:
            return error(400, "invalid", "Invalid Value")
        found.sort(key=lambda item: item.number)
        return as_json({"files": [json.loads(self._described(item).body) for item in found]})

    def _drive_of(self, item: Item) -> str:
        while item.parent in self.items:
            item = self.items[item.parent]
        return item.parent if item.parent in self.shared_drives else ""

    def _upload(self, request: Request) -> Reply:
        if request.query["uploadType"] == "resumable":
            about = request.json
            refusal = self._refusal(about, 0)
            if refusal:
                return refusal
            session = secrets.token_urlsafe(16)
            total = int(request.headers["x-upload-content-length"])
            self.uploads[session] = Upload(about, request.headers["x-upload-content-type"], total)
            address = f"{self.url}/upload/drive/v3/files?uploadType=resumable&upload_id={session}"
            return Reply(200, b"", {"Location": address})
        boundary = re.fullmatch(r"multipart/related; boundary=(\S+)", request.headers["content-type"])[1].encode()
        _before, about, rest = request.body.split(b"--" + boundary + b"\r\n")
        head, data = rest.removesuffix(b"\r\n--" + boundary + b"--\r\n").split(b"\r\n\r\n", 1)
        if len(data) > self.one_call_at_most:
            return error(413, "uploadTooLarge")
        mime_type = head.decode().removeprefix("Content-Type: ")
        return self._make(json.loads(about.split(b"\r\n\r\n", 1)[1]), mime_type, data)

    def _piece(self, request: Request) -> Reply:
        upload = self.uploads.get(request.query.get("upload_id", ""))
        if upload is None:
            return error(404, "notFound")
        span = re.fullmatch(r"bytes (?:\*|(\d+)-(\d+))/(\d+)", request.headers["content-range"])
        if upload.made:
            return self._described(self.items[upload.made])
        if span[1] is not None:
            start, end = int(span[1]), int(span[2]) + 1
            is_last = end == upload.total
            if (
                start != len(upload.data)
                or end - start != len(request.body)
                or not is_last
                and (end - start) % self.unit
            ):
                return error(400, "invalid", "Failed to parse Content-Range header.")
            upload.data += request.body
        if len(upload.data) == upload.total:
            answer = self._make(upload.about, upload.mime_type, bytes(upload.data))
            upload.made = upload.about["id"] if answer.status == 200 else ""
            return answer
        return Reply(308, b"", {"Range": f"bytes=0-{len(upload.data) - 1}"} if upload.data else {})

    def _refusal(self, about, size: int) -> Reply | None:
        (parent,) = about["parents"]
        known = {"root", *self.shared_drives, *(each.id for each in self.items.values() if each.by_this_app)}
        if about["id"] in self.items:
            return error(409, "fileIdInUse", "A file already exists with the provided ID.")
        if about["id"] not in self.given:
            return error(400, "invalid", "The provided file ID is not usable.")
        if parent not in known:
            return error(404, "notFound", f"File not found: {parent}.")
        if any(len((name + value).encode()) > 124 for name, value in about.get("appProperties", {}).items()):
            return error(400, "propertyLengthExceeded")
        if sum(len(item.data) for item in self.items.values()) + size > self.limit:
            return error(403, "storageQuotaExceeded")
        return None

    def _make(self, about, mime_type: str, data: bytes) -> Reply:
        refusal = self._refusal(about, len(data))
        if refusal:
            return refusal
        parent = ROOT if about["parents"][0] == "root" else about["parents"][0]
        properties = about.get("appProperties", {})
        item = Item(about["id"], about["name"], mime_type, parent, properties, data, number=len(self.items))
        self.items[item.id] = item
        return self._described(item)

    def _described(self, item: Item) -> Reply:
        said = {
            "kind": "drive#file",
            "id": item.id,
            "name": item.name,
            "mimeType": item.mime_type,
            "trashed": item.is_trashed,
            "webViewLink": f"https://drive.google.com/file/d/{item.id}/view",
            "appProperties": item.properties,
        }
        if item.mime_type != FOLDER:
            md5 = hashlib.md5(item.data, usedforsecurity=False).hexdigest()
            said |= {"size": str(len(item.data)), "md5Checksum": md5}
        return as_json(said)


_TEXT = r"'((?:[^'\\]|\\.)*)'"
_ATOMS = (
    (rf"appProperties has {{ key={_TEXT} and value={_TEXT} }}", lambda item, k, v: item.properties.get(k) == v),
    (rf"{_TEXT} in parents", lambda item, parent: item.parent == (ROOT if parent == "root" else parent)),
    (rf"mimeType = {_TEXT}", lambda item, value: item.mime_type == value),
    (rf"name = {_TEXT}", lambda item, value: item.name == value),
    (r"trashed = false", lambda item: not item.is_trashed),
)


def _matches(item: Item, query: str) -> bool:
    """The part of the search language that we use: conditions, `and`, and `or` in parentheses. Raises ValueError."""
    for pattern, test in _ATOMS:
        query = re.sub(pattern, lambda found, test=test: "FT"[test(item, *map(_plain, found.groups()))], query)
    query = re.sub(r"\(([FT](?: or [FT])*)\)", lambda found: "T" if "T" in found[1] else "F", query)
    if not re.fullmatch(r"[FT](?: and [FT])*", query):
        raise ValueError(query)
    return "F" not in query


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


if __name__ == "__main__":
    import threading

    from django.conf import settings

    settings.configure(USE_TZ=True)  # its time is Django's
    with GoogleDrive() as there, contextlib.suppress(KeyboardInterrupt):
        print("BANQUP_BASE_URLS=" + ",".join(f"{name}={url}" for name, url in there.base_urls.items()), flush=True)
        print(f"App registration “google_drive”: {there.consent.client_id} / {there.consent.client_secret}")
        threading.Event().wait()
