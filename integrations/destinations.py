"""Where each destination is: its public address, unless this installation says another one.

`BANQUP_BASE_URLS` names others, so that a test account of a destination, or a fake of tests/fakes, can
stand in: `BANQUP_BASE_URLS="dropbox.api=http://127.0.0.1:8123,exact_online.be=http://127.0.0.1:8124"`.
"""

from django.conf import settings


def base_url(name: str, default: str) -> str:
    """The address of the destination called `name`, without a slash at its end."""
    return settings.BANQUP_BASE_URLS.get(name, default).rstrip("/")
