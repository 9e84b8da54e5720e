"""Recommand: an open-source access point. Each company of an account sends and receives by itself."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from lxml import etree

from banqup.einvoicing import Unreadable
from banqup.einvoicing.safe_xml import parse

from .. import peppol
from ..access_point import Accepted, AccessPointApi, Delivery, Incoming, Outgoing, Page, Reachable, Report
from ..base import DeliveryError, Permanent, Refused, TestStep, TryAgain
from ..destinations import base_url
from ..json_api import Answer, JsonApi
from .forms import RecommandForm

HOST = "https://app.recommand.eu/api/v1"
# Its clock is not ours: a message counts as ours from so long before we asked.
MARGIN = timedelta(minutes=10)
PER_PAGE = 100
# So many pages of what was sent since then are looked through after a lost answer; of more it is not told what stands there.
PAGES_AT_MOST = 200
WORDS_AT_MOST = 300
_ENCODING = re.compile(r"""(<\?xml[^>]*?)\s+encoding\s*=\s*("[^"]*"|'[^']*')""")


class RecommandApi(AccessPointApi):
    key = "recommand"
    label = "Recommand"
    description = gettext_lazy("Open-source access point in Belgium. Sends and receives over Peppol.")
    config_form = RecommandForm
    secret_fields = ("api_key", "api_secret", "webhook_secret")

    @property
    def _company(self) -> str:
        return self.config.get("company_id", "")

    def _api(self) -> JsonApi:
        pair = f"{self.secrets.get('api_key', '')}:{self.secrets.get('api_secret', '')}"
        basic = base64.b64encode(pair.encode()).decode()
        return JsonApi(
            name="Recommand",
            base=base_url("recommand.api", HOST),
            headers={"Authorization": f"Basic {basic}"},
            secrets=(basic, *filter(None, self.secrets.values())),
        )

    # --- set-up -----------------------------------------------------------------------------------

    def check(self) -> list[TestStep]:
        if not self._company or not self.secrets.get("api_key") or not self.secrets.get("api_secret"):
            return [TestStep(_("Read the settings"), False, _("Company id, key or secret is missing. Enter them."))]
        steps, api = [], self._api()
        for name, look in ((_("Find the company"), self._found_company), (_("Find your Peppol id"), self._registered)):
            try:
                steps.append(TestStep(name, True, look(api)))
            except DeliveryError as error:
                return [*steps, TestStep(name, False, error.message)]
        return steps

    def _found_company(self, api: JsonApi) -> str:
        answer = api.get("companies", self._company)
        company = answer.data.get("company")
        if not answer.ok or not isinstance(company, dict):
            words = _("This account has no company %s. Enter the id of one of its companies.")
            raise Permanent(words % self._company, **answer.told)
        return _("The company is %s.") % (company.get("name") or self._company)

    def _registered(self, api: JsonApi) -> str:
        own = self.config.get("participant", "")
        if not own:
            raise Permanent(_("This space has no Peppol id. Enter it under Space settings > Company."))
        answer = api.get("companies", self._company, "identifiers")
        if not answer.ok:
            raise TryAgain(_("Recommand does not tell the ids of the company."), **answer.told)
        found = [each for each in answer.data.get("identifiers") or () if isinstance(each, dict)]
        known = [f"{each.get('scheme', '')}:{each.get('identifier', '')}" for each in found]
        if not any(peppol.same(each, own) for each in known):
            words = _("Recommand knows the company as %(known)s, this space is %(own)s. Correct one of them.")
            raise Permanent(words % {"known": ", ".join(known) or _("nobody"), "own": own})
        return _("Registered as %s.") % own

    # --- out --------------------------------------------------------------------------------------

    def send(self, message: Outgoing, *, remote: dict, keep: Callable[..., None], hold: Callable[[], None]) -> Accepted:
        api = self._api()
        if "id" in remote:
            return Accepted(remote["id"], _("Recommand has it already."))
        text = _text(message.data)
        if "asked" not in remote:
            keep(asked=timezone.now().isoformat())
        elif found := self._found(api, message, since=datetime.fromisoformat(remote["asked"]), hold=hold):
            # Its answer was lost: there is no second one.
            keep(id=found)
            return Accepted(found, _("Recommand had taken it at an earlier try."))
        hold()
        answer = api.write(
            "POST",
            self._company,
            "send",
            body={
                "recipient": message.recipient,
                "documentType": "xml",
                "document": text,
                "doctypeId": peppol.document_type(message.root, message.customization),
                "processId": message.profile,
            },
        )
        if not answer.ok:
            return _refused(answer, message)
        remote_id = str(answer.data.get("id") or "")
        if answer.data.get("sentOverPeppol") is False:
            raise Permanent(_("Recommand kept it without sending it over Peppol. Look it up there."), **answer.told)
        if not remote_id:
            raise TryAgain(
                _("Recommand took it without naming it. It is looked for before the next try."), **answer.told
            )
        keep(id=remote_id)
        return Accepted(remote_id, _("Recommand took it."), **answer.told)

    def _found(self, api: JsonApi, message: Outgoing, *, since: datetime, hold) -> str:
        """The id under which an earlier try stands there, or nothing. Raises TryAgain when that can't be told."""
        page, pages = 1, 1
        while page <= pages:
            hold()
            answer = api.get(
                "documents",
                direction="outgoing",
                companyId=self._company,
                page=page,
                limit=PER_PAGE,
                excludeAttachments="true",
                **{"from": (since - MARGIN).isoformat()},
            )
            documents = answer.data.get("documents")
            # Without a word of how many there are, until a page is empty.
            pages = (answer.data.get("pagination") or {}).get("totalPages", page + bool(documents))
            if not answer.ok or not isinstance(documents, list) or pages > PAGES_AT_MOST:
                raise _not_told(answer)
            for known in _documents(answer):
                name = str(known.get("id") or "")
                if name in message.earlier or not peppol.same(str(known.get("receiverId") or ""), message.recipient):
                    continue
                if peppol.same_document(self._shown(api, hold, name), message.data):
                    return name
            page += 1
        return ""

    @staticmethod
    def _shown(api: JsonApi, hold, remote_id: str) -> bytes:
        """The document that was sent. Raises TryAgain when it is not shown: it may be ours."""
        hold()
        answer = api.get("documents", remote_id)
        found = answer.data.get("document")
        if isinstance(found, dict) and isinstance(found.get("xml"), str) and found["xml"].strip():
            return _bytes(found["xml"])
        raise _not_told(answer)

    def report(self, remote_id: str) -> Report | None:
        return _report(remote_id, self._document(self._api(), remote_id))

    def reach(self, participant: str, *, root: str, customization: str, profile: str) -> Reachable:
        api = self._api()
        wanted = peppol.document_type(root, customization)
        answer = api.ask("verify-document-support", body={"peppolAddress": participant, "documentType": wanted})
        if not answer.ok:
            raise TryAgain(_("Recommand does not tell who can be reached."), **answer.told)
        if answer.data.get("isValid") is True:
            return Reachable(True, _("Receives this kind of document over Peppol."))
        if api.ask("verify", body={"peppolAddress": participant}).data.get("isValid") is True:
            return Reachable(False, _("%s is on Peppol, but does not receive this kind of document.") % participant)
        return Reachable(False, _("%s is not registered on Peppol.") % participant)

    # --- in ---------------------------------------------------------------------------------------

    def fetch(self, cursor: dict) -> Page:
        answer = self._api().get("inbox", companyId=self._company)
        if not answer.ok:
            raise TryAgain(_("Recommand does not show its inbox."), **answer.told)
        return Page(incoming=tuple(self._incoming(item) for item in _documents(answer) if item.get("id")))

    def _incoming(self, item: dict) -> Incoming:
        remote_id = str(item["id"])
        return Incoming(
            remote_id,
            lambda: self._load(remote_id),
            sender=peppol.plain(str(item.get("senderId") or "")),
            recipient=peppol.plain(str(item.get("receiverId") or "")),
        )

    def _load(self, remote_id: str) -> bytes:
        xml = self._document(self._api(), remote_id).get("xml")
        if not isinstance(xml, str) or not xml.strip():
            raise Permanent(_("Recommand holds no content for the document %s.") % remote_id)
        return _bytes(xml)

    @staticmethod
    def _document(api: JsonApi, remote_id: str) -> dict:
        found = api.get("documents", remote_id).data.get("document")
        return found if isinstance(found, dict) else {}

    def acknowledge(self, remote_id: str) -> None:
        answer = self._api().write("POST", "documents", remote_id, "mark-as-read", body={"read": True})
        if not answer.ok and answer.status != 404:
            raise TryAgain(_("Recommand does not take the confirmation."), **answer.told)

    def called(self, headers: dict, body: bytes) -> Iterable[str]:
        secret = self.secrets.get("webhook_secret")
        if secret:
            expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
            given = headers.get("x-signature", "")
            if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
                raise ValueError("The signature is wrong.")
        try:
            said = json.loads(body)
        except (ValueError, RecursionError):
            return ()
        if not isinstance(said, dict) or said.get("companyId") not in (None, self._company):
            return ()
        return [said["documentId"]] if isinstance(said.get("documentId"), str) else ()


