"""Behind a TLS proxy, with PostgreSQL and Redis. What must be chosen has no default."""

from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from .base import *  # noqa: F403
from .base import (
    ALLAUTH_TRUSTED_PROXY_COUNT,
    ALLOWED_HOSTS,
    BANQUP_SECRET_KEYS,
    STORAGES,
    flag,
    number,
    text,
)

_required = {
    "SECRET_KEY": "a long random text",
    "ALLOWED_HOSTS": "the host names of this site, separated by commas",
    "DATABASE_URL": "postgres://user:password@host:5432/name",
    "REDIS_URL": "redis://host:6379/0",
    "BANQUP_SECRET_KEYS": "one or more Fernet keys, the newest first, separated by commas",
}
_missing = [f"{name} ({meaning})" for name, meaning in _required.items() if not text(name)]
if _missing:
    raise ImproperlyConfigured(f"Set in the environment: {'; '.join(_missing)}.")
try:
    [Fernet(key) for key in BANQUP_SECRET_KEYS]
except ValueError as error:
    raise ImproperlyConfigured("BANQUP_SECRET_KEYS: each key is 32 random bytes in url-safe base64.") from error

BANQUP_PUBLIC_URL = text("BANQUP_PUBLIC_URL", f"https://{ALLOWED_HOSTS[0].lstrip('.')}").rstrip("/")
if urlsplit(BANQUP_PUBLIC_URL).scheme != "https":
    raise ImproperlyConfigured("BANQUP_PUBLIC_URL must start with https://.")
CSRF_TRUSTED_ORIGINS = [BANQUP_PUBLIC_URL]

SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https"
SECURE_SSL_REDIRECT = flag("BANQUP_SSL_REDIRECT", True)
SECURE_HSTS_SECONDS = number("BANQUP_HSTS_SECONDS", 365 * 24 * 3600)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
if ALLAUTH_TRUSTED_PROXY_COUNT:
    # Only a proxy of ours may say that the browser's leg was encrypted.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
