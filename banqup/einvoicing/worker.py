"""The service's side of one judging child: start it, ask it, kill it."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time

from . import frames, limits

START_SECONDS = 90.0  # loading takes one second on an idle machine
RECYCLE_SHARE = 0.5  # a child starts at about 200 MB; one above this share of its limit is replaced when idle
_WATCH_SECONDS = 0.2


class Gone(Exception):
    """The child ended or was ended without an answer. `why`: `died`, `timeout` or `memory`."""

    def __init__(self, why: str):
        super().__init__(why)
        self.why = why


def log(text: str) -> None:
    print(f"{time.strftime('%Y-%m-%dT%H:%M:%S')} validator: {text}", file=sys.stderr, flush=True)


class Worker:
    """One child process. Not for use by two requests at once: the service hands it out to one."""

    def __init__(self, process: asyncio.subprocess.Process, memory_limit: int):
        self.process = process
        self.memory_limit = memory_limit
        self.memory = 0

    @classmethod
    async def start(cls, memory_limit: int) -> Worker:
        """A child that is ready to judge. Raises `Gone` when it does not get there.

        `memory_limit` is in bytes of resident memory. The engine reserves far
        more address space than it uses, so RLIMIT_AS would be no measure.
        """
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            f"{__package__}.child",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        worker = cls(process, memory_limit)
        log(f"child {process.pid} started")
        try:
            answer = await worker._answer(START_SECONDS)
        except asyncio.CancelledError:
            await worker.stop("no longer needed")
            raise
        worker.memory = answer.get("rss", 0)
        return worker

    async def ask(self, options: dict, body: bytes, timeout: float) -> dict:
        """The report on `body`. Raises `Gone`; the child is then already dead."""
        try:
            self.process.stdin.write(frames.pack(options, body))
            await asyncio.wait_for(self.process.stdin.drain(), timeout)
        except (ConnectionError, RuntimeError):
            await self.stop("died")
            raise Gone("died") from None
        except TimeoutError:
            await self.stop("time limit")
            raise Gone("timeout") from None
        answer = await self._answer(timeout, self.memory_limit)
        self.memory = answer.get("rss", 0)
        return answer["report"]

    @property
    def worn_out(self) -> bool:
        return self.memory > self.memory_limit * RECYCLE_SHARE

    async def stop(self, why: str) -> None:
        """Kill the child and wait until it is gone, so that no zombie stays behind."""
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
        code = await self.process.wait()
        log(f"child {self.process.pid} ended ({why}, code {code})")

    async def _answer(self, timeout: float, memory_limit: int | None = None) -> dict:
        """Wait for a frame, with an eye on the clock and on the child's memory."""
        reading = asyncio.ensure_future(self._frame())
        deadline = time.monotonic() + timeout
        try:
            while True:
                left = deadline - time.monotonic()
                done, _ = await asyncio.wait({reading}, timeout=max(0.0, min(_WATCH_SECONDS, left)))
                if done:
                    return reading.result()
                if left <= 0:
                    await self.stop("time limit")
                    raise Gone("timeout")
                if memory_limit and limits.resident_bytes(self.process.pid) > memory_limit:
                    await self.stop("memory limit")
                    raise Gone("memory")
        except (frames.Broken, asyncio.IncompleteReadError, ConnectionError):
            await self.stop("died")
            raise Gone("died") from None
        finally:
            if not reading.done():
                reading.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await reading

    async def _frame(self) -> dict:
        head = await self.process.stdout.readexactly(frames.HEAD.size)
        options_size, body_size = frames.sizes(head)
        options = await self.process.stdout.readexactly(options_size)
        await self.process.stdout.readexactly(body_size)
        return frames.unpack(options)
