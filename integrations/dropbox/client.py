"""The few calls of the Dropbox API that we need, and what its answers mean.

Source: https://www.dropbox.com/developers/documentation/http/documentation (users, files); README.md
of this folder says which of it was verified.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from .. import http
from ..base import (
    BrokenConfiguration,
    DeliveryError,
    Permanent,
    ReconnectNeeded,
    Refused,
    TryAgain,
    WaitUntil,
)
from ..destinations import base_url
from ..patience import retry_after

# Dropbox takes 150 MiB in one call; one request of ours has 30 seconds, so larger files go in pieces.
ONE_CALL_AT_MOST = 8 * 1024 * 1024
PIECE = 4 * 1024 * 1024
HASH_BLOCK = 4 * 1024 * 1024
# Where a limit is reached and Dropbox does not say for how long.
LIMIT_PAUSE = timedelta(minutes=1)
# Its folders are locked by another writer: over in a moment.
LOCK_PAUSE = timedelta(seconds=15)
# Sessions and their offsets are lost for good; a new one is begun.
_SESSION_LOST = frozenset({"not_found", "closed", "not_closed", "too_large"})


def api_url() -> str:
    return base_url("dropbox.api", "https://api.dropboxapi.com")


def content_url() -> str:
    return base_url("dropbox.content", "https://content.dropboxapi.com")


def content_hash(data: bytes) -> str:
    """Dropbox's own hash: SHA-256 over the SHA-256 of each block of 4 MiB."""
    blocks = (data[start : start + HASH_BLOCK] for start in range(0, len(data), HASH_BLOCK))
    return hashlib.sha256(b"".join(hashlib.sha256(block).digest() for block in blocks)).hexdigest()


@dataclass(frozen=True)
class Stored:
    """A file that stands there."""

    path: str
    id: str
    content_hash: str


class Taken(Exception):
    """Something else stands under that name."""


class SessionLost(Exception):
    """The upload session is not known there any more."""


class WrongOffset(Exception):
    """An answer was lost: so far the session has got."""

    def __init__(self, correct: int):
        super().__init__(correct)
        self.correct = correct


class Client:
    """`access` is `oauth.Access`; `before` is called ahead of each request and may raise (limits, lost lock)."""

    def __init__(self, access, before=lambda: None):
        self._access, self._before = access, before

    def account(self) -> dict:
        """Who gave the consent."""
        return self._call(f"{api_url()}/2/users/get_current_account", b"null", {"Content-Type": "application/json"})

    def look(self, path: str) -> Stored | None:
        """What stands at `path`; a folder has no hash."""
        body = json.dumps({"path": path}).encode()
        try:
            said = self._call(f"{api_url()}/2/files/get_metadata", body, {"Content-Type": "application/json"})
        except _Endpoint as error:
            if error.tags[:2] == ["path", "not_found"]:
                return None
            raise error.family(path) from error
        return _stored(said)

    def upload(self, path: str, data: bytes) -> Stored:
        """Write a small file; what stands there with the same content counts as written. Raises Taken."""
        argument = {**_commit(path), "content_hash": content_hash(data)}
        return self._written(path, "upload", argument, data)

    def start(self) -> str:
        """The id of a new upload session."""
        return str(self._content("upload_session/start", {"close": False}, b"")["session_id"])

    def append(self, session: str, offset: int, piece: bytes) -> None:
        """Raises WrongOffset, SessionLost."""
        cursor = {"session_id": session, "offset": offset}
        argument = {"cursor": cursor, "close": False, "content_hash": content_hash(piece)}
        try:
            self._content("upload_session/append_v2", argument, piece)
        except _Endpoint as error:
            raise _of_session(error) from error

    def finish(self, path: str, session: str, offset: int) -> Stored:
        """Make the session's bytes the file `path`. Raises Taken, WrongOffset, SessionLost."""
        argument = {"cursor": {"session_id": session, "offset": offset}, "commit": _commit(path)}
        return self._written(path, "upload_session/finish", argument, b"")

    def _written(self, path: str, endpoint: str, argument: dict, body: bytes) -> Stored:
        try:
            return _stored(self._content(endpoint, argument, body))
        except _Endpoint as error:
            if error.tags[0] in ("lookup_failed", *_SESSION_LOST):
                raise _of_session(error) from error
            if error.tags[:2] == ["path", "conflict"] and error.tags[2:] != ["file_ancestor"]:
                raise Taken from error
            raise error.family(path) from error

    def _content(self, endpoint: str, argument: dict, body: bytes) -> dict:
        headers = {"Content-Type": "application/octet-stream", "Dropbox-API-Arg": _ascii(argument)}
        return self._call(f"{content_url()}/2/files/{endpoint}", body, headers)

    def _call(self, url: str, body: bytes, headers: dict) -> dict:
        """The answer's JSON. Raises _Endpoint for 409, else a DeliveryError."""
        if self._access is None:
            raise ReconnectNeeded(_("Not connected yet. Connect it, then test it."))
        token = self._access.token()
        answer = self._request(url, body, headers, token)
        if answer.status == 401 and _tag(_json(answer)) in ("expired_access_token", "invalid_access_token"):
            answer = self._request(url, body, headers, self._access.renewed(token))
        said = _json(answer)
        if answer.status == 200 and (said or answer.body.strip() == b"null"):
            return said
        told = {"status": answer.status, "excerpt": self._excerpt(answer)}
        if answer.status == 409 and said:
            raise _Endpoint(said, answer, told)
        raise _meaning(answer, said, told)

    def _request(self, url: str, body: bytes, headers: dict, token: str) -> http.Response:
        self._before()
        return http.request("POST", url, headers={**headers, "Authorization": f"Bearer {token}"}, body=body)

    def _excerpt(self, answer: http.Response) -> str:
        """With the id under which Dropbox's support finds the request."""
        request_id = answer.headers.get("x-dropbox-request-id", "")
        text = answer.excerpt(secrets=self._access.secrets)
        return f"{text}\nX-Dropbox-Request-Id: {request_id[:80]}" if request_id else text


