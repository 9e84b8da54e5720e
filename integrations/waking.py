"""Publish one task for each row that is due; a broker that is away costs nothing but time."""

import logging

logger = logging.getLogger(__name__)

# A message that no worker took by then is dropped; the next sweep lists its row again.
STALE_AFTER = 60


def wake(task, ids) -> None:
    for done, pk in enumerate(ids):
        try:
            task.apply_async((pk,), expires=STALE_AFTER, retry=False)
        except Exception as error:  # any broker failure: the rows stay due
            logger.warning(
                "The broker is away (%s): %d of %d not asked for; the next sweep will.",
                error,
                len(ids) - done,
                len(ids),
            )
            return
