"""`make fakes`: every fake destination by hand, and the settings that make Banqup use them.

Each fake that can be run by hand (`python -m tests.fakes.<name>`) runs as a process of its own; what it
says is shown under its name. Ctrl+C ends them all.
"""

import os
import re
import subprocess
import sys
import threading
from pathlib import Path

FOLDER = Path(__file__).parent
# All of them have said where they are long before.
SECONDS_TO_START = 15
_ADDRESS = re.compile(r"\b([a-z_]+\.[a-z_]+)=(https?://[^\s,\"]+)")


def names() -> list[str]:
    """The fakes that can be run by hand."""
    modules = [path for path in sorted(FOLDER.glob("*.py")) if path.stem != "__main__"]
    return [path.stem for path in modules if '__name__ == "__main__"' in path.read_text()]


def base_urls(said: list[str]) -> str:
    """The setting that leads to the fakes which said these lines."""
    return ",".join(f"{name}={url}" for line in said for name, url in _ADDRESS.findall(line))


def start(name: str) -> subprocess.Popen:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "banqup.settings.test", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", f"tests.fakes.{name}"]
    # In a session of its own: Ctrl+C is for this process, which then ends it.
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True)


def _listen(name: str, process: subprocess.Popen, said: list[str], ready: threading.Event) -> None:
    for line in process.stdout:
        said.append(line)
        print(f"{name:14} {line}", end="", flush=True)
        ready.set()
    ready.set()


def main() -> None:
    said, started = [], []
    try:
        for name in names():
            process, ready = start(name), threading.Event()
            threading.Thread(target=_listen, args=[name, process, said, ready], daemon=True).start()
            started.append((process, ready))
        for _process, ready in started:
            ready.wait(SECONDS_TO_START)
        mail = next((line.strip() for line in said if line.startswith("EMAIL_URL=")), "")
        # Mailboxes are read over TLS only: the fake's own authority is trusted then, and no other.
        trust = next((line.split()[0] for line in said if line.startswith("SSL_CERT_FILE=")), "")
        print(
            f'\nStart Banqup with them:\n\n  BANQUP_BASE_URLS="{base_urls(said)}" {mail} {trust} make run\n', flush=True
        )
        for process, _ready in started:
            process.wait()
    except KeyboardInterrupt:
        pass
    finally:
        for process, _ready in started:
            process.terminate()


if __name__ == "__main__":
    main()
