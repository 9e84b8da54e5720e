"""A slice of the storm (`make storm`): whatever fails, each document arrives once or says why it does not."""

import pytest

from tests.storms.conftest import storm  # noqa: F401


@pytest.mark.timeout(1000)
def test_documents_in_a_storm_are_delivered_once_or_stand_with_their_reason(storm):  # noqa: F811
    here = storm(workers=2, seed=11)
    blows = {"worker killed": 1, "broker killed": 1, "broker flushed": 1, "consent revoked": 1}
    here.run(documents=30, blows=blows, refused=1, seconds=800)
    here.check()
    here.act()
    assert {here.happened[blow] for blow in blows} == {1}
    assert here.happened["reconnected"] >= 1
