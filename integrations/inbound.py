"""E-invoices that another system hands in over HTTP: `POST /inbound/<token>/`.

The body is the file itself, or a form with one file. It is answered only after the receipt is
committed; whoever gets no answer, or one of 5xx, sends it again under the same message id.
"""

import errno
import logging

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from banqup.actions import intake
from banqup.invoices.models import Receipt
from banqup.invoices.models.receipt import Channel, Direction
from banqup.spaces.models import InboundAddress

logger = logging.getLogger(__name__)

# What a form puts around its file.
FORM_OVERHEAD = 64 * 1024
RETRY_AFTER = "60"
_STATUS = {"empty": 400, "too-large": 413, "storage": 507}


class Unacceptable(Exception):
    """The request can't be taken in."""

    def __init__(self, status: int, code: str, message: str):
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@csrf_exempt
@require_POST
def receive(request: HttpRequest, token: str) -> JsonResponse:
    """Answers 200 (judged), 202 (kept, judged soon), or an error with a code and words."""
    address = InboundAddress.find(token)
    if address is None:
        return _problem(404, "unknown-address", _("There is no such address, or it was withdrawn."))
    try:
        direction = _direction(request)
        data, filename = _file(request)
        receipt = intake.receive(
            space=address.space,
            data=data,
            filename=filename,
            channel=Channel.INBOUND,
            direction=direction,
            by=None,
            message_id=_message_id(request),
        )
    except Unacceptable as refusal:
        return _problem(refusal.status, refusal.code, refusal.message)
    except intake.IntakeRefused as refusal:
        return _problem(_STATUS.get(refusal.code, 422), refusal.code, refusal.message)
    except (OSError, DatabaseError) as error:
        return _unwell(error)
    return _answer(receipt)


def _direction(request: HttpRequest) -> str:
    direction = request.GET.get("direction", Direction.PURCHASE)
    if direction not in Direction.values:
        raise Unacceptable(400, "direction", _("direction is “purchase” or “sales”."))
    return direction


def _message_id(request: HttpRequest) -> str:
    message_id = (request.headers.get("X-Message-Id") or request.headers.get("webhook-id") or "").strip()
    if len(message_id) > 255 or not message_id.isprintable():
        raise Unacceptable(400, "message-id", _("The message id is at most 255 printable characters."))
    return message_id


def _file(request: HttpRequest) -> tuple[bytes, str]:
    """The bytes and name handed in; nothing larger than the limit is read into memory."""
    limit = settings.BANQUP_MAX_UPLOAD_BYTES
    too_large = Unacceptable(413, "too-large", _("The file is larger than %d MB.") % (limit // 2**20))
    is_form = request.content_type == "multipart/form-data"
    announced = request.META.get("CONTENT_LENGTH") or "0"
    if announced.isdigit() and int(announced) > limit + (FORM_OVERHEAD if is_form else 0):
        raise too_large
    try:
        data, name = _from_form(request, limit) if is_form else (request.read(limit + 1), "")
    except UnreadablePostError as error:
        raise Unacceptable(400, "incomplete", _("The file did not arrive completely. Send it again.")) from error
    except (MultiPartParserError, RequestDataTooBig, SuspiciousOperation, BadRequest) as error:
        raise Unacceptable(
            400, "form", _("The form can't be read. Send the file itself, or a form with one file.")
        ) from error
    if len(data) > limit:
        raise too_large
    if announced.isdigit() and not is_form and len(data) < int(announced):
        raise Unacceptable(400, "incomplete", _("The file did not arrive completely. Send it again."))
    return data, request.headers.get("X-Filename", "").strip() or name


def _from_form(request: HttpRequest, limit: int) -> tuple[bytes, str]:
    files = [file for name in request.FILES for file in request.FILES.getlist(name)]
    if len(files) != 1:
        raise Unacceptable(400, "one-file", _("Send one file a request; this one has %d.") % len(files))
    return files[0].read(limit + 1), files[0].name


def _answer(receipt: Receipt) -> JsonResponse:
    receipt.refresh_from_db()  # it may have been judged already
    body = {"receipt": receipt.pk, "status": receipt.outcome}
    if receipt.outcome == Receipt.Outcome.DOCUMENT:
        body["document"] = receipt.invoice_id
    if receipt.outcome == Receipt.Outcome.DUPLICATE:
        body["duplicate_of"] = receipt.invoice_id
    return JsonResponse(body, status=202 if receipt.outcome == Receipt.Outcome.WAITING else 200)


def _unwell(error: Exception) -> JsonResponse:
    """Nothing was kept: say so in a way that makes the sender try again."""
    logger.error("Can't take in a file: %s", error)
    full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "full" in str(error).lower()
    if full:
        return _problem(507, "storage", _("The server's disk is full. Nothing was kept; send it again later."))
    return _problem(
        503, "unwell", _("The server can't take files in at the moment. Nothing was kept; send it again later.")
    )


def _problem(status: int, code: str, message: str) -> JsonResponse:
    headers = {"Retry-After": RETRY_AFTER} if status in (503, 507) else None
    return JsonResponse({"error": code, "message": message}, status=status, headers=headers)
