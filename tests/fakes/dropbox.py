"""A Dropbox on 127.0.0.1, from the facts page: consent, files by path, upload sessions, limits.

    with Dropbox() as there:
        there.next(status(429, Retry_After="30"), when=path("/files/upload"))
        …
        assert there.files == {"/Invoice_import/…/2026-0042.xml": b"…"}

By hand: `python -m tests.fakes.dropbox` prints the BANQUP_BASE_URLS that lead to it.
"""

import contextlib
import hashlib
import json
import secrets

from .consent import Consent
from .server import FakeServer, Reply, Request, as_json

BLOCK = 4 * 1024 * 1024


def content_hash(data: bytes) -> str:
    digests = [hashlib.sha256(data[at : at + BLOCK]).digest() for at in range(0, len(data), BLOCK)]
    return hashlib.sha256(b"".join(digests)).hexdigest()


def refused(*tags, **more) -> Reply:
    """409 in the API's way: nested tags and a summary."""
    error = dict(more)
    for position, tag in enumerate(reversed(tags)):
        inner, error = error, {".tag": tag}
        if position == 0:
            error.update(inner)
        else:
            error["reason" if tag == "path" else tag] = inner
    return as_json({"error_summary": "/".join(tags) + "/..", "error": error}, 409)


def fails(*tags, **more):
    """For `next`: the endpoint's own refusal."""
    return lambda server, request: refused(*tags, **more)


