"""Makes `.venv` hold exactly what a lock file says, and does nothing when it already does.

Run by the machine's own Python, so: standard library only, and no syntax newer than Python 3.6, so
that an older one can still say what is wrong.
"""

import hashlib
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")


def fail(line):
    sys.stderr.write("setup: " + line + "\n")
    sys.exit(2)


def fingerprint(lock):
    with open(os.path.join(ROOT, lock), "rb") as stream:
        content = stream.read()
    return hashlib.sha256(content + sys.version.encode() + VENV.encode()).hexdigest()


def stamp(lock):
    return os.path.join(VENV, "." + lock + ".sha256")


def installed(lock):
    try:
        with open(stamp(lock)) as stream:
            return stream.read() == fingerprint(lock)
    except OSError:
        return False


def works():
    """Whether the virtual environment is there, can still run and has pip."""
    if not os.path.exists(PYTHON):
        return False
    return subprocess.call([PYTHON, "-I", "-c", "import pip"], stderr=subprocess.DEVNULL) == 0


def create():
    try:
        import ensurepip  # noqa: F401  (Debian splits it off)
        import venv  # noqa: F401
    except ImportError:
        fail("Python's venv module is missing; on Debian and Ubuntu: apt install python3-venv")
    print("Creating .venv with Python %d.%d" % sys.version_info[:2], flush=True)
    if subprocess.call([sys.executable, "-m", "venv", "--clear", VENV]) != 0:
        fail("the virtual environment could not be created; on Debian and Ubuntu: apt install python3-venv")


def install(lock):
    print("Installing %s into .venv" % lock, flush=True)
    # Every package is pinned by hash and comes as a wheel: nothing is built, so no compiler is needed.
    command = [PYTHON, "-m", "pip", "install", "--quiet", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", os.path.join(ROOT, lock)]
    if subprocess.call(command) != 0:
        fail("the packages could not be installed; the lines above say why")
    with open(stamp(lock), "w") as stream:
        stream.write(fingerprint(lock))


def main(lock):
    if sys.version_info < (3, 11):
        fail("Python 3.11 or newer is needed, this is %d.%d" % sys.version_info[:2])
    if installed(lock) and works():
        return
    if not works():
        create()
    install(lock)


if __name__ == "__main__":
    main(sys.argv[1])
