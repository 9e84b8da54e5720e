"""A signed webhook (Standard Webhooks): each approved document is posted to an address of one's own."""

import uuid

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import http
from ..base import (
    BrokenConfiguration,
    Connector,
    Delivered,
    DeliveryError,
    DestinationGone,
    Payload,
    Permanent,
    Refused,
    TestStep,
    TryAgain,
    WaitUntil,
)
from ..patience import retry_after
from . import message
from .forms import WebhookForm, generate_secret

# Worth another try soon, besides 5xx: slow, being worked on, too early, too many.
_AGAIN = frozenset({408, 409, 425, 429})


class WebhookConnector(Connector):
    key = "webhook"
    label = gettext_lazy("Webhook")
    initials = "WH"
    description = gettext_lazy("Posts every approved document, signed, to an address of your own system.")
    can_update = False
    resend_warning = gettext_lazy("May create a second copy in your system.")
    config_form = WebhookForm
    secret_fields = ("secret",)

    def push(self, payload: Payload, *, remote: dict, keep) -> Delivered:
        body = message.approved(payload, attach=self.config.get("attach_files", True))
        answer = self._post(payload.idempotency_key, body)
        return Delivered(
            label=_("%(where)s answered %(status)d") % {"where": http.shown(self._url()), "status": answer.status},
            answer_status=answer.status,
            excerpt=answer.excerpt(secrets=self._known_secrets()),
        )

    def check(self) -> list[TestStep]:
        step = _("Send a signed test message")
        try:
            answer = self._post(f"test_{uuid.uuid4()}", message.ping(timezone.now()))
        except DeliveryError as error:
            return [TestStep(step, False, error.message)]
        words = _("%(where)s answered %(status)d.") % {"where": http.shown(self._url()), "status": answer.status}
        return [TestStep(step, True, words)]

    def summary(self, config: dict) -> str:
        return http.shown(config.get("url", ""))

    @classmethod
    def renew_secrets(cls, old: dict, entered: dict) -> tuple[dict, dict]:
        """The first secret is made here when none was entered; a new one leaves the old one signing for a day."""
        secret = entered.get("secret") or old.get("secret")
        if not secret:
            secret = generate_secret()
            return {"secret": secret}, {"secret": secret}
        if not old.get("secret") or secret == old["secret"]:
            return {**old, "secret": secret}, {}
        return {"secret": secret, "previous_secret": old["secret"], "changed_at": timezone.now().isoformat()}, {}

    def _url(self) -> str:
        return self.config.get("url", "")

    def _known_secrets(self) -> list[str]:
        return [value for value in self.secrets.values() if isinstance(value, str)]

    def _post(self, message_id: str, body: bytes) -> http.Response:
        """Sign, send, and say what the answer means by raising its family."""
        if not self._url() or not self.secrets.get("secret"):
            raise BrokenConfiguration(
                _("Address or signing secret is missing. Enter them in the settings of this integration.")
            )
        headers = message.headers(message_id=message_id, body=body, secrets=self.secrets, now=timezone.now())
        answer = http.request("POST", self._url(), headers=headers, body=body)
        if not 200 <= answer.status < 300:
            raise self._meaning(answer)
        return answer

    def _meaning(self, answer: http.Response) -> DeliveryError:
        told = {"status": answer.status, "excerpt": answer.excerpt(secrets=self._known_secrets())}
        words = {"where": http.shown(self._url()), "status": answer.status}
        if answer.status < 400:
            return Permanent(
                _("%(where)s answers with a redirect (%(status)d). Enter the final address.") % words, **told
            )
        if answer.status == 410:
            return DestinationGone(
                _("%(where)s says it is gone for good (410). Enter the new address, or switch this integration off.")
                % words,
                **told,
            )
        if answer.status in _AGAIN or answer.status >= 500:
            again = _("%(where)s answered %(status)d; it is tried again.") % words
            at = retry_after(answer)
            return WaitUntil(again, at=at, **told) if at else TryAgain(again, **told)
        return Refused(_("%(where)s refused the document (%(status)d).") % words, **told)
