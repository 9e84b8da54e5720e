"""Settings shared by every way of running. The environment is read here and nowhere else."""

import base64
import hashlib
import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

# Loading it makes Banqup's Celery app the current one of every process that reads these settings.
from banqup import celery as _celery  # noqa: F401


def text(name, default=""):
    return os.environ.get(name, "").strip() or default


def names(name, default=()):
    return [part.strip() for part in text(name).split(",") if part.strip()] or list(default)


def flag(name, default=False):
    value = text(name).lower()
    if value and value not in {"1", "0", "true", "false", "yes", "no", "on", "off"}:
        raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}.")
    return value in {"1", "true", "yes", "on"} if value else default


def number(name, default):
    value = text(name, str(default))
    if not value.isdigit():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def pairs(name):
    """`name=value` parts, separated by commas."""
    parts = [part.partition("=") for part in names(name)]
    if not all(separator for _name, separator, _value in parts):
        raise ImproperlyConfigured(f"{name} must look like name=value,name=value.")
    return {key.strip(): value.strip() for key, _separator, value in parts}


def email_settings(url):
    """`smtp://user:password@host:25`, `smtp+tls://…:587`, `smtps://…:465`, or `console:`."""
    parts = urlsplit(url)
    if parts.scheme == "console":
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    ports = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
    if parts.scheme not in ports or not parts.hostname:
        raise ImproperlyConfigured("EMAIL_URL must look like smtp+tls://user:password@host:587 or console:")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or ports[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 20,
    }


def fernet_key_from(secret):
    """A key for secrets at rest that is always the same for the same SECRET_KEY (development, tests)."""
    return base64.urlsafe_b64encode(hashlib.sha256(b"secrets at rest:" + secret.encode()).digest()).decode()


BASE_DIR = Path(__file__).resolve().parent.parent.parent
DATA_DIR = Path(text("BANQUP_DATA_DIR", str(BASE_DIR / "var"))).resolve()
RUN_DIR = DATA_DIR / "run"  # sockets and locks of what `make run` started

# --- Django -------------------------------------------------------------------------------------

SECRET_KEY = text("SECRET_KEY")
DEBUG = False
ALLOWED_HOSTS = names("ALLOWED_HOSTS")
BANQUP_PUBLIC_URL = text("BANQUP_PUBLIC_URL", f"http://127.0.0.1:{text('PORT', '8000')}").rstrip("/")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_fsm",
    "django_htmx",
    "heroicons",
    "template_partials",
    "banqup.common",
    "banqup.spaces",
    "banqup.contacts",
    "banqup.invoices",
    "banqup.approvals",
    "banqup.payments",
    "banqup.bulk",
    "banqup.sending",
    "banqup.mailboxes",
    "banqup.reminders",
    "banqup.exports",
    "banqup.conversations",
    "integrations",
    "business_space",
    "partner_space",
]

MIDDLEWARE = [
    "banqup.runtime.probes.Probes",  # first: a probe has no session, no host name and no https
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "banqup.runtime.security.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "banqup.urls"
WSGI_APPLICATION = "banqup.wsgi.application"
ASGI_APPLICATION = "banqup.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "banqup.spaces.context.shell",
            ],
        },
    }
]

# --- Database -----------------------------------------------------------------------------------

DATABASE_URL = text("DATABASE_URL", f"sqlite:///{DATA_DIR}/banqup.sqlite3")
try:
    DATABASES = {"default": dj_database_url.parse(DATABASE_URL, conn_max_age=60, conn_health_checks=True)}
except ValueError as error:
    raise ImproperlyConfigured(f"DATABASE_URL: {error}") from error
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Measured: with these, no request fails with "database is locked" under eight clients.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
            "PRAGMA temp_store=MEMORY; PRAGMA mmap_size=134217728;"
            "PRAGMA journal_size_limit=67108864; PRAGMA cache_size=-20000"
        ),
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis: the broker and the cache ------------------------------------------------------------

_embedded_broker = RUN_DIR / "broker.sock"  # there while `make run` runs, so that manage.py finds it
REDIS_URL = text("REDIS_URL", f"unix://{_embedded_broker}" if _embedded_broker.exists() else "")
# A prefix of one's own lets several installations, or several test runs, share one Redis.
REDIS_PREFIX = text("BANQUP_REDIS_PREFIX", "banqup:")

