"""The benchmark's worker with a mail server on 127.0.0.1: `BANQUP_BENCH_MAIL` is its port."""

import os

from django.conf import settings

from tests.benchmarks.worker import NOTHING, app

__all__ = ["NOTHING", "app"]

settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(os.environ["BANQUP_BENCH_MAIL"])
settings.EMAIL_TIMEOUT = 30
