"""The order of imports (the contracts stand in pyproject.toml), and that breaking it is noticed."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.conventions.rules import PACKAGES, ROOT

LINT = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]


def lint(folder):
    return subprocess.run(LINT, cwd=folder, capture_output=True, text=True, timeout=120)


def test_the_import_order_is_kept():
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


def test_an_import_against_the_order_is_noticed(tmp_path):
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "banqup" / "common" / "wrong.py").write_text("import banqup.actions\n")
    (tmp_path / "partner_space" / "wrong.py").write_text("import business_space\n")
    (tmp_path / "banqup" / "einvoicing" / "wrong.py").write_text("import django\n")
    done = lint(tmp_path)
    assert done.returncode == 1
    assert "banqup.common is not allowed to import banqup.actions" in done.stdout
    assert "partner_space is not allowed to import business_space" in done.stdout
    assert "banqup.einvoicing is not allowed to import django" in done.stdout
