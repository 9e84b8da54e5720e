"""The link in a mail that lets a customer without an account see one document and answer it.

The link is its own right: whoever has it may read that document and answer it, and nothing else. It
names the transmission by its random message id, signed, so that none can be guessed or made up, and is
good for a time counted from the sending: the same link at every try of it.
"""

import uuid
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import timezone

from .models import Transmission

GOOD_FOR = timedelta(days=180)
_SIGNER = signing.Signer(salt="banqup.sending.links", sep=".")


class NoSuchLink(Exception):
    """Not one of ours: guessed, cut off in a mail program, or of another installation."""


class Expired(Exception):
    """It was one of ours; `language` is the one it was sent in."""

    def __init__(self, language: str):
        super().__init__(language)
        self.language = language


def signed(transmission: Transmission) -> str:
    return _SIGNER.sign(transmission.message_id.hex)


def answer_url(transmission: Transmission) -> str:
    """The address for the mail."""
    return settings.BANQUP_PUBLIC_URL + reverse("integrations:answer", args=[signed(transmission)])


def open_link(text: str) -> Transmission:
    """The sending that a link names, with its document and the space it is from. Raises NoSuchLink, Expired."""
    try:
        message_id = uuid.UUID(_SIGNER.unsign(text))
    except (signing.BadSignature, ValueError) as error:
        raise NoSuchLink from error
    rows = Transmission.objects.select_related("invoice__space", "invoice__counterparty")
    row = rows.filter(message_id=message_id, invoice__released_at__isnull=False).first()
    if row is None:
        raise NoSuchLink
    if row.created_at + GOOD_FOR < timezone.now():
        raise Expired(row.language)
    return row
