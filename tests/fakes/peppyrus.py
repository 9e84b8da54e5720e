"""Peppyrus on 127.0.0.1: folders, reports, an inbox to confirm. Written from published clients; see the connector's README.

By hand: `python -m tests.fakes.peppyrus`. A key is `key-` and the enterprise number of the account.
"""

import base64
import binascii
import threading
import uuid

from tests.fakes.peppol_mail import FAILED, SENT, WAITING, AccessPointFake, Message
from tests.fakes.server import Reply, as_json

FOLDERS = {WAITING: "outbox", SENT: "sent", FAILED: "failed"}


class Peppyrus(AccessPointFake):
    def reply(self, request) -> Reply:
        own = self.participant(request.headers.get("x-api-key", ""))
        if not own:
            return as_json({"message": "Unauthorized"}, 401)
        match request.path.strip("/").split("/"), request.method:
            case ["organization", "info"], "GET":
                return as_json({"name": "Organization of " + own, "VAT": "BE" + own[5:]})
            case ["organization", "peppol"], "GET":
                return as_json({"participants": [{"participantId": own, "canReceive": True, "isSender": True}]})
            case ["peppol", "lookup"], "GET":
                return self._lookup(request.query.get("participantId", ""))
            case ["message"], "POST":
                return self._post(own, request.json)
            case ["message", "list"], "GET":
                return self._list(own, request.query)
            case ["message", id], "GET":
                return self._shown(self._own(own, id), whole=True)
            case ["message", id, "report"], "GET":
                return self._report(self._own(own, id))
            case ["message", id, "confirm"], "PATCH":
                return self._confirm(self._own(own, id))
        return as_json({"message": "Not found"}, 404)

    def new_id(self) -> str:
        return str(uuid.uuid4())

    def announcement(self, message):
        return b'{"id": "%s"}' % message.id.encode(), {}

    def _own(self, own, id) -> Message | None:
        found = self.find(id)
        side = found and (found.recipient if found.incoming else found.sender)
        return found if side == own else None

    def _lookup(self, participant) -> Reply:
        if participant in self.unreachable:
            return as_json({"message": "Participant not found"}, 404)
        types = [] if participant in self.other_documents else [_type("Invoice"), _type("CreditNote")]
        services = [{"documentType": each, "transportProfile": "peppol-transport-as4-v2_0"} for each in types]
        return as_json({"participantId": participant, "scheme": "iso6523-actorid-upis", "services": services})

    def _post(self, own, body) -> Reply:
        missing = [
            name for name in ("sender", "recipient", "processType", "documentType", "fileContent") if not body.get(name)
        ]
        if missing:
            return as_json({"message": f"{missing[0]} is missing"}, 422)
        if body["sender"] != own:
            return as_json({"message": f"{body['sender']} is not registered for this account"}, 422)
        if body["recipient"] in self.unreachable:
            return as_json({"message": "PEPPOL identifier not found"}, 404)
        try:
            data = base64.b64decode(body["fileContent"], validate=True)
        except binascii.Error:
            return as_json({"message": "fileContent is not base64"}, 422)
        made = Message(self.new_id(), own, body["recipient"], data, body["documentType"], body["processType"])
        return self._shown(self.hand_over(made))

    def _list(self, own, query) -> Reply:
        folder, per_page = query.get("folder", "").lower(), int(query.get("perPage", 10))
        found = [
            each
            for each in self.messages
            if (each.recipient if each.incoming else each.sender) == own
            and folder in ("", _folder(each))
            and query.get("receiver") in (None, each.recipient)
            and query.get("confirmed") in (None, str(each.confirmed).lower())
        ]
        start = (int(query.get("page", 1)) - 1) * per_page
        meta = {"itemCount": len(found), "currentPage": int(query.get("page", 1)), "pages": -(-len(found) // per_page)}
        return as_json({"meta": meta, "items": [_facts(each) for each in found[start : start + per_page]]})

    def _shown(self, message, *, whole=False) -> Reply:
        if message is None:
            return as_json({"message": "Message not found"}, 404)
        content = {"fileContent": base64.b64encode(message.data).decode()} if whole else {}
        return as_json(_facts(message) | content)

    def _report(self, message) -> Reply:
        if message is None:
            return as_json({"message": "Message not found"}, 404)
        return as_json({"validationRules": [], "transmissionRules": message.words or None})

    def _confirm(self, message) -> Reply:
        if message is None:
            return as_json({"message": "Message not found"}, 404)
        if message.confirmed:
            return as_json({"message": "Already confirmed"}, 422)
        message.confirmed = True
        return Reply(200, b"true", {"Content-Type": "application/json"})


def _folder(message: Message) -> str:
    return "inbox" if message.incoming else FOLDERS[message.state]


def _facts(message: Message) -> dict:
    return {
        "id": message.id,
        "sender": message.sender,
        "recipient": message.recipient,
        "direction": "IN" if message.incoming else "OUT",
        "folder": _folder(message),
        "created": message.at.strftime("%Y-%m-%d %H:%M:%S"),
        "confirmed": message.confirmed,
    }


def _type(name) -> str:
    return (
        f"busdox-docid-qns::urn:oasis:names:specification:ubl:schema:xsd:{name}-2::{name}"
        "##urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0::2.1"
    )


if __name__ == "__main__":
    from django.conf import settings

    settings.configure(USE_TZ=True)  # its time is Django's
    with Peppyrus() as running:
        running.at_once = True
        print(
            f'BANQUP_BASE_URLS="peppyrus.live={running.url},peppyrus.test={running.url}"  a key: key-0702451135',
            flush=True,
        )
        threading.Event().wait()
