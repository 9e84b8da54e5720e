"""Which answer may follow which: the whole table, written down once more (LIFECYCLE §6, BIS 63)."""

import pytest

from banqup.invoices.reasons import Answer
from banqup.sending.ranks import follows, highest

# What stands → what may still be said.
MAY_FOLLOW = {
    None: "AB IP UQ CA RE AP PPD PD",
    "AB": "IP UQ CA RE AP PPD PD",
    "IP": "UQ CA RE AP PPD PD",
    "UQ": "UQ CA RE AP PPD PD",
    "CA": "RE AP PPD PD",
    "RE": "",
    "AP": "PPD PD",
    "PPD": "PPD PD",
    "PD": "",
}


@pytest.mark.parametrize("before", MAY_FOLLOW)
def test_what_may_follow(before):
    standing = before and Answer(before)

    assert [str(new) for new in Answer if follows(standing, new)] == MAY_FOLLOW[before].split()


def test_the_table_names_every_answer():
    assert set(MAY_FOLLOW) == {None, *Answer.values}


def test_the_highest_counts_in_whatever_order_they_came():
    assert (highest(["AP", "AB", "UQ"]), highest(["PD", "PPD"]), highest([])) == (Answer.ACCEPTED, Answer.PAID, None)
