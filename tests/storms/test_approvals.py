"""`make storm`: the whole of it."""

import pytest

from tests.fakes.webhook_sink import WebhookSink
from tests.storms.approvals import under_fire


@pytest.mark.parametrize("seed", range(3))
def test_200_approvals_under_fire_lose_nothing_and_deliver_each_export_once(
    seed, start_worker, own_redis, publishing_to, eventually
):
    with WebhookSink() as sink:
        under_fire(
            approvals=200,
            blows=16,
            sink=sink,
            start_worker=lambda: start_worker(broker=own_redis.url),
            own_redis=own_redis,
            publishing_to=publishing_to,
            eventually=eventually,
            seed=seed,
        )
