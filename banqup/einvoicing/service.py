"""The validator service: `python -m banqup.einvoicing.service --socket PATH [--workers N]`.

One a machine. It never loads a rule engine itself: it hands documents to
long-lived children and replaces a child that hangs, dies or grows too large,
so that no document can take the service down.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path

from . import frames, sockets
from .report import failed
from .worker import Gone, Worker, log

_READ_SECONDS = 30.0  # for a client to send its whole request
_MAX_WAITING = 256


class Service:
    """Accepts requests on one socket and shares out the children."""

    def __init__(self, path: str, workers: int, timeout: float, idle_exit: float | None, memory_limit: int):
        self.path = path
        self.size = workers
        self.timeout = timeout
        self.idle_exit = idle_exit
        self.memory_limit = memory_limit
        # Last in, first out: the child that judged last has its rules still in the processor's caches.
        self.idle: asyncio.LifoQueue[Worker | None] = asyncio.LifoQueue()
        self.workers: set[Worker] = set()
        self.waiting = 0
        self.last_used = 0.0
        self.owns_socket = True
        self.stopping = asyncio.Event()
        self.why = ""
        self.tasks: set[asyncio.Task] = set()

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop, signal.Signals(number).name)
        with contextlib.suppress(FileNotFoundError):
            # The lock is ours, so whatever stands here belongs to a service that is gone.
            os.unlink(self.path)
        old = os.umask(0o177)
        try:
            server = await asyncio.start_unix_server(self._serve, self.path, limit=1 << 20, backlog=256)
        finally:
            os.umask(old)
        log(f"listening on {self.path} with {self.size} children, {self.timeout:g} s a document")
        self.last_used = loop.time()
        self.tasks |= {asyncio.ensure_future(self._fill()) for _ in range(self.size)}
        self.tasks.add(asyncio.ensure_future(self._watch(os.getppid(), os.stat(self.path).st_ino)))
        await self.stopping.wait()
        log(f"stopping ({self.why})")
        server.close()
        if self.owns_socket:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path)
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await asyncio.gather(*(worker.stop("service stops") for worker in self.workers), return_exceptions=True)
        return 0

    def stop(self, why: str) -> None:
        self.why = self.why or why
        self.stopping.set()

    async def _fill(self) -> None:
        """Offer a fresh child, or an empty slot when none could be started now."""
        try:
            self.idle.put_nowait(await self._start())
        except (Gone, OSError) as error:
            log(f"a child could not be started: {error}")
            self.idle.put_nowait(None)

    async def _start(self) -> Worker:
        worker = await Worker.start(self.memory_limit)
        self.workers.add(worker)
        return worker

    async def _watch(self, parent: int, inode: int) -> None:
        """End when nobody can reach or needs this service: socket or starter gone, or nothing asked for long."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(0.5)
            try:
                self.owns_socket = os.stat(self.path).st_ino == inode
            except OSError:
                self.owns_socket = False
            if not self.owns_socket:
                # Cleaners of temporary folders do this; whoever asks next starts a new service.
                self.stop("its socket was removed")
            if self.idle_exit is None:
                if os.getppid() != parent:
                    self.stop("the process that started it is gone")
            elif not self.waiting and loop.time() - self.last_used > self.idle_exit:
                self.stop(f"nothing asked for {self.idle_exit:g} s")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            options, body = await asyncio.wait_for(_request(reader), _READ_SECONDS)
            answer = await self._answer(options, body)
            writer.write(frames.pack(answer))
            await asyncio.wait_for(writer.drain(), _READ_SECONDS)
        except (frames.Broken, asyncio.IncompleteReadError, ConnectionError, TimeoutError):
            pass  # the client is gone or talks nonsense; there is nobody to tell
        finally:
            writer.close()

    async def _answer(self, options: dict, body: bytes) -> dict:
        if options.get("ping"):
            children = [worker.process.pid for worker in self.workers]
            return {"pid": os.getpid(), "children": children, "waiting": self.waiting}
        if self.waiting >= _MAX_WAITING:
            return {"unavailable": "too many documents are waiting"}
        self.waiting += 1
        try:
            return await self._judge(options, body)
        finally:
            self.waiting -= 1
            self.last_used = asyncio.get_running_loop().time()

    async def _judge(self, options: dict, body: bytes) -> dict:
        """Ask a child; one that dies gets one successor, because its death may be another document's doing."""
        worker = await self.idle.get()
        try:
            for last in (False, True):
                if worker is None:
                    worker = await self._start()
                try:
                    return {"report": await worker.ask(options, body, self.timeout)}
                except Gone as gone:
                    self.workers.discard(worker)
                    worker = None
                    if gone.why == "timeout":
                        return {"report": self._timed_out().to_dict()}
                    if self.stopping.is_set():
                        return {"unavailable": "the service is stopping"}
                    if gone.why == "memory" or last:
                        return {"report": _broke_down(gone.why).to_dict()}
        except (Gone, OSError) as error:
            return {"unavailable": f"no judging process could be started: {error}"}
        finally:
            self._give_back(worker)
        raise AssertionError("unreachable")

    def _give_back(self, worker: Worker | None) -> None:
        if worker is not None and not worker.worn_out:
            self.idle.put_nowait(worker)
            return
        task = asyncio.ensure_future(self._replace(worker))
        self.tasks.add(task)  # the loop itself keeps no hold on it
        task.add_done_callback(self.tasks.discard)

    async def _replace(self, worker: Worker | None) -> None:
        if worker is not None:
            self.workers.discard(worker)
            await worker.stop("grown too large")
        if not self.stopping.is_set():
            await self._fill()

    def _timed_out(self):
        return failed(
            "TIMEOUT",
            f"The rules took longer than {self.timeout:g} seconds on this document, so it was not judged to the end.",
            proposal="Ask the sender for a smaller invoice, or for one with fewer faults.",
        )


def _broke_down(why: str):
    text = "needed too much memory for" if why == "memory" else "broke down twice on"
    return failed(
        "ENGINE",
        f"The rule engine {text} this document, so it was not judged to the end.",
        proposal="Ask the sender for a simpler or smaller invoice.",
    )


async def _request(reader: asyncio.StreamReader) -> tuple[dict, bytes]:
    options_size, body_size = frames.sizes(await reader.readexactly(frames.HEAD.size))
    options = frames.unpack(await reader.readexactly(options_size))
    return options, await reader.readexactly(body_size)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m banqup.einvoicing.service", description=__doc__)
    parser.add_argument("--socket", help=f"path of the unix socket (default: ${sockets.ENVIRONMENT} or one a user)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="children (default: one a core)")
    parser.add_argument("--timeout", type=float, default=20.0, help="seconds a document may take (default: 20)")
    parser.add_argument("--idle-exit", type=float, help="stop after so many seconds without a request")
    parser.add_argument("--memory", type=int, default=1500, help="MB a child may use (default: 1500)")
    chosen = parser.parse_args(arguments)
    path = sockets.choose(chosen.socket)
    folder = Path(path).parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = sockets.Lock(path)
    if not lock.take():
        log(f"another service already serves {path}")
        return 0
    try:
        memory = chosen.memory * 1024 * 1024
        return asyncio.run(Service(path, max(1, chosen.workers), chosen.timeout, chosen.idle_exit, memory).run())
    finally:
        lock.release()


if __name__ == "__main__":
    sys.exit(main())
