"""The mail with which a person who was added to a space chooses a password."""

import logging

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

logger = logging.getLogger(__name__)


def waits(person) -> bool:
    """The person was added, and has not chosen a password yet."""
    return person.is_active and person.last_login is None and not person.has_usable_password()


def send(member, *, by) -> bool:
    """Mail the link. False when it could not be handed over; the person is a member all the same."""
    token = {"uidb36": user_pk_to_url_str(member.user), "key": default_token_generator.make_token(member.user)}
    path = reverse("account_reset_password_from_key", kwargs=token)
    words = {"by": by, "space": member.space, "user": member.user, "url": f"{settings.BANQUP_PUBLIC_URL}{path}"}
    subject = _("%(by)s invites you to %(space)s on Banqup") % {"by": by, "space": member.space.name}
    body = render_to_string("spaces/mail_invitation.txt", words)
    try:
        send_mail(" ".join(subject.split()), body, None, [member.user.email])
    except OSError as error:  # SMTP errors are OSErrors
        logger.error("The invitation to %s could not be sent: %s", member.user.email, error)
        return False
    return True
