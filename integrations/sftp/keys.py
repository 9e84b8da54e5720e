"""Keys: the server's, by its fingerprint, and our own."""

import io
import re

import paramiko
from django.utils.translation import gettext as _

from .. import addresses
from ..base import BrokenConfiguration

_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}=?")
_KINDS = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)


def is_fingerprint(text: str) -> bool:
    return _FINGERPRINT.fullmatch(text) is not None


def plain(fingerprint: str) -> str:
    """As ssh-keygen and ssh print it: no padding."""
    return fingerprint.rstrip("=")


def port_allowed(port: int) -> bool:
    """22 and ports of users: below, other services listen that speak to whoever connects."""
    return port == 22 or port >= 1024 or addresses.private_allowed()


def private(text: str, passphrase: str) -> paramiko.PKey:
    """A private key in any usual form. Raises BrokenConfiguration."""
    text = "\n".join(line.strip() for line in text.strip().splitlines()) + "\n"
    for kind in _KINDS:
        try:
            return kind.from_private_key(io.StringIO(text), password=passphrase or None)
        except paramiko.PasswordRequiredException as error:
            raise BrokenConfiguration(_("The private key has a passphrase. Enter it below the key.")) from error
        except Exception:  # noqa: S112  (each class says "not mine" in ways of its own)
            continue
    raise BrokenConfiguration(
        _(
            "The private key can't be read. Paste the whole file (Ed25519, ECDSA or RSA), and its passphrase if it has one."
        )
    )
