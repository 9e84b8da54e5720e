"""Banqup's Celery app. It only wakes workers: which work is due stands in the database."""

import os
import warnings

from celery import Celery
from celery.platforms import SecurityWarning
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "banqup.settings.development")

# It warns workers of the root user about pickled messages; ours are JSON only.
warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("banqup")
app.config_from_object("django.conf:settings", namespace="CELERY")
# More processes than cores: a worker waits for destinations most of the time, and while a slow one takes all
# that it may (integrations/gate.py), as many processes as there are cores are left for the others.
app.conf.worker_concurrency = 2 * max(os.cpu_count() or 2, 2)
app.autodiscover_tasks(["banqup.conversations", "integrations"])
app.autodiscover_tasks(["integrations"], related_name="sending_tasks")
app.autodiscover_tasks(["integrations"], related_name="mailbox_tasks")
# `current_app` is a thread's own; without a default, a request thread would get an unconfigured app.
app.set_default()


@setup_logging.connect
def use_django_logging(**_):
    """Being connected is enough: Celery then leaves logging as Django's LOGGING set it up."""
    from django.conf import settings
    from django.utils.log import configure_logging

    configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)
