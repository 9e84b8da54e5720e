"""The way out by mail: the installation's own mail settings, and what each answer of the server means."""

import smtplib
import ssl

from django.conf import settings
from django.core import mail
from django.utils.translation import gettext as _

from .. import http
from ..base import BrokenConfiguration, DeliveryError, Permanent, TryAgain, UnknownOutcome
from .message import sender

# RFC 5321 and 3463: the mail, or the mailbox, is too large.
TOO_LARGE = frozenset({552, 523})
# RFC 5321: the service is not available, whatever was asked.
GOING_AWAY = 421


class RecipientRefused(BrokenConfiguration):
    """The server takes no mail for this address."""


class ServerAway(TryAgain):
    """The mail server itself takes nothing from anybody at the moment: no mail is to blame."""


def open_connection():
    """A connection that is open and signed in. Raises ServerAway, BrokenConfiguration: nothing was sent."""
    if settings.EMAIL_BACKEND == "django.core.mail.backends.console.EmailBackend":
        raise BrokenConfiguration(_("This installation sends no mail. Ask whoever runs it to set EMAIL_URL."))
    connection = mail.get_connection()
    try:
        connection.open()
    except smtplib.SMTPAuthenticationError as error:
        words = _(
            "The mail server does not accept our user and password (%d). Ask whoever runs Banqup to correct them."
        )
        raise BrokenConfiguration(words % error.smtp_code, **_told(error)) from error
    except smtplib.SMTPNotSupportedError as error:
        words = _("The mail server offers no encryption or no signing in. Ask whoever runs Banqup to check EMAIL_URL.")
        raise BrokenConfiguration(words) from error
    except ssl.SSLCertVerificationError as error:
        words = _("The certificate of the mail server is not trusted. Ask whoever runs Banqup to install a valid one.")
        raise BrokenConfiguration(words) from error
    except smtplib.SMTPResponseException as error:
        words = _("The mail server takes nothing at the moment (%d); it is tried again.")
        raise ServerAway(words % error.smtp_code, **_told(error)) from error
    except (OSError, smtplib.SMTPException) as error:
        raise ServerAway(_("Our mail server can't be reached; it is tried again.")) from error
    return connection


def send(message: mail.EmailMessage) -> None:
    """Hand `message` to the mail server. Raises a DeliveryError."""
    connection = open_connection()
    try:
        connection.send_messages([message])
    except (OSError, smtplib.SMTPException) as error:
        raise meaning(error, message.to[0]) from error
    finally:
        _close(connection)


def ask(address: str) -> None:
    """Would the server take a mail from us for `address`? Nothing is sent. Raises a DeliveryError."""
    connection = open_connection()
    dialogue = getattr(connection, "connection", None)
    try:
        if dialogue is None:  # a backend without a server: files, memory
            return
        dialogue.ehlo_or_helo_if_needed()
        code, said = dialogue.mail(sender())
        if code != 250:
            raise meaning(smtplib.SMTPSenderRefused(code, said, sender()), address)
        code, said = dialogue.rcpt(address)
        if code not in (250, 251):
            raise meaning(smtplib.SMTPRecipientsRefused({address: (code, said)}), address)
        dialogue.rset()
    except (OSError, smtplib.SMTPException) as error:
        raise TryAgain(_("The connection to the mail server broke.")) from error
    finally:
        _close(connection)


def meaning(error: Exception, address: str) -> DeliveryError:
    """What went wrong after the connection stood."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = error.recipients.get(address) or next(iter(error.recipients.values()))
        told = {"status": code, "excerpt": _excerpt(said)}
        words = {"address": address, "code": code}
        if 400 <= code < 500:
            return TryAgain(_("%(address)s takes nothing at the moment (%(code)d); it is tried again.") % words, **told)
        return RecipientRefused(
            _("The mailbox %(address)s is refused (%(code)d). Correct the address, or allow our sender there.") % words,
            **told,
        )
    if not isinstance(error, smtplib.SMTPResponseException):
        return UnknownOutcome(
            _("The mail server did not say whether it took the mail. It is sent again under the same id.")
        )
    told, words = _told(error), {"code": error.smtp_code}
    if error.smtp_code in TOO_LARGE:
        return Permanent(
            _("The mail is too large for the mail server (%(code)d). Leave out further files, then resend.") % words,
            **told,
        )
    if 400 <= error.smtp_code < 500:
        family = ServerAway if error.smtp_code == GOING_AWAY else TryAgain
        return family(_("The mail server puts us off (%(code)d); it is tried again.") % words, **told)
    if isinstance(error, smtplib.SMTPSenderRefused):
        return BrokenConfiguration(
            _(
                "The mail server does not let us send as %(sender)s (%(code)d). Ask whoever runs Banqup to correct DEFAULT_FROM_EMAIL."
            )
            % {**words, "sender": sender()},
            **told,
        )
    return Permanent(
        _("The mail server refused the mail (%(code)d). Its answer stands below; repair what it names, then resend.")
        % words,
        **told,
    )


def _told(error: smtplib.SMTPResponseException) -> dict:
    return {"status": error.smtp_code, "excerpt": _excerpt(error.smtp_error)}


def _excerpt(said) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return http.redact(text[: http.EXCERPT_AT_MOST], secrets=[settings.EMAIL_HOST_PASSWORD])


def _close(connection) -> None:
    try:
        connection.close()
    except (OSError, smtplib.SMTPException):
        pass  # the answer that counts is already here
