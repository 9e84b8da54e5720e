"""A clock that tests set: everything that asks Django for the time gets it."""

import datetime as real
import mmap
import struct
from contextlib import contextmanager
from unittest.mock import patch

from django.utils import timezone

# Each look at the clock is a little later than the one before, so that what happened first is told first.
TICK = real.timedelta(microseconds=100)


class Clock:
    """Stands in for `datetime` in `django.utils.timezone`, from where all of the product's time comes."""

    def __init__(self, moment: real.datetime):
        self.moment = moment

    def now(self, tz=None) -> real.datetime:
        self.moment += TICK
        return self.moment.astimezone(tz)

    def passes(self, **duration) -> None:
        self.moment += real.timedelta(**duration)


class SharedClock:
    """The time of several processes: the real one, and whatever was added to it in a file that all of them read."""

    def __init__(self, path):
        if not path.exists():
            path.write_bytes(struct.pack("d", 0))
        with path.open("r+b") as file:
            self._added = mmap.mmap(file.fileno(), 8)

    def now(self, tz=None) -> real.datetime:
        return real.datetime.now(tz) + real.timedelta(seconds=self.added)

    @property
    def added(self) -> float:
        return struct.unpack("d", self._added[:8])[0]

    def passes(self, **duration) -> None:
        self._added[:8] = struct.pack("d", self.added + real.timedelta(**duration).total_seconds())


class _Datetime(type):
    """What Django takes for the class `datetime`: templates ask it which values are moments."""

    def __instancecheck__(cls, value):
        return isinstance(value, real.datetime)


@contextmanager
def set_to(moment: real.datetime):
    """Inside, it is `moment` (aware), and time goes on only by being asked for or by `.passes(hours=1)`."""
    with told_by(Clock(moment)) as clock:
        yield clock


@contextmanager
def told_by(clock):
    """Inside, Django's time is what `clock.now(tz)` says."""
    with patch.object(timezone, "datetime", _Datetime("datetime", (), {"now": staticmethod(clock.now)})):
        yield clock
