"""Secrets of integrations and access points at rest: one encrypted JSON blob for each.

The first key of `BANQUP_SECRET_KEYS` encrypts, all of them decrypt, so keys can be rotated. The
integration's own id stands inside the plaintext: a blob copied to another row does not open there.
"""

import json

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class SecretsUnreadable(Exception):
    """The blob can't be read with any configured key, or belongs to another integration."""


def _box() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.BANQUP_SECRET_KEYS])


def seal(owner: str, values: dict) -> str:
    return _box().encrypt(json.dumps({"owner": owner, "values": values}).encode()).decode()


def open_(owner: str, blob: str) -> dict:
    if not blob:
        return {}
    try:
        content = json.loads(_box().decrypt(blob.encode()))
    except (InvalidToken, ValueError) as error:
        raise SecretsUnreadable(
            "The stored secrets can't be read with the configured keys; enter them again."
        ) from error
    if content["owner"] != owner:
        raise SecretsUnreadable("These secrets belong to another integration; enter them again.")
    return content["values"]


def rotate(blob: str) -> str:
    """The same content under the newest key. Raises SecretsUnreadable when no configured key opens it."""
    try:
        return _box().rotate(blob.encode()).decode()
    except InvalidToken as error:
        raise SecretsUnreadable("No configured key opens it.") from error
