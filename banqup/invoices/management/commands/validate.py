"""`manage.py validate FILE…`: the official rules on files, without a database or a running service."""

import json

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from banqup.einvoicing import ValidatorUnavailable
from banqup.einvoicing.files import judge_files

LAYERS = ("schema", "en16931", "peppol", "invoice-response", "all")
VALID, FINDINGS, UNREADABLE = 0, 1, 2


class Command(BaseCommand):
    help = (
        "Judge e-invoices and invoice responses by the layers their profile asks for. "
        "Exits 0 when all are valid, 1 when one is not, 2 when one could not be read."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="+", metavar="FILE", help="an XML or PDF file, or - for standard input")
        parser.add_argument("--json", action="store_true", help="one JSON object a file, one a line")
        parser.add_argument("--details", action="store_true", help="with --json: official texts, labels and fixes too")
        parser.add_argument("--layer", choices=LAYERS, help="judge by this layer, whatever the profile says")
        parser.add_argument("--keep-going", action="store_true", help="run each layer even where an earlier one failed")

    def handle(self, *, files, layer, keep_going, **options):
        worst = VALID
        chosen = {"layers": [layer] if layer else None, "keep_going": keep_going}
        try:
            for judged in judge_files(files, socket_path=settings.BANQUP_VALIDATOR_SOCKET or None, **chosen):
                if judged.unreadable:
                    worst = UNREADABLE
                elif not judged.report.valid:
                    worst = max(worst, FINDINGS)
                if options["json"]:
                    self.stdout.write(json.dumps(judged.to_dict(options["details"]), ensure_ascii=False))
                else:
                    self.stdout.write(_told(judged))
        except ValidatorUnavailable as error:
            raise CommandError(f"Nothing was judged: {error}", returncode=UNREADABLE) from error
        if worst:
            raise SystemExit(worst)


def _told(judged) -> str:
    report = judged.report
    word = "unreadable" if judged.unreadable else "valid" if report.valid else "not valid"
    rows = [f"{judged.file}: {word} ({report.profile})"]
    rows += [f"  judged by {layer.name} {layer.version} ({layer.engine})" for layer in report.layers if layer.judged]
    rows += [f"  not judged: {layer.name}" for layer in report.layers if not layer.judged]
    for finding in report.findings:
        field = f" [{finding.field} {finding.label}]" if finding.field else ""
        rows.append(f"  {finding.severity} {finding.rule}{field}: {finding.message}")
        if finding.proposal:
            rows.append(f"    {finding.proposal}")
    return "\n".join(rows)
