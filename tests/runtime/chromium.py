"""Which browser the tests drive: the machine's Chromium, else Playwright's own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ADVICE = "Browser tests need Chromium: run `apt install chromium`, or `.venv/bin/python -m playwright install chromium`"


def find():
    """The path of a Chromium on this machine, or None."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return found or _playwrights_own()


def _playwrights_own():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def ensure():
    """Installs one where none is; when that fails, the browser tests say what to do."""
    if any(shutil.which(name) for name in NAMES):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("No Chromium here: installing Debian's with apt-get (browser tests need one)", flush=True)
        environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        commands = [
            ["update", "-qq"],
            ["install", "-qq", "--yes", "--no-install-recommends", "chromium", "fonts-liberation"],
        ]
        done = all(
            subprocess.run(["apt-get", *command], env=environ, stdout=subprocess.DEVNULL).returncode == 0
            for command in commands
        )
        if done:
            return
    if _playwrights_own() is None:
        print("No Chromium here: fetching Playwright's (browser tests need one)", flush=True)
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"])
