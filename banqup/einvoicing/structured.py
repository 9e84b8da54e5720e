"""Structured payment references, told by their check digits and written the way banks match them."""

from __future__ import annotations

import re

from stdnum import iso11649
from stdnum.be import ogm_vcs
from stdnum.iso7064 import mod_97_10

# 090933755493, +++090/9337/55493+++, ***090/9337/55493***: the Belgian form is digits in these signs only.
_BELGIAN = re.compile(r"[+*]{0,3}\s*(\d{3})[\s/.]?(\d{4})[\s/.]?(\d{5})\s*[+*]{0,3}")


def structured_reference(text: str) -> str | None:
    """The reference in its customary form, None where `text` is not one with right check digits.

    Belgian OGM/VCS (two check digits, modulo 97) becomes `+++090/9337/55493+++`,
    an ISO 11649 creditor reference `RF18539007547034` without blanks.
    """
    text = text.strip()
    if match := _BELGIAN.fullmatch(text):
        return "+++" + "/".join(match.groups()) + "+++" if ogm_vcs.is_valid("".join(match.groups())) else None
    if text[:2].upper() == "RF" and iso11649.is_valid(text):
        return iso11649.compact(text)
    return None


def belgian_reference(number: int) -> str:
    """The OGM/VCS with `number` in its first ten digits: `+++000/0001/43134+++` (two check digits, modulo 97)."""
    base = f"{number % 10**10:010d}"
    digits = f"{base}{int(base) % 97 or 97:02d}"
    return f"+++{digits[:3]}/{digits[3:7]}/{digits[7:]}+++"


def creditor_reference(text: str) -> str:
    """The ISO 11649 reference with the letters and digits of `text` after its two check digits: `RF18539007547034`."""
    base = re.sub(r"[^A-Z0-9]", "", text.upper())[:21]
    return f"RF{mod_97_10.calc_check_digits(base + 'RF')}{base}"
