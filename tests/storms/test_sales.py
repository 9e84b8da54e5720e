"""`make storm`: a thousand sales by every way in bad weather; `STORM_SALES` and `SEED` choose which."""

import os
import random

import pytest


@pytest.mark.timeout(0)
def test_in_a_storm_every_sale_ends_where_its_answers_lead(sales_storm, capsys):
    documents = int(os.environ.get("STORM_SALES") or 1000)
    seed = int(os.environ.get("SEED") or random.randrange(10**6))
    here = sales_storm(workers=3, seed=seed)
    try:
        here.run(documents=documents, kills=max(documents // 50, 1), seconds=600 + 4 * documents)
        here.check()
    finally:
        with capsys.disabled():
            print(f"\nSEED={seed}\n{here.table()}")
