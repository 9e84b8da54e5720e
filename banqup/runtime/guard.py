"""Ends the supervisor's children when the supervisor itself can no longer do so (kill -9, a crash).

Runs in a session of its own, holding the other end of a pipe. The supervisor writes which process
groups live and which files to remove at the end; when the pipe closes, whatever is left is ended.
Standard library only, run by path, so that it starts at once and stays small.
"""

import contextlib
import os
import signal
import sys
import time

GRACE = 3.0


def alive(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # macOS, for a group of zombies
        return False
    return True


def end(groups):
    for group in groups:
        with contextlib.suppress(OSError):
            os.kill(group, signal.SIGTERM)  # the leader alone: it knows how to stop its own children
    deadline = time.monotonic() + GRACE
    while any(alive(group) for group in groups) and time.monotonic() < deadline:
        time.sleep(0.05)
    for group in groups:
        with contextlib.suppress(OSError):
            os.killpg(group, signal.SIGKILL)


def main():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups, files = set(), []
    for line in sys.stdin:
        verb, _, value = line.rstrip("\n").partition(" ")
        if verb == "group":
            groups.add(int(value))
        elif verb == "gone":
            groups.discard(int(value))
        elif verb == "file":
            files.append(value)
    end(groups)
    for path in files:
        with contextlib.suppress(OSError):
            os.rmdir(path) if os.path.isdir(path) else os.unlink(path)


if __name__ == "__main__":
    main()
