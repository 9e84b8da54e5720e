"""The storm's worker with a mail server: `BANQUP_STORM_MAIL` is its port on 127.0.0.1."""

import os

from django.conf import settings

from tests.storms.worker import app

__all__ = ["app"]

settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(os.environ["BANQUP_STORM_MAIL"])
settings.EMAIL_TIMEOUT = 10
