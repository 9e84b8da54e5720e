"""`make test` runs two passes: what it prints, and when it fails."""

import sys

import pytest

from tests.runtime import passes

SAYS = """
import os, pathlib, sys, time
second, folder = bool(os.environ.get("TEST_REDIS_URL")), pathlib.Path(sys.argv[1])
mine, other = ("second", "first") if second else ("first", "second")
(folder / mine).touch()
while "together" in sys.argv and not (folder / other).exists():
    time.sleep(0.01)
print("this is the", mine, flush=True)
code = int(os.environ["CODES"].split()[second])
os.kill(os.getpid(), -code) if code < 0 else sys.exit(code)
"""


@pytest.fixture
def run(monkeypatch, tmp_path, capfd):
    """`run(codes, how)`: both passes end with those codes; (the code of all, what was printed)."""
    monkeypatch.delenv("BANQUP_TEST_AGAIN", raising=False)
    monkeypatch.setattr(passes.chromium, "ensure", lambda: None)
    for service in ("database_problem", "redis_problem"):
        monkeypatch.setattr(passes, service, lambda url: "")

    def run(codes, how):
        monkeypatch.setenv("BANQUP_PASSES", how)
        monkeypatch.setenv("CODES", codes)
        monkeypatch.setattr(passes, "command", lambda given: [sys.executable, "-c", SAYS, str(tmp_path), how])
        code = passes.main([])
        return code, [line for line in capfd.readouterr().out.splitlines() if line.startswith("this is")]

    return run


@pytest.mark.parametrize("how", ["in turn", "together"])
@pytest.mark.parametrize(("codes", "code"), [("0 0", 0), ("1 0", 1), ("0 1", 1), ("2 1", 2), ("-9 0", 9), ("0 -9", 9)])
def test_either_pass_can_fail_it_and_they_are_printed_in_order(run, how, codes, code):
    assert run(codes, how) == (code, ["this is the first", "this is the second"])


def test_only_who_asks_for_it_runs_them_at_the_same_time(monkeypatch):
    monkeypatch.setenv("CI", "true")
    monkeypatch.delenv("BANQUP_PASSES", raising=False)
    assert not passes.together()
    monkeypatch.setenv("BANQUP_PASSES", "together")
    assert passes.together()


FAILS = """
import sys
again = "--last-failed" in sys.argv
print("this is the", "second try" if again else "first try", flush=True)
sys.exit(int(sys.argv[2 if again else 1]))
"""


@pytest.mark.parametrize(
    ("first", "again", "code", "tries"),
    [(0, 9, 0, 1), (1, 0, 0, 2), (1, 1, 1, 2), (2, 0, 2, 1)],
    ids=["all passed", "passed by itself", "failed twice", "could not run"],
)
def test_where_it_is_asked_for_what_failed_runs_once_more(monkeypatch, capfd, first, again, code, tries):
    monkeypatch.setenv("BANQUP_TEST_AGAIN", "1")
    monkeypatch.setattr(
        passes, "command", lambda given: [sys.executable, "-c", FAILS, str(first), str(again), *given[2:]]
    )
    assert passes.run([]) == code
    said = capfd.readouterr().out
    assert said.count("this is the") == tries
    assert ("It passed by itself" in said) == ((first, again) == (1, 0))
