"""Runs several programs as one: prefixed output, restarts with back-off, and a complete end."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from honcho.printer import Message, Printer

COLOURS = ["36", "33", "32", "35", "34"]
LONGEST_PAUSE = 30.0
STABLE_AFTER = 60.0  # a program that ran this long starts again without a pause


@dataclass
class Program:
    name: str
    command: list[str]
    environ: dict[str, str] = field(default_factory=dict)
    grace: float = 10.0  # how long it may take to stop by itself
    last: bool = False  # stopped after all the others (the broker they talk to)
    # Filled in while it runs:
    process: subprocess.Popen | None = None
    started: float = 0.0
    failures: int = 0
    restart_at: float = 0.0

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None


class Supervisor:
    def __init__(self, width=9, output=None, keep_open=()):
        self._printer = Printer(output or sys.stdout, width=width)
        self._printing = threading.Lock()
        self._stop = threading.Event()
        self._hurry = False
        self._colours = {}
        self.programs: list[Program] = []
        guard = [sys.executable, "-I", "-S", str(Path(__file__).with_name("guard.py"))]
        # The guard also holds the data folder's lock: nobody starts while it is still cleaning up.
        self._guard = subprocess.Popen(guard, stdin=subprocess.PIPE, start_new_session=True, pass_fds=keep_open)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    # --- what the caller uses -------------------------------------------------------------------

    @property
    def stopping(self):
        return self._stop.is_set()

    def say(self, text, name="banqup"):
        colour = self._colours.setdefault(name, COLOURS[len(self._colours) % len(COLOURS)])
        with self._printing:
            try:
                self._printer.write(Message("line", text, datetime.now(), name, colour))
            except OSError:
                self._stop.set()  # the terminal or the pipe we print to is gone

    def remove_at_end(self, path):
        self._tell_guard(f"file {path}")

    def start(self, program):
        self.programs.append(program)
        self._spawn(program)

    def run_once(self, program):
        """Runs a program to its end and returns its exit code; None when asked to stop meanwhile."""
        self._spawn(program)
        while program.running and not self.stopping:
            self.tick()
        if program.running:
            self._end([program])
            return None
        self._bury(program)
        return program.process.returncode

    def wait(self):
        """Keeps everything running until a signal asks to stop."""
        while not self.stopping:
            self.tick()

    def close(self):
        """Stops everything, in order, and returns only when nothing is left."""
        self._stop.set()
        self._end([program for program in self.programs if not program.last])
        self._end([program for program in self.programs if program.last])
        with contextlib.suppress(OSError):
            self._guard.stdin.close()
        self._guard.wait()

    # --- inside -----------------------------------------------------------------------------------

    def _on_signal(self, number, frame):
        self._hurry = self.stopping  # asked a second time: no more patience
        self._stop.set()

    def _spawn(self, program):
        program.process = subprocess.Popen(
            program.command,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **program.environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches only us, and we stop them in order
        )
        program.started = time.monotonic()
        self._tell_guard(f"group {program.process.pid}")
        threading.Thread(target=self._relay, args=(program.name, program.process.stdout), daemon=True).start()

    def _relay(self, name, stream):
        for line in stream:
            if line.strip():
                self.say(line, name)

    def tick(self):
        self._stop.wait(0.2)
        if self._guard.poll() is not None:
            self.say("The guard process is gone; stopping, as nobody could clean up after a crash.")
            self._stop.set()
        for program in self.programs:
            if self.stopping:
                return
            if program.restart_at:
                if time.monotonic() >= program.restart_at:
                    program.restart_at = 0.0
                    self._spawn(program)
            elif not program.running:
                self._plan_restart(program)

    def _plan_restart(self, program):
        self._bury(program)
        ran = time.monotonic() - program.started
        program.failures = 1 if ran > STABLE_AFTER else program.failures + 1
        pause = min(LONGEST_PAUSE, 2.0 ** (program.failures - 1))
        program.restart_at = time.monotonic() + pause
        code = program.process.returncode
        ended = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        self.say(f"{program.name} {ended}; starting it again in {pause:.0f} s.")

    def _end(self, programs):
        alive = [program for program in programs if program.running]
        for program in alive:
            with contextlib.suppress(ProcessLookupError):
                program.process.terminate()
        begun = time.monotonic()
        for program in alive:
            while program.running and not self._hurry and time.monotonic() < begun + program.grace:
                time.sleep(0.05)
        for program in programs:
            if program.process is not None:
                self._bury(program)

    def _bury(self, program):
        """Ends whatever the program left behind in its process group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(program.process.pid, signal.SIGKILL)
        program.process.wait()
        self._tell_guard(f"gone {program.process.pid}")

    def _tell_guard(self, line):
        with contextlib.suppress(OSError):
            self._guard.stdin.write(f"{line}\n".encode())
            self._guard.stdin.flush()
