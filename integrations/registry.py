"""Every connector, one line each. Deleting a connector's folder and its line removes it."""

import logging

from django.utils.module_loading import import_string

from banqup.exports.models import ConnectorSettings

from .base import Connector

logger = logging.getLogger(__name__)

# key → dotted path, imported when first asked for: a connector's libraries cost nothing until used.
CONNECTORS = {
    "exact_online": "integrations.exact_online.connector.ExactOnlineConnector",
    "yuki": "integrations.yuki.connector.YukiConnector",
    "octopus": "integrations.octopus.connector.OctopusConnector",
    "dropbox": "integrations.dropbox.connector.DropboxConnector",
    "google_drive": "integrations.google_drive.connector.GoogleDriveConnector",
    "folder": "integrations.folder.connector.FolderConnector",
    "email": "integrations.email.connector.EmailConnector",
    "sftp": "integrations.sftp.connector.SftpConnector",
    "s3": "integrations.s3.connector.S3Connector",
    "webhook": "integrations.webhook.connector.WebhookConnector",
}


class UnknownConnector(LookupError):
    """No such connector is installed; exports of its integrations wait."""


def get(key: str) -> type[Connector]:
    """Raises UnknownConnector, also when the connector's folder is gone but its line stayed."""
    if key not in CONNECTORS:
        raise UnknownConnector(key)
    try:
        return import_string(CONNECTORS[key])
    except ImportError as error:
        logger.error("Connector %s can't be loaded: %s", key, error)
        raise UnknownConnector(key) from error


def offered() -> dict[str, type[Connector]]:
    """Those that this installation lets people add."""
    hidden = set(ConnectorSettings.objects.filter(is_offered=False).values_list("key", flat=True))
    return {key: connector for key, connector in connectors().items() if key not in hidden}


def connectors() -> dict[str, type[Connector]]:
    """Every connector that can be used, in the order they are offered."""
    found = {}
    for key in CONNECTORS:
        try:
            found[key] = get(key)
        except UnknownConnector:
            continue  # get() has said so in the log
    return found
