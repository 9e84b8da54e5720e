"""`manage.py rulepacks`: the official artefacts the operator added, and whether each one is used."""

from datetime import date

from django.core.management.base import BaseCommand

from banqup.einvoicing import rulepacks


class Command(BaseCommand):
    help = (
        "List the rule packs in the folder that BANQUP_RULEPACKS names, with their state. "
        "Exits 1 when one cannot be used although it should."
    )
    requires_system_checks = []

    def handle(self, **options):
        folder = rulepacks.folder()
        if folder is None:
            self.stdout.write("No folder of rule packs is set (BANQUP_RULEPACKS).")
            return
        found = rulepacks.states(rulepacks.load(folder), date.today())
        self.stdout.write(f"{len(found)} rule packs in {folder}")
        for pack, state in found:
            self.stdout.write(_told(pack, state))
        if any(state in (rulepacks.DIFFERS, rulepacks.BROKEN) for _pack, state in found):
            raise SystemExit(1)


def _told(pack, state) -> str:
    if state == rulepacks.BROKEN:
        return f"{pack.name}: {state}: {pack.problem}"
    what = f"replaces {pack.replaces}" if pack.replaces else "one more layer"
    who = ", ".join(pack.profiles) or "every document"
    row = f"{pack.name} {pack.version}: {state}; {what} for {who} ({pack.syntax}), valid from {pack.valid_from}"
    if state == rulepacks.DIFFERS:
        return f"{row}\n  pack.json says sha256 {pack.sha256}\n  the file has     {pack.actual_sha256}"
    return f"{row}\n  sha256 {pack.sha256}"
