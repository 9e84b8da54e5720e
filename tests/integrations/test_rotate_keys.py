"""Keys of secrets are changed without anybody entering a secret again."""

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.utils import timezone

from banqup.common import secrets
from banqup.exports.models import Grant, Integration, OAuthApp

pytestmark = pytest.mark.django_db


@pytest.fixture
def sealed(space, webhook):
    """One of each kind of secret."""
    app = OAuthApp(name="shelf", client_id="1")
    app.keep_secret("app-secret")
    app.save()
    grant = Grant(integration=webhook, obtained_at=timezone.now(), expires_at=timezone.now())
    grant.seal({"access_token": "a", "refresh_token": "r"})
    grant.save()
    return webhook, app, grant


def test_after_rotation_the_new_key_alone_opens_every_secret(sealed, settings, secret, capsys):
    webhook, app, grant = sealed
    new = Fernet.generate_key().decode()
    settings.BANQUP_SECRET_KEYS = [new, *settings.BANQUP_SECRET_KEYS]
    call_command("rotate_keys")
    assert capsys.readouterr().out == "3 secrets are sealed with the newest key.\n"
    settings.BANQUP_SECRET_KEYS = [new]
    assert Integration.objects.get(pk=webhook.pk).read_secrets() == {"secret": secret}
    assert OAuthApp.objects.get(pk=app.pk).read_secret() == "app-secret"
    assert Grant.objects.get(pk=grant.pk).read() == {"access_token": "a", "refresh_token": "r"}


def test_what_no_key_opens_is_named_and_stays_as_it_is(sealed, settings):
    webhook, app, _grant = sealed
    lost = OAuthApp.objects.get(pk=app.pk).sealed_secret
    settings.BANQUP_SECRET_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(CommandError, match="No configured key opens these"):
        call_command("rotate_keys")
    assert OAuthApp.objects.get(pk=app.pk).sealed_secret == lost
    with pytest.raises(secrets.SecretsUnreadable):
        Integration.objects.get(pk=webhook.pk).read_secrets()
