"""AWS Signature Version 4 in headers, as the S3 API reference describes it.

https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html; its own examples are
the test vectors (tests/integrations/s3/test_signing.py). Written here because the vendor's library
brings a network stack of its own, around our guard of addresses.
"""

import hashlib
import hmac
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

_ALGORITHM = "AWS4-HMAC-SHA256"


def encoded(key: str) -> str:
    """The path of an object as it is signed and sent."""
    return quote(key, safe="/-_.~")


def signed(
    method: str,
    url: str,
    *,
    headers: dict[str, str],
    body: bytes,
    access_key: str,
    secret_key: str,
    region: str,
    now: datetime,
) -> dict[str, str]:
    """`headers` and those of the signature. `url` has an encoded path and, sorted and encoded, its query."""
    moment = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    parts = urlsplit(url)
    digest = hashlib.sha256(body).hexdigest()
    sent = {name.lower(): value.strip() for name, value in headers.items()}
    sent |= {"host": parts.netloc, "x-amz-content-sha256": digest, "x-amz-date": moment}
    names = ";".join(sorted(sent))
    canonical = "\n".join(
        [method, parts.path or "/", parts.query, *(f"{name}:{sent[name]}" for name in sorted(sent)), "", names, digest]
    )
    scope = f"{moment[:8]}/{region}/s3/aws4_request"
    text = "\n".join([_ALGORITHM, moment, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{secret_key}".encode()
    for part in scope.split("/"):
        key = _hmac(key, part)
    credential = f"Credential={access_key}/{scope},SignedHeaders={names},Signature={_hmac(key, text).hex()}"
    return {**sent, "authorization": f"{_ALGORITHM} {credential}"}


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
