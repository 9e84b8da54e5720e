"""What Celery runs for mailboxes."""

from celery import shared_task

from . import mailbox_polling
from .waking import wake


@shared_task(name=mailbox_polling.READ_TASK)
def read_mailbox(mailbox_id):
    mailbox_polling.read(mailbox_id)


@shared_task(name="integrations.tasks.mailboxes")
def mailboxes():
    """Wake a worker for every mailbox that is to be read."""
    wake(read_mailbox, mailbox_polling.due())
