"""Worker and scheduler as threads of the web process, for machines without any broker.

Only for one web process: `memory://` queues live inside it. A lost nudge costs nothing, the sweep
finds the row.
"""

import logging
import threading

from celery.beat import EmbeddedService, Scheduler
from celery.worker import WorkController

from banqup.celery import app

logger = logging.getLogger(__name__)


def start():
    threading.Thread(target=_work, name="in-process worker", daemon=True).start()
    # The plain scheduler keeps its times in memory: every entry is due again after a restart.
    scheduler = EmbeddedService(app, thread=True, scheduler_cls=Scheduler, max_interval=5)
    scheduler.daemon = True
    scheduler.start()


def _work():
    try:
        worker = WorkController(
            app=app, pool_cls="threads", concurrency=2, without_gossip=True, without_mingle=True, loglevel="INFO"
        )
        worker.start()
    except Exception:
        logger.exception("The in-process worker ended")
