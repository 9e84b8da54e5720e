"""Limits on child processes, where the operating system has them."""

from __future__ import annotations

import os
import signal
import sys


def die_with_parent() -> None:
    """Have the kernel kill this process when the one that started it ends (Linux only).

    Elsewhere a child notices at the end of its pipe, after the work in hand.
    """
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL)  # 1 is PR_SET_PDEATHSIG
    # The parent may have gone between the start and the call.
    if os.getppid() != parent:
        os._exit(1)


def resident_bytes(pid: int) -> int:
    """Memory in use by a process; 0 where /proc does not tell."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def cap(memory_bytes: int, cpu_seconds: int) -> None:
    """Cap this process's address space and processor time, and forbid it core dumps."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for what, limit in (
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.setrlimit(what, (limit, limit))
        except (ValueError, OSError):
            # macOS has no working RLIMIT_AS; the time limit still holds.
            continue