class _Endpoint(Exception):
    """Status 409: the endpoint's own error, as a path of tags, e.g. path, conflict, file."""

    def __init__(self, said: dict, answer: http.Response, told: dict):
        self.said, self.answer, self.told = said, answer, told
        self.tags = _tags(said.get("error"))
        super().__init__("/".join(self.tags))

    def family(self, path: str) -> DeliveryError:
        """What it means for the delivery to `path`."""
        words, told = {"path": path, "why": str(self)}, self.told
        if "too_many_write_operations" in self.tags or "too_many_requests" in self.tags:
            at = retry_after(self.answer) or timezone.now() + LOCK_PAUSE
            return WaitUntil(
                _("Other changes are being written to this Dropbox; it waits for its turn."), at=at, **told
            )
        match self.tags[-1]:
            case "insufficient_space":
                return BrokenConfiguration(_("The Dropbox is full. Make room there, then test again."), **told)
            case "upload_traffic_limit_reached":
                return BrokenConfiguration(
                    _("The Dropbox plan takes no more uploads this month. Extend the plan, then test again."), **told
                )
            case "file_ancestor":
                return BrokenConfiguration(
                    _("A file stands where a folder of %(path)s should be. Rename it, then test again.") % words, **told
                )
            case "disallowed_name" | "malformed_path":
                return Permanent(
                    _("Dropbox takes no file with the name %(path)s. Change the pattern, then resend.") % words, **told
                )
            case "no_write_permission" | "team_folder" | "access_restricted" | "operation_suppressed":
                return BrokenConfiguration(
                    _("Dropbox does not let us write to %(path)s (%(why)s). Give the right to there, then test again.")
                    % words,
                    **told,
                )
            case "content_hash_mismatch":
                return TryAgain(_("%(path)s was damaged on its way to Dropbox; it is sent again.") % words, **told)
        return Refused(_("Dropbox refused %(path)s (%(why)s).") % words, **told)


def out_of_step(path: str) -> TryAgain:
    """The upload in pieces could not be brought to its end in this try."""
    return TryAgain(_("The upload of %s got out of step; it is tried again.") % path)


def _of_session(error: _Endpoint) -> Exception:
    correct = _correct_offset(error.said.get("error"))
    if correct is not None:
        return WrongOffset(correct)
    return SessionLost() if _SESSION_LOST & set(error.tags) else error.family(_("its upload"))


def _correct_offset(error) -> int | None:
    while isinstance(error, dict):
        if isinstance(error.get("correct_offset"), int):
            return error["correct_offset"]
        error = error.get(error.get(".tag", ""))
    return None


def _meaning(answer: http.Response, said: dict, told: dict) -> DeliveryError:
    """What an answer other than 200 and 409 means."""
    match answer.status:
        case 401 if _tag(said) == "missing_scope":
            return ReconnectNeeded(
                _(
                    "The consent lacks the right “%s”. An administrator adds it to the app registration at Dropbox; then connect again."
                )
                % said["error"].get("required_scope", "?"),
                **told,
            )
        case 401 if _tag(said) == "user_suspended":
            return BrokenConfiguration(_("This Dropbox account is suspended. Reactivate it, then test again."), **told)
        case 401:
            return ReconnectNeeded(_("Dropbox does not accept our access any more. Connect again."), **told)
        case 403 | 422:
            return BrokenConfiguration(
                _("This Dropbox account may not be used so (%d). Look at its rights there, then test again.")
                % answer.status,
                **told,
            )
        case 429:
            at = retry_after(answer) or timezone.now() + LIMIT_PAUSE
            return WaitUntil(_("Dropbox asks us to slow down."), at=at, **told)
        case status if status >= 500:
            again = _("Dropbox answered %d; it is tried again.") % status
            at = retry_after(answer)
            return WaitUntil(again, at=at, **told) if at else TryAgain(again, **told)
        case 200:
            return TryAgain(_("Dropbox answered something that is no data; it is tried again."), **told)
    return Refused(_("Dropbox refused the request (%d).") % answer.status, **told)


def _commit(path: str) -> dict:
    # add without autorename: the same content is left as it is, other content is a conflict; never a second copy.
    return {"path": path, "mode": {".tag": "add"}, "autorename": False, "mute": True, "strict_conflict": False}


def _stored(said: dict) -> Stored:
    return Stored(str(said.get("path_display", "")), str(said.get("id", "")), str(said.get("content_hash", "")))


def _ascii(argument: dict) -> str:
    """JSON for a header: everything beyond ASCII escaped."""
    return json.dumps(argument, ensure_ascii=True).replace("\x7f", "\\u007f")


def _json(answer: http.Response) -> dict:
    try:
        said = json.loads(answer.body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _tag(said: dict) -> str:
    error = said.get("error")
    return str(error.get(".tag", "")) if isinstance(error, dict) else ""


def _tags(error) -> list[str]:
    """{".tag": "path", "reason": {".tag": "conflict", "conflict": {".tag": "file"}}} as path, conflict, file."""
    tags = []
    while isinstance(error, dict) and ".tag" in error:
        tags.append(str(error[".tag"]))
        error = error.get("reason") or error.get(tags[-1])
    return tags or ["?"]
