"""Real accounts for the tests of this folder, out of variables named `BANQUP_LIVE_<CONNECTOR>_<FIELD>`."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from django.utils import timezone

from banqup.exports.models import Grant, Integration, OAuthApp
from integrations import registry
from tests.integrations import helpers


@dataclass(frozen=True)
class Account:
    """What an account needs. A field with a default may be left out; the others decide whether the test runs."""

    key: str
    config: dict
    secrets: tuple[str, ...] = ()
    # Names of the app registration: its client id, and its secret where there is one.
    app: tuple[str, ...] = ()
    # Consent: the file that holds its refresh token. It is written anew, because some work once only.
    consents: bool = False
    # Sent once more without anything remembered, it finds what is there; the others would make a second one.
    looks_back: bool = True

    def variable(self, field: str) -> str:
        return f"BANQUP_LIVE_{self.key}_{field}".upper()

    def value(self, field: str, default: str | None = None) -> str | None:
        return os.environ.get(self.variable(field), default)

    def missing(self) -> list[str]:
        needed = [name for name, default in self.config.items() if default is None]
        needed += [*self.secrets, *self.app, *(["refresh_token_file"] if self.consents else [])]
        return [self.variable(name) for name in needed if not self.value(name)]

    def integration(self, space) -> Integration:
        """Configured as the variables say, and connected."""
        entered = {name: self.value(name, default) for name, default in self.config.items() if name != "booking"}
        secrets = {name: self.value(name) for name in self.secrets}
        form = registry.get(self.key).config_form({**entered, **secrets})
        assert form.is_valid(), form.errors
        config = {name: value for name, value in form.cleaned_data.items() if name not in self.secrets}
        if "booking" in self.config:
            config["booking"] = json.loads(self.value("booking"))
        made = helpers.integration(space, self.key, config=config, secrets=secrets)
        if self.app:
            registered = OAuthApp(name=registry.get(self.key).provider(config).app, client_id=self.value(self.app[0]))
            registered.keep_secret(self.value(self.app[1]) if len(self.app) > 1 else "")
            registered.save()
        if self.consents:
            now = timezone.now()
            earlier = now - timezone.timedelta(hours=1)  # so the first call asks for a new pair
            grant = Grant(integration=made, obtained_at=earlier, expires_at=now)
            grant.seal({"access_token": "spent", "refresh_token": self._token_file().read_text().strip()})
            grant.save()
        return made

    def keep_consent(self, integration: Integration) -> None:
        """Write the newest refresh token back: the one that was read may be worth nothing any more."""
        if self.consents:
            token = Grant.objects.get(integration=integration).read()["refresh_token"]
            self._token_file().write_text(token + "\n")

    def _token_file(self) -> Path:
        return Path(self.value("refresh_token_file"))


ACCOUNTS = (
    Account(
        "exact_online",
        {"country": "be", "division": None, "mode": "document", "credit_notes": "minus"},
        app=("client_id", "client_secret"),
        consents=True,
    ),
    Account("yuki", {"country": "be", "administration": None, "mode": "documents", "domain": ""}, ("access_key",)),
    Account(
        "octopus",
        {"mode": "booking", "sign_in": "password", "user": None, "dossier": None, "mailbox": "", "booking": None},
        ("password",),
        app=("software_house",),
    ),
    Account("dropbox", {"pattern": ""}, app=("client_id",), consents=True),
    Account("google_drive", {"shared_drive": "", "pattern": ""}, app=("client_id", "client_secret"), consents=True),
    Account("email", {"address": None}, looks_back=False),
    Account("sftp", {"host": None, "port": "22", "user": None, "host_key": None, "folder": ""}, ("password",)),
    Account(
        "s3",
        {"endpoint": None, "region": "us-east-1", "bucket": None, "access_key": None, "pattern": ""},
        ("secret_key",),
    ),
    Account("webhook", {"url": None, "attach_files": "yes"}, ("secret",), looks_back=False),
)
