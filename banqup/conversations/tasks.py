"""What Celery runs for mail. The tables are the truth; a task only wakes their work."""

from celery import shared_task

from . import mailer


@shared_task(name="banqup.conversations.tasks.mail")
def mail():
    """Send every mail whose time has come."""
    mailer.send_due()
