"""Plain words for the rules about UBL itself (UBL-CR, UBL-SR, UBL-DT) and about CII and Factur-X (CII-SR, FX-SCH)."""

from __future__ import annotations

import re

from .explain_case import Case, Words, rule, short
from .terms import label

# What UBL-SR-nn allows once only, by business term.
_ONCE = {
    "01": "BT-12", "02": "BT-15", "03": "BT-16", "04": "BT-18", "05": "BT-20", "06": "BT-25", "08": "BG-14",
    "09": "BT-27", "10": "BT-28", "11": "BT-30", "12": "BT-31", "13": "BT-32", "14": "BT-33", "15": "BT-44",
    "16": "BT-46", "17": "BT-47", "18": "BT-48", "19": "BT-59", "20": "BT-60", "21": "BT-61", "22": "BT-62",
    "23": "BT-63", "24": "BG-13", "25": "BT-70", "26": "BT-83", "27": "BT-82", "28": "BT-89", "29": "BT-90",
    "30": "BT-97", "31": "BT-104", "32": "BT-120", "33": "BT-123", "34": "BT-127", "35": "BT-132", "36": "BG-26",
    "37": "BT-147", "39": "BT-11", "40": "BT-45", "45": "BT-9", "46": "BT-82", "49": "BT-7", "50": "BT-154",
    "51": "BT-162", "52": "BT-128", "54": "BG-18", "55": "BG-19", "56": "BT-17",
}  # fmt: skip
_NOT_INCLUDED = re.compile(r"should not (?:include|have) (?:the )?(.+?)\.?$")
_ATTRIBUTE = re.compile(r"\]-\s*(.+?) (?:attribute )?should not be present")
_NAME = re.compile(r"'(?:@|ram:|udt:|rsm:)([\w]+)")


def _not_known(case: Case) -> Words:
    found = _NOT_INCLUDED.search(case.official)
    what = " > ".join(re.split(r"[ /]+", found.group(1))) if found else "something"
    return Words(
        f"The {case.kind} has {what}, which EN 16931 has no place for. Whoever reads it will probably not see it.",
        None,
        "Nothing needs to be done, unless it is important: then ask the sender to put it into a note.",
    )


def _once(case: Case) -> Words | None:
    term = _ONCE.get(case.match.group(1))
    if term is None:
        return None
    on = f" of {case.line_name}" if case.line is not None else ""
    return Words(
        f"The {_small(label(term))}{on} is given more than once, and it may be given once only.",
        term,
        "Keep the right one and take the others out.",
    )


def _small(name: str) -> str:
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


_SPECIAL = {
    "UBL-SR-07": ("An earlier invoice is referred to without its number.", "BT-25", "Fill in its number."),
    "UBL-SR-42": (
        "The seller has more than two tax numbers; there is room for a VAT number and one other.",
        "BT-31",
        "Take the others out.",
    ),
    "UBL-SR-43": (
        "A supporting document has a scheme for its number, which only the invoiced object may have.",
        "BT-122",
        "Take the scheme out.",
    ),
    "UBL-SR-44": (
        "Several payment references are given, and the payer can use one only.",
        "BT-83",
        "Give every means of payment the same reference.",
    ),
    "UBL-SR-47": (
        "Several means of payment with different codes are given, and they must be of one kind.",
        "BT-81",
        "Use one code for all of them.",
    ),
    "UBL-SR-48": ("{Line} must have exactly one VAT category.", "BT-151", "Choose the VAT of this line."),
    "UBL-SR-53": ("A tax number is announced, but the number itself is missing.", "BT-31", "Fill it in."),
    "UBL-DT-01": ("An amount has more than two decimals.", None, "Round it to cents."),
    "UBL-DT-06": (
        "An attached file does not say of what kind it is.",
        "BT-125",
        "Name its kind, such as application/pdf.",
    ),
    "UBL-DT-07": ("An attached file has no name.", "BT-125", "Give it a file name."),
}


def _special(case: Case) -> Words:
    text, field, proposal = _SPECIAL[case.rule]
    line = case.line_name
    return Words(text.format(Line=line[:1].upper() + line[1:]), field, proposal)


def _attribute(case: Case) -> Words:
    found = _ATTRIBUTE.search(case.official)
    what = found.group(1) if found else "An addition"
    return Words(
        f"{what} is given with a value, which EN 16931 has no place for. Whoever reads the {case.kind} ignores it.",
        None,
        "Nothing needs to be done.",
    )


def _factur_x(case: Case) -> Words:
    """The publisher's own sentences are short and name the element; what is missing is that they are about a profile."""
    text = re.sub(r"\s+", " ", case.official).strip().rstrip(".")
    named = _NAME.search(text)
    if case.rule == "FX-NOT-USED" and named:
        return Words(
            f"{named.group(1)} is given, which the profile of this document has no place for.",
            None,
            "Ask the sender to leave it out or to name a richer profile.",
        )
    return Words(f"The profile of this document asks for something else: {short(text, 300)}.", None, None)


def _cii(case: Case) -> Words:
    text = re.sub(r"^\[[^\]]+\]\s*-?\s*", "", re.sub(r"\s+", " ", case.official)).strip()
    return Words(f"The file does not follow the CII syntax of EN 16931: {text}", None, None)


SYNTAX = [rule(name, _special) for name in _SPECIAL]
SYNTAX += [
    rule(r"UBL-CR-\d+", _not_known),
    rule(r"UBL-SR-(\d+)", _once),
    rule(r"UBL-DT-\d+", _attribute),
    rule(r"FX-(?:SCH-A-\d+|NOT-USED)", _factur_x),
    rule(r"CII-(?:SR|DT)-\d+", _cii),
]
