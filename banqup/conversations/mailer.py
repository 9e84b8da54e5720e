"""Write and send the mails that are due."""

import logging
import smtplib
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from banqup.spaces.access import membership

from . import mailbox, notices
from .models import Mail

logger = logging.getLogger(__name__)

# One run ends some time; the next sweep goes on.
AT_MOST = 200


def send_due() -> None:
    """Gather what is due and send it, mail by mail; stops when the server does not answer."""
    mailbox.gather()
    for mail_id in list(mailbox.due().values_list("pk", flat=True)[:AT_MOST]):
        mail = mailbox.claim(mail_id)
        if mail is not None and not _send(mail):
            return


def _send(mail: Mail) -> bool:
    """False when no mail at all can be sent at the moment."""
    message = compose(mail)
    if message is None:
        mailbox.settle_dropped(mail)
        return True
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _words in error.recipients.values()]
        settle = mailbox.settle_failed if min(codes) >= 500 else mailbox.settle_retry
        settle(mail, str(error))
        return True
    except smtplib.SMTPDataError as error:
        settle = mailbox.settle_failed if error.smtp_code >= 500 else mailbox.settle_retry
        settle(mail, str(error))
        return True
    except OSError as error:  # every other SMTP error: away, busy, or our sign-in is wrong
        logger.warning("Mail %s was not sent (%s); it is tried again.", mail.pk, error)
        mailbox.settle_retry(mail, str(error))
        return False
    mailbox.settle_sent(mail)
    return True


def compose(mail: Mail) -> EmailMultiAlternatives | None:
    """The message, in the language of the space, or None when nothing is left to tell this person."""
    member = membership(mail.user, mail.space)
    if member is None:
        return None
    with translation.override(mail.space.language):
        waiting = notices.of(member).filter(mail=mail, read_at=None).order_by("id")
        told = notices.in_words(waiting, member.space)
        if not told:
            return None
        site = settings.BANQUP_PUBLIC_URL
        choices = f"{site}{notices.choices_url(mail.space)}"
        words = {"told": told, "site": site, "space": mail.space, "person": mail.user, "choices": choices}
        words["has_weekly"] = any(one["is_weekly"] for one in told)
        message = EmailMultiAlternatives(
            subject=" ".join(_subject(told, mail.space).split()),
            body=render_to_string("conversations/mail.txt", words),
            to=[mail.user.email],
            headers={
                "Message-ID": f"<{mail.key}@{urlsplit(site).hostname}>",
                "List-Unsubscribe": f"<{choices}>",
                "Auto-Submitted": "auto-generated",
            },
        )
        message.attach_alternative(render_to_string("conversations/mail.html", words), "text/html")
    return message


def _subject(told: list[dict], space) -> str:
    if len(told) == 1:
        return told[0]["sentence"]
    return _("%(space)s: %(count)d notifications") % {"space": space.name, "count": len(told)}
