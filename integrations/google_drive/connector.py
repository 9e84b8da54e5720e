"""Google Drive: e-invoice, PDF and attachments of each document, in a tree of folders there."""

import logging
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import naming, oauth
from ..base import BrokenConfiguration, Connector, Delivered, DeliveryError, Payload, TestStep
from ..destinations import base_url
from ..pace import Pace
from .client import Client
from .forms import GoogleDriveForm
from .storing import Storing

logger = logging.getLogger(__name__)

# Only what this app made itself: no other file of the person can be read with it.
SCOPES = ("https://www.googleapis.com/auth/drive.file",)


class GoogleDriveConnector(Connector):
    key = "google_drive"
    label = gettext_lazy("Google Drive")
    initials = "GD"
    description = gettext_lazy("Stores the e-invoice and the PDF of every approved document in a Google Drive.")
    can_update = True
    config_form = GoogleDriveForm
    needs_consent = True
    max_in_flight = 1  # an account takes one at a time

    @classmethod
    def provider(cls, config: dict):
        return oauth.Provider(
            app="google_drive",
            authorize_url=base_url("google_drive.accounts", "https://accounts.google.com") + "/o/oauth2/v2/auth",
            token_url=base_url("google_drive.oauth", "https://oauth2.googleapis.com") + "/token",
            scopes=SCOPES,
            # Without the prompt, who consented before gets no refresh token.
            extra={"access_type": "offline", "prompt": "consent"},
            account=_account,
        )

    def push(self, payload: Payload, *, remote: dict, keep) -> Delivered:
        files = naming.named_files(payload)
        *folders, stem = naming.parts(self._pattern(), naming.values(payload))
        account, drive_id = self.access.account, self.config.get("shared_drive", "")
        about = {
            "wanted": "/".join([*folders, stem]),
            "place": naming.place_mark(account, drive_id),
            "key": payload.idempotency_key,
        }
        pace = Pace(f"google_drive/{account}")
        # Names are not unique there: looking for a folder and making it must not be done by two at once.
        with pace.alone():
            there = Client(self.access, drive_id, pace.before)
            return Storing(there, payload, files, about, remote, partial(keep, **about)).run()

    def check(self) -> list[TestStep]:
        step = _("Sign in at Google Drive")
        there = Client(self.access, self.config.get("shared_drive", ""))
        try:
            about = there.about()
        except DeliveryError as error:
            return [TestStep(step, False, error.message)]
        steps = [TestStep(step, True, str(about.get("user", {}).get("emailAddress", "")))]
        if not self.config.get("shared_drive"):
            steps.append(_room(about.get("storageQuota", {})))
        return [*steps, self._look(there)]

    def _look(self, there: Client) -> TestStep:
        step = _("Look into the drive")
        try:
            there.find("trashed = false")
            example = "/".join(naming.parts(self._pattern(), naming.values(naming.EXAMPLE)))
        except BrokenConfiguration as error:
            return TestStep(step, False, error.message)
        except DeliveryError as error:
            if error.status != 404:
                return TestStep(step, False, error.message)
            return TestStep(
                step, False, _("The shared drive is not found. Check its id, and that this account is a member.")
            )
        return TestStep(step, True, f"/{example}.xml")

    def summary(self, config: dict) -> str:
        return config.get("pattern") or naming.IMPORT_PATTERN

    def _pattern(self) -> str:
        return naming.usable(self.config.get("pattern") or naming.IMPORT_PATTERN)


def _room(quota: dict) -> TestStep:
    """Whether there is room; an account without limit names none."""
    step = _("Find room for files")
    limit, usage = (int(quota.get(name) or 0) for name in ("limit", "usage"))
    if limit and usage >= limit:
        return TestStep(step, False, _("The Google Drive is full. Make room there, then test again."))
    return TestStep(step, True, _("There is room."))


def _account(tokens: dict) -> str:
    """The address of whoever consented; the consent counts also when Google does not say."""
    try:
        return str(Client(oauth.Fresh(tokens["access_token"])).about().get("user", {}).get("emailAddress", ""))
    except DeliveryError as error:
        logger.warning("Google Drive did not say who consented: %s", error)
        return ""
