"""`make storm`: thousands of documents to four destinations in bad weather; `STORM_DOCUMENTS` and `SEED` choose which."""

import os
import random

import pytest


@pytest.mark.timeout(0)
def test_in_a_storm_every_document_is_delivered_once_or_stands_with_its_reason(storm, capsys):
    documents = int(os.environ.get("STORM_DOCUMENTS") or 2000)
    seed = int(os.environ.get("SEED") or random.randrange(10**6))
    part = max(documents // 100, 1)
    here = storm(workers=3, seed=seed)
    blows = {"worker killed": part, "broker killed": part // 4, "broker flushed": part // 4, "consent revoked": 1}
    try:
        here.run(documents=documents, blows=blows, refused=part, seconds=600 + 2 * documents)
        here.check()
    finally:
        with capsys.disabled():
            print(f"\nSEED={seed}\n{here.table()}")
    here.act()
