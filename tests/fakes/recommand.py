"""Recommand on 127.0.0.1: companies, sending, an inbox to mark as read, signed webhooks. Written from its published source.

By hand: `python -m tests.fakes.recommand`. The key is `key-` and the enterprise number, the secret `secret`, the
company `c_` and the number.
"""

import base64
import hashlib
import hmac
import json
import threading
import uuid
from datetime import datetime

from tests.fakes.peppol_mail import FAILED, SENT, WAITING, AccessPointFake, Message
from tests.fakes.server import Reply, as_json

STATUS = {WAITING: "pending", SENT: "delivered", FAILED: "failed"}


class Recommand(AccessPointFake):
    # With it the calls to the webhook are signed.
    webhook_secret = ""

    def reply(self, request) -> Reply:
        own = self._signed_in(request.headers.get("authorization", ""))
        if not own:
            return _refused(401, "Unauthorized")
        company = "c_" + own[5:]
        match request.path.strip("/").split("/"), request.method:
            case ["companies", name], "GET":
                known = {"id": name, "name": "Company of " + own} if name == company else None
                return as_json({"success": True, "company": known})
            case ["companies", name, "identifiers"], "GET":
                known = [{"scheme": "0208", "identifier": own[5:]}] if name == company else []
                return as_json({"success": True, "identifiers": known})
            case ["verify"], "POST":
                return as_json({"success": True, "isValid": request.json["peppolAddress"] not in self.unreachable})
            case ["verify-document-support"], "POST":
                away = self.unreachable | self.other_documents
                return as_json({"success": True, "isValid": request.json["peppolAddress"] not in away})
            case [name, "send"], "POST":
                return self._send(own, request.json) if name == company else _refused(403, "No access to this company")
            case ["inbox"], "GET":
                unread = [each for each in self._of(own) if each.incoming and not each.confirmed]
                return as_json({"success": True, "documents": [self._facts(each) for each in unread]})
            case ["documents"], "GET":
                return self._list(own, request.query)
            case ["documents", id], "GET":
                return self._shown(own, id)
            case ["documents", id, "mark-as-read"], "POST":
                return self._mark(own, id, request.json.get("read", True))
        return _refused(404, "Not found")

    def new_id(self) -> str:
        return "doc_" + uuid.uuid4().hex[:26].upper()

    def announcement(self, message):
        said = {"documentId": message.id, "teamId": "team_1"}
        if message.incoming:
            said |= {"eventType": "document.received", "companyId": "c_" + message.recipient[5:]}
        else:
            said |= {"eventType": "document.delivery_status_changed", "companyId": "c_" + message.sender[5:]}
            said |= {"channel": "peppol", "address": message.recipient, "status": STATUS[message.state]}
        body = json.dumps(said).encode()
        if not self.webhook_secret:
            return body, {}
        return body, {
            "X-Signature": "sha256=" + hmac.new(self.webhook_secret.encode(), body, hashlib.sha256).hexdigest()
        }

    def _signed_in(self, authorization) -> str:
        try:
            key, _colon, secret = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        except ValueError:
            return ""
        return self.participant(key) if secret == "secret" else ""

    def _of(self, own) -> list[Message]:
        return [each for each in self.messages if (each.recipient if each.incoming else each.sender) == own]

    def _send(self, own, body) -> Reply:
        if body.get("documentType") != "xml" or not body.get("document", "").lstrip("\ufeff").startswith("<"):
            return _refused(400, "Invalid document data provided", field="document")
        recipient = body.get("recipient") or ""
        if recipient in self.unreachable:
            return _refused(422, "Failed to send document over Peppol network.", category="recipient_not_found")
        made = Message(
            self.new_id(),
            own,
            recipient,
            body["document"].encode(),
            body.get("doctypeId", ""),
            body.get("processId", ""),
        )
        self.hand_over(made)
        return as_json(
            {
                "success": True,
                "id": made.id,
                "teamId": "team_1",
                "companyId": "c_" + own[5:],
                "peppolMessageId": str(uuid.uuid4()),
                "envelopeId": str(uuid.uuid4()),
                "sentOverPeppol": True,
                "sentOverEmail": False,
                "emailRecipients": [],
                "deliveryStatus": STATUS[made.state],
            }
        )

    def _list(self, own, query) -> Reply:
        since = datetime.fromisoformat(query["from"]) if "from" in query else None
        found = [
            each
            for each in self._of(own)
            if query.get("direction") in (None, "incoming" if each.incoming else "outgoing")
            and (since is None or each.at >= since)
        ]
        limit, page = int(query.get("limit", 10)), int(query.get("page", 1))
        pagination = {"total": len(found), "page": page, "limit": limit, "totalPages": -(-len(found) // limit)}
        shown = [self._facts(each) for each in found[(page - 1) * limit : page * limit]]
        return as_json({"success": True, "documents": shown, "pagination": pagination})

    def _shown(self, own, id) -> Reply:
        found = next((each for each in self._of(own) if each.id == id), None)
        if found is None:
            return _refused(404, "Document not found")
        return as_json({"success": True, "document": self._facts(found) | {"xml": found.data.decode()}})

    def _mark(self, own, id, read) -> Reply:
        found = next((each for each in self._of(own) if each.id == id), None)
        if found is None:
            return _refused(404, "Document not found")
        found.confirmed = read
        return as_json({"success": True})

    @staticmethod
    def _facts(message: Message) -> dict:
        facts = {
            "id": message.id,
            "teamId": "team_1",
            "companyId": "c_" + (message.recipient if message.incoming else message.sender)[5:],
            "direction": "incoming" if message.incoming else "outgoing",
            "senderId": message.sender,
            "receiverId": message.recipient,
            "docTypeId": message.document_type,
            "readAt": message.at.isoformat() if message.confirmed else None,
            "createdAt": message.at.isoformat(),
        }
        if message.incoming:
            return facts | {"deliveries": [], "deliveryStatus": None}
        failure = {"category": message.category, "message": message.words, "providerCode": None}
        delivery = {"channel": "peppol", "address": message.recipient, "status": STATUS[message.state]}
        delivery["failure"] = failure if message.state == FAILED else None
        return facts | {"deliveries": [delivery], "deliveryStatus": STATUS[message.state]}


def _refused(status, words, *, field="root", category="") -> Reply:
    failure = {"deliveryFailure": {"channel": "peppol", "category": category}} if category else {}
    return as_json({"success": False, "errors": {field: [words]}, **failure}, status)


if __name__ == "__main__":
    from django.conf import settings

    settings.configure(USE_TZ=True)  # its time is Django's
    with Recommand() as running:
        running.at_once = True
        said = "key key-0702451135, secret secret, company c_0702451135"
        print(f'BANQUP_BASE_URLS="recommand.api={running.url}"  {said}', flush=True)
        threading.Event().wait()