def _not_told(answer: Answer) -> TryAgain:
    words = _("Recommand does not show what it has taken already, so nothing is sent; it is looked for again later.")
    return TryAgain(words, **answer.told)


def _documents(answer: Answer) -> list[dict]:
    return [each for each in answer.data.get("documents") or () if isinstance(each, dict)]


def _report(remote_id: str, document: dict) -> Report | None:
    """What its deliveries say. *delivered* is the receipt of the other access point: no proof that a customer has it."""
    state = document.get("deliveryStatus")
    if state == "delivered":
        return Report(f"{remote_id}:delivered", remote_id, Delivery.ACCEPTED)
    if state != "failed":
        return None
    failures = [each.get("failure") or {} for each in document.get("deliveries") or () if isinstance(each, dict)]
    failure = next((each for each in failures if each), {})
    words = str(failure.get("message") or _("Recommand could not deliver it, and does not say why."))[:WORDS_AT_MOST]
    was_there = failure.get("category") == "duplicate"
    return Report(f"{remote_id}:failed", remote_id, Delivery.DUPLICATE if was_there else Delivery.FAILED, words)


# What a failed sending says of itself, and what comes of it.
_TRANSPORT, _DUPLICATE = "transport", "duplicate"


def _refused(answer: Answer, message: Outgoing) -> Accepted:
    """Raises what the refusal means; a document that was there already is as good as taken."""
    failure = answer.data.get("deliveryFailure")
    category = failure.get("category") if isinstance(failure, dict) else None
    said = _said(answer)
    if answer.status == 422 and category == _DUPLICATE:
        return Accepted("", said, **answer.told, delivered=True)
    if answer.status == 422 and category == _TRANSPORT:
        raise TryAgain(_("The other side does not answer: %s") % said, **answer.told)
    if answer.status == 422 and category is None:
        raise Refused(_("It could not be delivered: %s") % said, **answer.told)
    if answer.status == 422:
        words = _("%(recipient)s does not take it: %(said)s Correct the customer's Peppol id, or send it another way.")
        raise Permanent(words % {"recipient": message.recipient, "said": said}, **answer.told)
    if answer.status == 413:
        words = _("It is too large for Recommand. Send it by e-mail, or leave out attachments in a new document.")
        raise Permanent(words, **answer.told)
    raise Permanent(_("Recommand refused it: %s") % said, **answer.told)


