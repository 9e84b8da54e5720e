"""The one way out over HTTP: guarded addresses, time limits, size limits, nothing remembered.

No redirects, no proxies from the environment, no cookies, no decompression. TLS is verified.
Connections are reused; each new one goes to an address that has just been judged.
"""

import os
import re
import ssl
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import certifi
import httpcore
import httpx
from django.utils.translation import gettext as _

from . import addresses
from .base import BrokenConfiguration, TryAgain, UnknownOutcome

CONNECT_SECONDS = 10
TOTAL_SECONDS = 30
READ_AT_MOST = 64 * 1024
EXCERPT_AT_MOST = 4096
USER_AGENT = "Banqup/1"
_WRITE_PIECE = 16 * 1024


@dataclass(frozen=True)
class Response:
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes  # at most what the caller wanted to read

    def excerpt(self, *, secrets=()) -> str:
        """What may be kept for people: the beginning, readable, without secrets."""
        text = self.body[:EXCERPT_AT_MOST].decode("utf-8", "replace")
        text = "".join(character if character.isprintable() or character in "\n\t" else "�" for character in text)
        return redact(text, secrets=secrets)


class _Clock(threading.local):
    """When the request that this thread is making must have ended."""

    ends = None

    def left(self, wanted: float | None) -> float:
        if self.ends is None:
            return TOTAL_SECONDS if wanted is None else wanted
        left = self.ends - _now()
        return left if wanted is None else min(left, wanted)


_clock = _Clock()


def _now() -> float:
    """Seconds that pass also while the machine sleeps: what was to be sent before may be somebody else's since."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class _Stream(httpcore.NetworkStream):
    """A connection that keeps to the total time limit, also when single bytes trickle in or out."""

    def __init__(self, inner):
        self._inner = inner

    def read(self, max_bytes, timeout=None):
        left = _clock.left(timeout)
        if left <= 0:
            raise httpcore.ReadTimeout("total time limit")
        return self._inner.read(max_bytes, timeout=left)

    def write(self, buffer, timeout=None):
        for start in range(0, len(buffer), _WRITE_PIECE):
            left = _clock.left(timeout)
            if left <= 0:
                raise httpcore.WriteTimeout("total time limit")
            self._inner.write(buffer[start : start + _WRITE_PIECE], timeout=left)

    def start_tls(self, ssl_context, server_hostname=None, timeout=None):
        left = max(_clock.left(timeout), 0.001)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname=server_hostname, timeout=left))

    def close(self):
        self._inner.close()

    def get_extra_info(self, info):
        return self._inner.get_extra_info(info)


class _GuardedNetwork(httpcore.NetworkBackend):
    """Connects to judged addresses only. Host header and TLS name stay those of the URL."""

    def __init__(self):
        self._inner = httpcore.SyncBackend()

    def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        failure = None
        for address in addresses.checked(host, port):
            left = _clock.left(timeout)
            if left <= 0:
                raise httpcore.ConnectTimeout("total time limit")
            try:
                return _Stream(self._inner.connect_tcp(address, port, timeout=left, socket_options=socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def connect_unix_socket(self, path, timeout=None, socket_options=None):
        raise httpcore.ConnectError("not over the network")


class _GuardedTransport(httpx.HTTPTransport):
    def __init__(self):
        context = ssl.create_default_context()  # the system's authorities, an office's own among them
        context.load_verify_locations(certifi.where())
        super().__init__(verify=context, trust_env=False)
        # httpx has no public way to hand its pool a network backend.
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=30,
            retries=0,
            network_backend=_GuardedNetwork(),
        )


_transport: _GuardedTransport | None = None
_making = threading.Lock()


def _shared_transport() -> _GuardedTransport:
    global _transport
    with _making:
        if _transport is None:
            _transport = _GuardedTransport()
        return _transport


def forget_connections() -> None:
    """Start with no open connection: after a fork, and in tests."""
    global _transport, _making
    _transport, _making = None, threading.Lock()


os.register_at_fork(after_in_child=forget_connections)


def request(
    method: str,
    url: str,
    *,
    headers: dict[str, str] | None = None,
    body: bytes = b"",
    read_at_most: int = READ_AT_MOST,
) -> Response:
    """One request, one answer of any status, of which the first `read_at_most` bytes are read.

    Raises TryAgain (nothing arrived there), UnknownOutcome (sent, the answer was lost) or
    BrokenConfiguration (the address may not be called, or its certificate is not trusted).
    """
    try:
        addresses.check_url(url)
        asked = httpx.Request(
            method,
            url,
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity", **(headers or {})},
            content=body,
            extensions={
                "timeout": {
                    "connect": CONNECT_SECONDS,
                    "read": TOTAL_SECONDS,
                    "write": TOTAL_SECONDS,
                    "pool": CONNECT_SECONDS,
                }
            },
        )
    except addresses.AddressRefused as error:
        raise BrokenConfiguration(str(error)) from error
    where = shown(url)
    _clock.ends = _now() + TOTAL_SECONDS
    try:
        return _exchange(asked, read_at_most)
    except addresses.AddressRefused as error:
        raise BrokenConfiguration(str(error)) from error
    except addresses.NameNotFound as error:
        raise TryAgain(str(error)) from error
    except (httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise TryAgain(_("%s does not answer.") % where) from error
    except httpx.ConnectError as error:
        if isinstance(_cause(error), ssl.SSLCertVerificationError):
            raise BrokenConfiguration(
                _("The certificate of %s is not trusted. Install a valid one there.") % where
            ) from error
        raise TryAgain(_("%s can't be reached.") % where) from error
    except (httpx.WriteError, httpx.WriteTimeout) as error:
        raise TryAgain(_("The connection to %s broke while sending.") % where) from error
    except (httpx.TimeoutException, httpx.TransportError) as error:
        raise UnknownOutcome(
            _("It was sent to %s, but the answer did not arrive. It is sent again under the same id.") % where
        ) from error
    finally:
        _clock.ends = None


def _exchange(asked: httpx.Request, read_at_most: int) -> Response:
    answer = _shared_transport().handle_request(asked)
    try:
        body = bytearray()
        for piece in answer.stream:
            body += piece
            if len(body) >= read_at_most:
                break
    finally:
        answer.stream.close()
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Response(answer.status_code, headers, bytes(body[:read_at_most]))


def _cause(error: BaseException) -> BaseException:
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__
    return error


def shown(url: str) -> str:
    """The address as people may see it: no user, no password, no query."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"
    except ValueError:
        return "?"


_URL = re.compile(r"\b[a-z][a-z0-9+.\-]*://[^\s\"'<>]+", re.I)
_MASKED = (
    (re.compile(r"whsec_[A-Za-z0-9+/=_\-]+"), "whsec_•••"),
    (re.compile(r"\b(bearer|basic)\s+[A-Za-z0-9._~+/=\-]+", re.I), r"\1 •••"),
    (
        re.compile(
            r"(?i)([\"']?[\w\-]*(?:secret|token|passw|api[_-]?key|authorization)[\w\-]*[\"']?\s*[:=]\s*)(\"[^\"]*\"|'[^']*'|[^\s,;&}]+)"
        ),
        r"\1•••",
    ),
)


def redact(text: str, *, secrets=()) -> str:
    """`text` without the `secrets` given, and without what looks like one."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "•••")
    text = _URL.sub(lambda found: shown(found.group()) + ("?•••" if "?" in found.group() else ""), text)
    for pattern, mask in _MASKED:
        text = pattern.sub(mask, text)
    return text
