"""A secret that was made here, on its way to the one page that shows it: sealed in the session, gone once read."""

from banqup.common import secrets

_KEY = "shown-once:"


def keep(request, owner: str, values: dict) -> None:
    """Carry `values` to the next page of `owner` that this browser opens."""
    request.session[_KEY + owner] = secrets.seal(owner, values)


def take(request, owner: str) -> dict:
    """What was kept for `owner`; empty the second time."""
    sealed = request.session.pop(_KEY + owner, "")
    try:
        return secrets.open_(owner, sealed)
    except secrets.SecretsUnreadable:
        return {}
