"""The four S3 requests that are needed, and what each answer means."""

import base64
import hashlib
import re

from django.utils import timezone
from django.utils.translation import gettext as _

from .. import http, patience
from ..base import BrokenConfiguration, DeliveryError, Permanent, Refused, TryAgain, UnknownOutcome, WaitUntil
from ..naming import NamedFile
from . import signing

# Our own mark beside an object: its ETag is no checksum of the bytes where the store encrypts with keys of its own.
_MARK = "x-amz-meta-sha256"
_CODE = re.compile(rb"<Code>([A-Za-z0-9.]{1,60})</Code>")
_REGION = re.compile(rb"<Region>([a-z0-9-]{1,40})</Region>")
_BAD_KEYS = {
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "AuthorizationHeaderMalformed",
    "InvalidToken",
    "ExpiredToken",
}
_THEIR_TROUBLE = {"BadDigest", "XAmzContentSHA256Mismatch", "RequestTimeout", "IncompleteBody", "OperationAborted"}


class Bucket:
    """One bucket, addressed by path (https://endpoint/bucket/key)."""

    def __init__(self, *, endpoint: str, region: str, bucket: str, access_key: str, secret_key: str):
        self.endpoint, self.region, self.name = endpoint.rstrip("/"), region, bucket
        self._access_key, self._secret_key = access_key, secret_key

    def has(self, key: str, file: NamedFile) -> bool | None:
        """Are these bytes there? None: no such object. Raises a DeliveryError."""
        answer = self._ask("HEAD", key)
        if answer.status == 404:
            return None
        self._good(answer, key)
        there = answer.headers.get(_MARK), answer.headers.get("content-length")
        etag = answer.headers.get("etag", "").strip('"')
        return there == (file.sha256, str(len(file.data))) or etag == _md5(file.data).hex()

    def add(self, key: str, file: NamedFile) -> bool:
        """Store it; False when the store says that the key is taken. Raises a DeliveryError."""
        headers = {
            "Content-Type": file.mime_type,
            "Content-MD5": base64.b64encode(_md5(file.data)).decode(),
            _MARK: file.sha256,
        }
        answer = self._ask("PUT", key, {**headers, "If-None-Match": "*"}, file.data)
        if answer.status == 501:  # the store knows no conditions; `has` looked a moment ago
            answer = self._ask("PUT", key, headers, file.data)
        if answer.status == 412:
            return False
        if answer.status == 409:
            raise TryAgain(_("%s is being written by somebody else at this moment; it is tried again.") % key)
        self._good(answer, key)
        if "etag" not in answer.headers:
            words = _("%s answered, but not as an S3 store does. What arrived is looked for at the next try.")
            raise UnknownOutcome(words % self.endpoint, status=answer.status, excerpt=self._excerpt(answer))
        return True

    def remove(self, key: str) -> bool:
        """False when the key may not delete: harmless, so nothing is raised."""
        return self._ask("DELETE", key).status in (200, 204, 404)

    def look(self) -> None:
        """A listing of at most one object. Raises a DeliveryError that says what is wrong."""
        answer = self._ask("GET", "", query="list-type=2&max-keys=1")
        self._good(answer, "")
        if b"ListBucketResult" not in answer.body:
            raise BrokenConfiguration(_("%s does not answer as an S3 store does. Check the address.") % self.endpoint)

    def _ask(self, method: str, key: str, headers=None, body: bytes = b"", query: str = "") -> http.Response:
        path = signing.encoded(f"{self.name}/{key}" if key else self.name)
        url = f"{self.endpoint}/{path}{'?' if query else ''}{query}"
        sent = signing.signed(
            method,
            url,
            headers=headers or {},
            body=body,
            access_key=self._access_key,
            secret_key=self._secret_key,
            region=self.region,
            now=timezone.now(),
        )
        return http.request(method, url, headers=sent, body=body)

    def _good(self, answer: http.Response, key: str) -> None:
        if not 200 <= answer.status < 300:
            raise self._meaning(answer, key)

    def _excerpt(self, answer: http.Response) -> str:
        return answer.excerpt(secrets=[self._secret_key, self._access_key])

    def _meaning(self, answer: http.Response, key: str) -> DeliveryError:
        found = _CODE.search(answer.body)
        code = found.group(1).decode() if found else ""
        told = {"status": answer.status, "excerpt": self._excerpt(answer)}
        words = {"bucket": self.name, "where": self.endpoint, "key": key, "status": answer.status, "code": code}
        region = _REGION.search(answer.body)
        elsewhere = answer.headers.get("x-amz-bucket-region") or (region.group(1).decode() if region else "")
        if elsewhere and elsewhere != self.region and answer.status in (301, 307, 400):
            wrong = _("The bucket %(bucket)s is in the region %(region)s. Enter that region and its address.")
            return BrokenConfiguration(wrong % {**words, "region": elsewhere}, **told)
        if 300 <= answer.status < 400:
            return BrokenConfiguration(_("%(where)s answers with a redirect. Enter the final address.") % words, **told)
        if code == "RequestTimeTooSkewed":
            return BrokenConfiguration(
                _("The clocks of this server and of %(where)s differ. Ask whoever runs Banqup to set its clock.")
                % words,
                **told,
            )
        if code in _BAD_KEYS or answer.status == 401:
            return BrokenConfiguration(_("%(where)s does not accept the access key. Enter it anew.") % words, **told)
        if answer.status == 403:
            return BrokenConfiguration(
                _(
                    "The access key may not read or write %(bucket)s/%(key)s. Give it the rights to list the bucket, "
                    "to read and to write."
                )
                % words,
                **told,
            )
        if answer.status == 404:
            return BrokenConfiguration(_("There is no bucket %(bucket)s at %(where)s.") % words, **told)
        if code in ("EntityTooLarge", "KeyTooLongError"):
            return Permanent(_("%(where)s does not take %(key)s: too large, or too long a name.") % words, **told)
        if answer.status in (408, 429) or answer.status >= 500 or code in _THEIR_TROUBLE:
            again = _("%(where)s answered %(status)d; it is tried again.") % words
            at = patience.retry_after(answer)
            return WaitUntil(again, at=at, **told) if at else TryAgain(again, **told)
        return Refused(_("%(where)s refused %(key)s (%(status)d %(code)s).") % words, **told)


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()  # what S3 calls Content-MD5
