"""The floor of validation: the bare rules in one process, without service, safe parsing, words or reports.

`python -m tests.benchmarks.bare` answers each document on its pipe with the seconds that the rules took.
"""

import os
import subprocess
import sys
import time

from banqup.einvoicing import frames


class Bare:
    """That process, for the benchmark: `seconds(data)` has it judge and gives its own time."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.bare"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def seconds(self, data: bytes) -> float:
        self.process.stdin.write(frames.pack({}, data))
        self.process.stdin.flush()
        return frames.read_from(self.process.stdout.read)[0]["seconds"]

    def stop(self):
        self.process.stdin.close()
        self.process.wait(10)


def main() -> int:
    from lxml import etree

    from banqup.einvoicing import en16931, peppol, schema

    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    schema.warm_up()
    en16931.warm_up()
    while True:
        try:
            _, data = frames.read_from(sys.stdin.buffer.read)
        except frames.Broken:
            return 0
        started = time.perf_counter()
        root = etree.fromstring(data)
        broken = schema.judge(root) + en16931.judge(root) + peppol.judge_billing(root)
        seconds = time.perf_counter() - started
        answers.write(frames.pack({"seconds": seconds, "broken": len(broken)}))
        answers.flush()


if __name__ == "__main__":
    sys.exit(main())
