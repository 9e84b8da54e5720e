"""What a number looks like: `V{YYYY}-{####}` gives V2026-0143. Plain text in, plain text out."""

import re
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

_TOKEN = re.compile(r"\{(YYYY|YY|#+)\}")
# What may stand around the parts: numbers go into file names, references and other people's systems.
_PLAIN = re.compile(r"[A-Za-z0-9 ./_-]*")
LONGEST = 30


class PatternError(ValueError):
    """Not a pattern of numbers; the message says what is missing."""


@dataclass(frozen=True)
class Pattern:
    text: str
    has_year: bool

    def period(self, day: date) -> str:
        """What the counting starts again with: the year, or nothing."""
        return str(day.year) if self.has_year else ""

    def number(self, value: int, day: date) -> str:
        """The number of the `value`-th document, issued on `day`."""

        def fill(match):
            part = match.group(1)
            if part == "YYYY":
                return f"{day.year:04d}"
            return f"{day.year % 100:02d}" if part == "YY" else str(value).zfill(len(part))

        return _TOKEN.sub(fill, self.text)


def parse(text: str) -> Pattern:
    """The pattern that `text` writes. Raises PatternError."""
    parts = _TOKEN.findall(text)
    if sum(part.startswith("#") for part in parts) != 1:
        raise PatternError(_("Say once where the running number stands, with as many # as it has digits: {####}."))
    if not _PLAIN.fullmatch(_TOKEN.sub("", text)):
        raise PatternError(_("Use letters, digits, blanks and . / _ - around {YYYY}, {YY} and {####}."))
    if len(text) > LONGEST:
        raise PatternError(_("At most %d signs.") % LONGEST)
    return Pattern(text, has_year="YYYY" in parts or "YY" in parts)
