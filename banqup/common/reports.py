"""What an error report says of a failed request: the way through the code, and nothing that was entered or opened.

Django hides what is *named* like a secret in the settings, and shows every variable while DEBUG is on. Here the
values count: entered passwords are hidden wherever they stand, and code that handles opened secrets shows none of
its variables. In production, where reports leave the machine, no variable and no entered value is shown at all.
"""

import re

from django.conf import settings
from django.views.debug import SafeExceptionReporterFilter

# Packages whose variables hold opened secrets, tokens and whole requests to destinations.
CLOSED = (
    "integrations",
    "banqup.common.secrets",
    "banqup.exports",
    "authlib",
    "httpx",
    "httpcore",
    "h11",
    "paramiko",
    "cryptography",
    "smtplib",
    "celery",
    "kombu",
    "redis",
)
SHORTEST = 4


class ReportFilter(SafeExceptionReporterFilter):
    hidden_settings = re.compile(
        "API|AUTH|TOKEN|KEY|SECRET|PASS|SIGNATURE|HTTP_COOKIE|CREDENTIAL"
        "|BROKER_URL|RESULT_BACKEND|REDIS_URL|DATABASE_URL|EMAIL_URL",
        re.IGNORECASE,
    )

    def is_active(self, request) -> bool:
        return True

    def get_post_parameters(self, request):
        return {} if request is None else self.get_cleansed_multivaluedict(request, request.POST)

    def get_cleansed_multivaluedict(self, request, multivaluedict):
        shown = multivaluedict.copy()
        for name in shown:
            if not settings.DEBUG or self.hidden_settings.search(str(name)):
                shown.setlist(name, [self.cleansed_substitute])
        return shown

    def get_traceback_frame_variables(self, request, tb_frame):
        found = super().get_traceback_frame_variables(request, tb_frame)
        module = tb_frame.f_globals.get("__name__", "")
        if not settings.DEBUG or any(module == name or module.startswith(f"{name}.") for name in CLOSED):
            return [(name, self.cleansed_substitute) for name, _value in found]
        entered = self._entered(request)
        return [(name, self._cleansed(name, value, entered)) for name, value in found]

    def _cleansed(self, name, value, entered):
        """As Django does by name; besides, whatever holds a hidden value that was entered."""
        value = self.cleanse_setting(name, value)
        if not entered:
            return value
        try:
            told = repr(value)
        except Exception:
            return value  # the report says so in its place
        return self.cleansed_substitute if any(one in told for one in entered) else value

    def _entered(self, request) -> list[str]:
        """What the person entered in fields whose names say that they are secret."""
        if request is None or getattr(request, "_post", None) is None:
            return []
        names = [name for name in request.POST if self.hidden_settings.search(name)]
        return [one for name in names for one in request.POST.getlist(name) if len(one) >= SHORTEST]
