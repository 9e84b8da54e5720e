"""A slice of the storm (`make storm`): whatever dies, each customer has each document once, and its status is what they said."""

import pytest

from tests.storms.conftest import sales_storm  # noqa: F401


@pytest.mark.timeout(1000)
def test_sales_in_a_storm_end_where_their_answers_lead(sales_storm):  # noqa: F811
    here = sales_storm(workers=2, seed=7)
    here.run(documents=24, kills=1, seconds=800)
    here.check()
    assert here.happened["worker killed"] == 1
    assert here.happened["answers over the network"] > here.happened["answers to nobody"]
