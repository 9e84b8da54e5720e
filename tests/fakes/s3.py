"""An S3-compatible store on 127.0.0.1: one bucket, signatures checked, conditional writes, faults at will.

    with Store() as store:
        store.next(lose_answer(), when=path("/invoices/", "PUT"))
        …
        assert store.objects == {"2026/2026-0042.xml": b"…"}

`conditions` says what it makes of If-None-Match: "kept" (as Amazon's), "unknown" (501, as old stores
answer) or "ignored" (as some do silently). By hand: `python -m tests.fakes.s3`.
"""

import base64
import hashlib
import hmac
import re
import threading
from urllib.parse import quote

from django.utils import timezone

from tests.fakes.server import FakeServer, Reply, Request

LISTING = b'<?xml version="1.0"?><ListBucketResult><Name>%s</Name><KeyCount>%d</KeyCount></ListBucketResult>'
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(\w{64})"
)


def error(status: int, code: str, more: str = "") -> Reply:
    body = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>{code} it is.</Message>{more}</Error>'
    return Reply(status, body.encode(), {"Content-Type": "application/xml"})


class Store(FakeServer):
    def __init__(self, bucket="invoices", region="eu-west-1"):
        super().__init__()
        self.bucket, self.region = bucket, region
        self.access_key, self.secret_key = "AKIAFAKEFAKEFAKE", "a+secret/with=signs"
        self.conditions = "kept"
        self.objects: dict[str, bytes] = {}
        self.marks: dict[str, dict[str, str]] = {}
        self.encrypts = False  # with keys of its own: then an ETag is no MD5
        self.may = {"GET", "HEAD", "PUT", "DELETE"}

    def reply(self, request: Request) -> Reply:
        if trouble := self._wrong_signature(request):
            return trouble
        if request.method not in self.may:
            return error(403, "AccessDenied")
        _empty, bucket, key = (request.path + "/").split("/", 2)
        key = key.removesuffix("/")
        if bucket != self.bucket:
            return error(404, "NoSuchBucket")
        if not key:
            return Reply(200, LISTING % (bucket.encode(), min(1, len(self.objects))))
        return getattr(self, f"_{request.method.lower()}")(key, request)

    def _wrong_signature(self, request: Request) -> Reply | None:
        found = _AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
        if not found:
            return error(403, "AccessDenied")
        key, day, region, names, signature = found.groups()
        if key != self.access_key:
            return error(403, "InvalidAccessKeyId")
        if region != self.region:
            return error(400, "AuthorizationHeaderMalformed", f"<Region>{self.region}</Region>")
        digest = request.headers["x-amz-content-sha256"]
        if hashlib.sha256(request.body).hexdigest() != digest:
            return error(400, "XAmzContentSHA256Mismatch")
        moment = request.headers["x-amz-date"]
        if abs(int(moment[9:11]) - timezone.now().hour) not in (0, 1, 23):
            return error(403, "RequestTimeTooSkewed")
        canonical = [request.method, quote(request.path, safe="/-_.~")]
        canonical += ["&".join(f"{quote(name)}={quote(value)}" for name, value in sorted(request.query.items()))]
        canonical += [f"{name}:{request.headers[name]}" for name in names.split(";")] + ["", names, digest]
        signing_key = ("AWS4" + self.secret_key).encode()
        for part in (day, region, "s3", "aws4_request"):
            signing_key = hmac.digest(signing_key, part.encode(), "sha256")
        hashed = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
        text = f"AWS4-HMAC-SHA256\n{moment}\n{day}/{region}/s3/aws4_request\n{hashed}"
        if hmac.digest(signing_key, text.encode(), "sha256").hex() != signature:
            return error(403, "SignatureDoesNotMatch")
        return None

    def _head(self, key, request) -> Reply:
        if key not in self.objects:
            return Reply(404)
        # The base server counts the body for Content-Length and sends none for HEAD.
        return Reply(200, self.objects[key], {"ETag": self._etag(key), **self.marks[key]})

    def _get(self, key, request) -> Reply:
        return self._head(key, request) if key in self.objects else error(404, "NoSuchKey")

    def _put(self, key, request) -> Reply:
        if base64.b64decode(request.headers.get("content-md5", "")) != hashlib.md5(request.body).digest():
            return error(400, "BadDigest")
        if "if-none-match" in request.headers:
            if self.conditions == "unknown":
                return error(501, "NotImplemented")
            if self.conditions == "kept" and key in self.objects:
                return error(412, "PreconditionFailed")
        self.objects[key] = request.body
        self.marks[key] = {name: value for name, value in request.headers.items() if name.startswith("x-amz-meta-")}
        return Reply(200, b"", {"ETag": self._etag(key)})

    def _delete(self, key, request) -> Reply:
        self.objects.pop(key, None)
        return Reply(204)

    def _etag(self, key) -> str:
        return '"' + hashlib.md5(self.objects[key] + (b"encrypted" if self.encrypts else b"")).hexdigest() + '"'


if __name__ == "__main__":
    from django.conf import settings

    settings.configure(USE_TZ=True)
    with Store() as running:
        print(f"address {running.url}, bucket {running.bucket}, region {running.region}", flush=True)
        print(f"access key {running.access_key}, secret key {running.secret_key}", flush=True)
        threading.Event().wait()
