"""`make run` and `manage.py` on a developer's machine."""

import secrets

from .base import *  # noqa: F403
from .base import (
    ALLOWED_HOSTS,
    BANQUP_SECRET_KEYS,
    DATA_DIR,
    LOGGING,
    SECRET_KEY,
    fernet_key_from,
    flag,
)


def _own_secret_key():
    """A key of this installation's own, kept beside its data."""
    path = DATA_DIR / "secret-key"
    if not path.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text().strip()


DEBUG = True
SECRET_KEY = SECRET_KEY or _own_secret_key()
BANQUP_SECRET_KEYS = BANQUP_SECRET_KEYS or [fernet_key_from(SECRET_KEY)]
ALLOWED_HOSTS = ALLOWED_HOSTS or ["*"]
BANQUP_ALLOW_PRIVATE_WEBHOOKS = flag("BANQUP_ALLOW_PRIVATE_WEBHOOKS", True)

WHITENOISE_USE_FINDERS = True  # static files straight from static/, no collectstatic
WHITENOISE_AUTOREFRESH = True
# A passkey on http://localhost.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True

LOGGING["formatters"]["line"]["format"] = "%(levelname)s %(name)s: %(message)s"  # `make run` adds the time
