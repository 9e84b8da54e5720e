"""A slice of the storm (`make storm`): killing workers and the broker loses nothing and doubles nothing."""

from tests.fakes.webhook_sink import WebhookSink
from tests.storms.approvals import under_fire


def test_approvals_while_workers_and_broker_are_killed_are_delivered_exactly_once(
    start_worker, own_redis, publishing_to, eventually
):
    with WebhookSink() as sink:
        under_fire(
            approvals=24,
            blows=4,
            sink=sink,
            start_worker=lambda: start_worker(broker=own_redis.url),
            own_redis=own_redis,
            publishing_to=publishing_to,
            eventually=eventually,
            seed=7,
        )