def _said(answer: Answer) -> str:
    """`errors` holds lists of sentences by field."""
    errors = answer.data.get("errors")
    if isinstance(errors, dict):
        said = [str(each) for many in errors.values() for each in (many if isinstance(many, list) else [many])]
        return " ".join(said)[:WORDS_AT_MOST]
    return str(errors or answer.told["excerpt"])[:WORDS_AT_MOST]


def _text(data: bytes) -> str:
    """The document as the text that stands in JSON: the same bytes when it is UTF-8, which ours is."""
    try:
        text = data.decode("utf-8-sig")
        if _is_utf8(text):
            return text
    except UnicodeDecodeError:
        pass
    try:
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + etree.tostring(parse(data), encoding="unicode")
    except Unreadable as error:
        raise Permanent(_("The document can't be read: %s") % error) from error


def _bytes(text: str) -> bytes:
    """What came as text, as the UTF-8 that it says it is."""
    return (text if _is_utf8(text) else _ENCODING.sub(r'\1 encoding="UTF-8"', text, count=1)).encode()


def _is_utf8(text: str) -> bool:
    """By its declaration; without one it is."""
    declared = _ENCODING.match(text.removeprefix("\ufeff"))
    return declared is None or declared[2].strip("\"'").lower().replace("-", "") in ("utf8", "usascii", "ascii")
