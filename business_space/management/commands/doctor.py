"""`manage.py doctor`: prove that nothing has drifted; with `--repair`, put right what can be computed."""

from django.core.management.base import BaseCommand

from banqup.actions import doctor


class Command(BaseCommand):
    help = "Check ledger sums, releases, exports and receipts over all spaces. Exits 1 while something is wrong."

    def add_arguments(self, parser):
        parser.add_argument("--files", action="store_true", help="also read and hash every released e-invoice")
        parser.add_argument("--repair", action="store_true", help="write the ledger's sums again where they differ")

    def handle(self, *, files, repair, **options):
        left = 0
        for problem in list(doctor.examine(with_files=files)):
            repaired = repair and problem.repairable
            if repaired:
                doctor.repair(problem)
            left += not repaired
            state = "repaired" if repaired else "WRONG"
            self.stdout.write(f"{state}  {problem.rule}  invoice {problem.invoice_id}: {problem.message}")
        if left:
            raise SystemExit(1)
        self.stdout.write("Nothing has drifted.")