class Dropbox(FakeServer):
    def __init__(self):
        super().__init__()
        self.consent = Consent(with_secret=False)
        self.scopes = {"account_info.read", "files.metadata.read", "files.content.write"}
        self.one_call_at_most = 150 * 1024 * 1024
        self.room = 2 * 1024**3
        self.files: dict[str, bytes] = {}  # as displayed; found whatever the case
        self.ids: dict[str, str] = {}
        self.sessions: dict[str, bytearray] = {}
        self.closed: set[str] = set()

    @property
    def base_urls(self) -> dict[str, str]:
        return dict.fromkeys(["dropbox.web", "dropbox.api", "dropbox.content"], self.url)

    def reply(self, request: Request) -> Reply:
        answer = self.consent.reply(request)
        if answer is not None:
            return answer
        wanted, scope = {
            "/2/users/get_current_account": (self._account, "account_info.read"),
            "/2/files/get_metadata": (self._metadata, "files.metadata.read"),
            "/2/files/upload": (self._upload, "files.content.write"),
            "/2/files/upload_session/start": (self._start, "files.content.write"),
            "/2/files/upload_session/append_v2": (self._append, "files.content.write"),
            "/2/files/upload_session/finish": (self._finish, "files.content.write"),
        }.get(request.path, (None, ""))
        if wanted is None or request.method != "POST":
            return Reply(404, b"Unknown endpoint")
        who = self.consent.account(request.headers.get("authorization", ""))
        if who is None:
            return as_json({"error_summary": "expired_access_token/..", "error": {".tag": "expired_access_token"}}, 401)
        if scope not in self.scopes:
            error = {".tag": "missing_scope", "required_scope": scope}
            return as_json({"error_summary": "missing_scope/..", "error": error}, 401)
        answer = wanted(request)
        return Reply(answer.status, answer.body, {**answer.headers, "X-Dropbox-Request-Id": secrets.token_hex(16)})

    def standing(self, path: str) -> str | None:
        """The path as displayed of what stands there, whatever the case."""
        return next((each for each in self.files if each.lower() == path.lower()), None)

    def _account(self, request) -> Reply:
        if request.body.strip() != b"null":
            return Reply(400, b"Error in call to API function: request body: expected null")
        return as_json({"account_id": "dbid:1", "email": "person@example.test", "disabled": False})

    def _metadata(self, request) -> Reply:
        path = request.json["path"]
        displayed = self.standing(path)
        if displayed:
            return as_json({".tag": "file", **self._described(displayed)})
        if any(each.lower().startswith(path.lower() + "/") for each in self.files):
            return as_json({".tag": "folder", "path_display": path, "id": "id:folder"})
        return refused("path", "not_found")

    def _upload(self, request) -> Reply:
        argument = _argument(request)
        if argument is None:
            return Reply(400, b'Error in call to API function "files/upload": HTTP header "Dropbox-API-Arg": not ASCII')
        if len(request.body) > self.one_call_at_most:
            return refused("payload_too_large")
        if argument.get("content_hash", content_hash(request.body)) != content_hash(request.body):
            return refused("content_hash_mismatch")
        return self._written(argument, request.body)

    def _start(self, request) -> Reply:
        session = f"pid_upload_session:{secrets.token_hex(8)}"
        self.sessions[session] = bytearray(request.body)
        return as_json({"session_id": session})

    def _append(self, request) -> Reply:
        argument = _argument(request)
        cursor = argument["cursor"]
        error = self._wrong(cursor)
        if error:
            return refused(*error[0], **error[1])
        if argument.get("content_hash", content_hash(request.body)) != content_hash(request.body):
            return refused("content_hash_mismatch")
        if len(request.body) > self.one_call_at_most:
            return refused("payload_too_large")
        self.sessions[cursor["session_id"]] += request.body
        return Reply(200, b"null", {"Content-Type": "application/json"})

    def _finish(self, request) -> Reply:
        argument = _argument(request)
        cursor = argument["cursor"]
        error = self._wrong(cursor)
        if error:
            return refused("lookup_failed", *error[0], **error[1])
        answer = self._written(argument["commit"], bytes(self.sessions[cursor["session_id"]]) + request.body)
        if answer.status == 200:
            self.closed.add(cursor["session_id"])
        return answer

    def _wrong(self, cursor):
        """(tags, more) of what is wrong with a cursor, or None."""
        session = cursor["session_id"]
        if session not in self.sessions:
            return ["not_found"], {}
        if session in self.closed:
            return ["closed"], {}
        if cursor["offset"] != len(self.sessions[session]):
            return ["incorrect_offset"], {"correct_offset": len(self.sessions[session])}
        return None

    def _written(self, commit, data: bytes) -> Reply:
        path = commit["path"]
        if not path.startswith("/") or "//" in path or path.endswith("/"):
            return refused("path", "malformed_path")
        if any(part.endswith((" ", ".")) for part in path.split("/")):
            return refused("path", "disallowed_name")
        above = path.lower().split("/")
        if any(self.standing("/".join(above[:depth])) for depth in range(2, len(above))):
            return refused("path", "conflict", "file_ancestor")
        if any(each.lower().startswith(path.lower() + "/") for each in self.files):
            return refused("path", "conflict", "folder")
        displayed = self.standing(path)
        if displayed and self.files[displayed] != data:
            if not commit["autorename"]:
                return refused("path", "conflict", "file")
            path, displayed = path + " (1)", None
        if not displayed:
            if sum(map(len, self.files.values())) + len(data) > self.room:
                return refused("path", "insufficient_space")
            self.files[path] = data
            self.ids[path] = f"id:{secrets.token_urlsafe(16)}"
        return as_json(self._described(displayed or path))

    def _described(self, path: str) -> dict:
        data = self.files[path]
        return {
            "name": path.rsplit("/", 1)[1],
            "id": self.ids.get(path, "id:person"),
            "rev": "1",
            "size": len(data),
            "path_lower": path.lower(),
            "path_display": path,
            "is_downloadable": True,
            "content_hash": content_hash(data),
        }


def _argument(request: Request) -> dict | None:
    header = request.headers.get("dropbox-api-arg", "")
    return json.loads(header) if header.isascii() else None


if __name__ == "__main__":
    import threading

    from django.conf import settings

    settings.configure(USE_TZ=True)  # its time is Django's
    with Dropbox() as there, contextlib.suppress(KeyboardInterrupt):
        print("BANQUP_BASE_URLS=" + ",".join(f"{name}={url}" for name, url in there.base_urls.items()), flush=True)
        print(f"App registration “dropbox”: client id {there.consent.client_id}")
        threading.Event().wait()
