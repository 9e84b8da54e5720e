"""`manage.py receive FILE… --space SLUG`: take documents in from the command line."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from banqup.actions import intake
from banqup.invoices.models import Receipt
from banqup.invoices.models.receipt import Channel, Direction
from banqup.spaces.models import Space


class Command(BaseCommand):
    help = "Receive files into a space and judge them. Prints one JSON line a file; exits 1 when one was not taken in."

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument("--space", required=True, help="the address (slug) of the business")
        parser.add_argument(
            "--channel",
            choices=(Channel.COMMAND, Channel.INBOUND, Channel.PEPPOL),
            default=Channel.COMMAND,
            help="how they came: documents of the Peppol network are answered over it",
        )
        parser.add_argument("--direction", choices=Direction.values, default=Direction.PURCHASE)

    def handle(self, *, files, space, direction, channel, **options):
        try:
            space = Space.objects.get(slug=space, kind=Space.Kind.BUSINESS)
        except Space.DoesNotExist as error:
            known = ", ".join(Space.objects.filter(kind=Space.Kind.BUSINESS).values_list("slug", flat=True)[:20])
            raise CommandError(f"There is no business space '{space}'. Known: {known or 'none'}.") from error
        refused = False
        for name in files:
            answer = {"file": name, **self._receive(name, space, direction, channel)}
            refused = refused or "error" in answer
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
        if refused:
            raise SystemExit(1)

    def _receive(self, name, space, direction, channel) -> dict:
        try:
            data = Path(name).read_bytes()
        except OSError as error:
            return {"error": "unreadable-file", "message": f"{name}: {error.strerror}"}
        try:
            receipt = intake.receive_and_judge(
                space=space, data=data, filename=Path(name).name, channel=channel, direction=direction, by=None
            )
        except intake.IntakeRefused as error:
            return {"error": error.code, "message": error.message}
        return _told(receipt)


def _told(receipt: Receipt) -> dict:
    """What became of a receipt: the JSON line without the file's name."""
    invoice = receipt.invoice
    if invoice is None:
        return {"receipt": receipt.pk, "id": None, "status": "waiting", "reason": receipt.last_error}
    duplicate = receipt.outcome == Receipt.Outcome.DUPLICATE
    return {
        "receipt": receipt.pk,
        "id": invoice.pk,
        "document_status": invoice.document_status,
        "general_status": invoice.general_status,
        "accounting_status": invoice.accounting_status,
        "findings": [
            {key: finding[key] for key in ("rule", "severity", "message", "field")} for finding in invoice.findings
        ],
        "duplicate_of": invoice.pk if duplicate else None,
    }