if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "banqup.runtime.cache.ForgivingRedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": REDIS_PREFIX,
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
        }
    }
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# --- Celery: it only wakes; the tables are the truth ---------------------------------------------

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1) or "memory://"
REDIS_TRANSPORT_OPTIONS = {
    # Above the longest task (see the time limits below), or a task would be handed out twice.
    "visibility_timeout": 900,
    # Look every second, not every hundred, for tasks that a killed worker left unfinished.
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
    "global_keyprefix": REDIS_PREFIX,
    # Publishing fails at once when the broker is gone, and after 3 s when it hangs: the nudge is
    # lost, the sweep makes it good. The worker's own reconnecting is not limited by these.
    "socket_connect_timeout": 1,
    "socket_timeout": 3,
    "max_retries": 0,
}
CELERY_BROKER_TRANSPORT_OPTIONS = REDIS_TRANSPORT_OPTIONS if REDIS_URL else {}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for its broker for ever
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_TASK_SOFT_TIME_LIMIT = 540
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    # `expires`: a worker that was away does not work off a pile of old sweeps.
    "sweep": {"task": "integrations.tasks.sweep", "schedule": 30, "options": {"expires": 25}},
    "bulk-runs": {"task": "integrations.tasks.bulk_runs", "schedule": 30, "options": {"expires": 25}},
    "template-runs": {"task": "integrations.tasks.template_runs", "schedule": 30, "options": {"expires": 25}},
    "read-documents": {"task": "integrations.tasks.read_documents", "schedule": 30, "options": {"expires": 25}},
    "judge-receipts": {"task": "integrations.tasks.judge_receipts", "schedule": 30, "options": {"expires": 25}},
    "transmissions": {"task": "integrations.tasks.transmissions", "schedule": 30, "options": {"expires": 25}},
    "network-news": {"task": "integrations.tasks.network_news", "schedule": 30, "options": {"expires": 25}},
    "watched-folders": {"task": "integrations.tasks.watched_folders", "schedule": 30, "options": {"expires": 25}},
    "mailboxes": {"task": "integrations.tasks.mailboxes", "schedule": 30, "options": {"expires": 25}},
    "letters": {"task": "integrations.tasks.post_letters", "schedule": 30, "options": {"expires": 25}},
    "answers": {"task": "integrations.tasks.answers", "schedule": 30, "options": {"expires": 25}},
    "in-process": {"task": "integrations.tasks.in_process", "schedule": 1800, "options": {"expires": 1700}},
    "mail": {"task": "banqup.conversations.tasks.mail", "schedule": 30, "options": {"expires": 25}},
    # Asks every few minutes who has to be told of the week that is over; each space is told once.
    "weekly-summary": {"task": "integrations.tasks.weekly_summary", "schedule": 300, "options": {"expires": 290}},
    "housekeeping": {"task": "integrations.tasks.housekeeping", "schedule": 24 * 3600},
}

# --- Sign-in ------------------------------------------------------------------------------------

AUTH_USER_MODEL = "spaces.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_EMAIL_NOTIFICATIONS = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Banqup"
# How many proxies of ours stand in front: decides which address rate limits count.
ALLAUTH_TRUSTED_PROXY_COUNT = number("BANQUP_TRUSTED_PROXIES", 0)

SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"  # an accounting program's OAuth page sends the browser back here
CSRF_COOKIE_SAMESITE = "Lax"
# Browsers follow `frame-ancestors 'self'` of our content policy, which lets a page of ours show an
# invoice's own PDF; only one too old to know it reads this.
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"

# --- Language and time --------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]  # a language is added together with its catalogue in banqup/locale/
LOCALE_PATHS = [BASE_DIR / "banqup" / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# --- Files --------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "staticfiles"
MEDIA_ROOT = DATA_DIR / "files"  # served only through views that check who asks: there is no MEDIA_URL
STORAGES = {
    "default": {"BACKEND": "banqup.common.storage.AtomicFileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
BANQUP_MAX_UPLOAD_BYTES = number("BANQUP_MAX_UPLOAD_BYTES", 25 * 1024 * 1024)
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # larger files go to a temporary file
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024  # form fields, not files
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_NUMBER_FILES = 200

# --- E-mail -------------------------------------------------------------------------------------

globals().update(email_settings(text("EMAIL_URL", "console:")))
DEFAULT_FROM_EMAIL = text("DEFAULT_FROM_EMAIL", "Banqup <no-reply@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
BANQUP_MAX_MAIL_BYTES = number("BANQUP_MAX_MAIL_BYTES", 20 * 1024 * 1024)  # mailboxes take no more

# --- What the product itself asks for -------------------------------------------------------------

BANQUP_FOLDER_ROOT = Path(text("BANQUP_FOLDER_ROOT", str(DATA_DIR / "delivered"))).resolve()
# Below it stand the folders that are watched for documents (integrations/folder_intake.py); without it none is.
BANQUP_INTAKE_ROOT = Path(text("BANQUP_INTAKE_ROOT")).resolve() if text("BANQUP_INTAKE_ROOT") else None
BANQUP_SECRET_KEYS = names("BANQUP_SECRET_KEYS")  # Fernet keys, the newest first
BANQUP_VALIDATOR_SOCKET = text("BANQUP_VALIDATOR_SOCKET", str(RUN_DIR / "validator.sock"))
CLAMD_SOCKET = text("CLAMD_SOCKET", "")  # of ClamAV's daemon; without it nothing is scanned, and the history says so
BANQUP_ALLOW_PRIVATE_WEBHOOKS = flag("BANQUP_ALLOW_PRIVATE_WEBHOOKS")
# Where destinations are, when not at their public addresses: test accounts, fakes (integrations/destinations.py).
BANQUP_BASE_URLS = pairs("BANQUP_BASE_URLS")
BANQUP_METRICS_TOKEN = text("BANQUP_METRICS_TOKEN")  # who may read /metrics; without it only this machine
if 0 < len(BANQUP_METRICS_TOKEN) < 16:
    raise ImproperlyConfigured("BANQUP_METRICS_TOKEN must have at least 16 characters.")
BANQUP_DEMO = flag("BANQUP_DEMO", True)  # whether `make run` fills an empty database with an example
BANQUP_INPROCESS_WORKER = flag("BANQUP_INPROCESS_WORKER")  # set by `make run` where there is no broker

DEFAULT_EXCEPTION_REPORTER_FILTER = "banqup.common.reports.ReportFilter"

# --- Logging: one readable line a record, to the standard error ----------------------------------

LOG_LEVEL = text("LOG_LEVEL", "INFO").upper()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        # Django's own handlers would say everything twice.
        "django": {"handlers": [], "level": LOG_LEVEL, "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        "celery.beat": {"level": "WARNING"},  # else a line for every sweep
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},  # its lines hold whole addresses, tokens included
        "fontTools": {"level": "WARNING"},
        "django.template": {"level": "INFO"},  # below that its lines hold whole pages, what is shown once included
    },
}
