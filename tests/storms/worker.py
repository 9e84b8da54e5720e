"""The product's worker in a storm: its time is the storm's, and it says what it is at.

`BANQUP_STORM` names the folder that it shares with the storm: the file `clock`, one file of each
worker with the task that it runs at the moment, empty while it has none, and the file `still`, which
is locked for as long as a task runs, so that no time can be made to pass meanwhile. Who is killed
lets go of it.
"""

import fcntl
import os
from pathlib import Path

from celery.signals import task_postrun, task_prerun, worker_process_init

from banqup.celery import app
from tests.factories import clock

__all__ = ["app"]

FOLDER = Path(os.environ["BANQUP_STORM"])

# For as long as the process lives.
_time = clock.told_by(clock.SharedClock(FOLDER / "clock"))
_time.__enter__()


_still = None


@worker_process_init.connect
def hold_the_clock(**_):
    """A file of its own: what was opened before the fork is locked for all children together."""
    global _still
    _still = (FOLDER / "still").open("a")


@worker_process_init.connect
def give_up_soon(**_):
    """Who waits for the place of a killed worker: the minute after which it is free passes by the clock."""
    from integrations import pace

    pace.PATIENCE = 2


@task_prerun.connect
def begin(task=None, task_id="", **_):
    fcntl.flock(_still, fcntl.LOCK_SH)
    (FOLDER / task.request.hostname).write_text(task_id)


@task_postrun.connect
def end(task=None, **_):
    (FOLDER / task.request.hostname).write_text("")
    fcntl.flock(_still, fcntl.LOCK_UN)
