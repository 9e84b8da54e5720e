"""One judging process: `python -m banqup.einvoicing.child`, started by the service only.

It loads the rule engines once, says `{"ready": true}` and then answers one
frame after the other on its pipes until they close.
"""

from __future__ import annotations

import os
import signal
import sys

from . import frames, limits


def main() -> int:
    limits.die_with_parent()
    # The terminal's Ctrl-C reaches the whole group; stopping is the service's decision.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The engines print what they stumble over, which is text from invoices: it
    # belongs neither in the frames nor in a log. Our own tracebacks do.
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    requests = os.fdopen(os.dup(0), "rb", buffering=0)
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)

    from . import judge

    judge.warm_up()
    _send(answers, {"ready": True, "rss": limits.resident_bytes(os.getpid())})
    while True:
        try:
            options, body = frames.read_from(requests.read)
        except frames.Broken:
            return 0
        _send(answers, {"report": _judge(judge, options, body), "rss": limits.resident_bytes(os.getpid())})


def _judge(judge, options: dict, body: bytes) -> dict:
    layers = options.get("layers")
    return judge.judge(body, layers=layers, keep_going=bool(options.get("keep_going"))).to_dict()


def _send(answers, options: dict) -> None:
    data = memoryview(frames.pack(options))
    try:
        while data:
            data = data[answers.write(data) :]
    except BrokenPipeError:
        sys.exit(0)


if __name__ == "__main__":
    sys.exit(main())
