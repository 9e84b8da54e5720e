"""A bakery whose mailbox stands on a fake of a mail server."""

import pytest
from django.utils import timezone

from banqup.mailboxes.models import Mailbox
from integrations import mailbox_polling
from tests.factories import mails, world
from tests.fakes.imap import ImapServer


@pytest.fixture
def space(db):
    return world.business()


@pytest.fixture
def server(monkeypatch):
    with ImapServer() as running:
        monkeypatch.setenv("SSL_CERT_FILE", str(running.authority))
        yield running


@pytest.fixture
def mailbox(space, server):
    return mails.mailbox(space, server)


@pytest.fixture
def look():
    """What the worker does when it is time to read a mailbox."""

    def _look(mailbox) -> int:
        Mailbox.objects.filter(pk=mailbox.pk).update(poll_at=timezone.now())
        assert mailbox.pk in mailbox_polling.due()
        done = mailbox_polling.read(mailbox.pk)
        mailbox.refresh_from_db()
        return done

    return _look
