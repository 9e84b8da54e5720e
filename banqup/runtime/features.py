"""System libraries that a feature needs: without one, that feature is off and a line says so."""

import ctypes
import sys

# (library, Debian package, what does not work without it)
LIBRARIES = [
    ("libstdc++.so.6", "libstdc++6", "the official e-invoicing rules"),
    ("libz.so.1", "zlib1g", "the official e-invoicing rules"),
]


def _loads(library):
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def missing():
    """One line for each library that is not there (Linux; elsewhere the packages bring their own)."""
    if not sys.platform.startswith("linux"):
        return []
    return [
        f"Without {what}: the library {library} is missing (package {package})."
        for library, package, what in LIBRARIES
        if not _loads(library)
    ]


def has_official_rules():
    return not missing()
