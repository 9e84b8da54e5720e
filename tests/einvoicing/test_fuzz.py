"""A short slice of `make fuzz`; the same mutants every time."""

from __future__ import annotations

from tests.einvoicing import fuzz


def test_spoiled_documents_never_crash_hang_or_pass_when_the_official_rules_refuse_them(validator):
    outcomes = fuzz.run(1, validator, count=90)
    assert outcomes.total() == 90
    assert {"valid", "refused", "schema", "unreadable"} <= set(outcomes)
