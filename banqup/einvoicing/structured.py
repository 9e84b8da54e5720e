"""Structured payment references, told by their check digits and written the way banks match them."""

from __future__ import annotations

import re

from stdnum import iso11649
from stdnum.be import ogm_vcs

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
