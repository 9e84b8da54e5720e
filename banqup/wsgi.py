"""The WSGI application."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "banqup.settings.development")
application = get_wsgi_application()

from django.conf import settings  # noqa: E402

if settings.BANQUP_INPROCESS_WORKER:
    from banqup.runtime import inprocess

    inprocess.start()
