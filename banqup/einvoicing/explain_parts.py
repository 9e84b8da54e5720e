"""Plain words for what an allowance, charge, period, price or item must say (EN 16931, BR-27 to BR-65, BR-CO-05 …)."""

from __future__ import annotations

from .explain_case import Case, Explainer, Words, rule

# rule: (which, term)
_NO_AMOUNT = {
    "BR-31": ("An allowance of the {kind}", "BT-92"),
    "BR-36": ("A charge of the {kind}", "BT-99"),
    "BR-41": ("An allowance of {line}", "BT-136"),
    "BR-43": ("A charge of {line}", "BT-141"),
}
_NO_VAT = {"BR-32": ("An allowance of the {kind}", "BT-95"), "BR-37": ("A charge of the {kind}", "BT-102")}
_NO_REASON = {
    ("BR-33", "BR-CO-21"): ("An allowance of the {kind}", "BT-97", "98"),
    ("BR-38", "BR-CO-22"): ("A charge of the {kind}", "BT-104", "105"),
    ("BR-42", "BR-CO-23"): ("An allowance of {line}", "BT-139", "140"),
    ("BR-44", "BR-CO-24"): ("A charge of {line}", "BT-144", "145"),
}
_OTHER_REASON = {
    "BR-CO-05": ("an allowance of the {kind}", "BT-98"),
    "BR-CO-06": ("a charge of the {kind}", "BT-105"),
    "BR-CO-07": ("an allowance of {line}", "BT-140"),
    "BR-CO-08": ("a charge of {line}", "BT-145"),
}
_OTHERS = {
    "BR-54": (
        "A property of the item of {line} lacks its name or its value.",
        "BT-160",
        "Fill in both, or take it out.",
    ),
    "BR-64": (
        "The item of {line} has a standard number without the scheme it is from.",
        "BT-157",
        "Use scheme 0160 for a GTIN.",
    ),
    "BR-65": (
        "The classification of the item of {line} does not name its list.",
        "BT-158",
        "Name the list, such as STI or CPV.",
    ),
    "BR-CL-08": ("The subject code of a note is not one of UNTDID 4451.", "BT-21", "Use a code such as AAI, or none."),
    "BR-B-01": (
        "Split payment (B) is used, which exists between Italian businesses only.",
        "BT-151",
        "Choose another VAT category.",
    ),
    "BR-B-02": (
        "Split payment (B) and the standard rate (S) stand in one {kind}, which may have one of them only.",
        "BT-151",
        "Invoice them apart.",
    ),
}


def _said(case: Case, text: str) -> str:
    said = text.format(kind=case.kind, line=case.line_name)
    return said[:1].upper() + said[1:]


def _amount(which: str, field: str) -> Explainer:
    return lambda case: Words(f"{_said(case, which)} has no amount.", field, "Fill in the amount, without VAT.")


def _vat(which: str, field: str) -> Explainer:
    return lambda case: Words(f"{_said(case, which)}{_of(case)} has no VAT category.", field, "Choose its VAT.")


def _reason(which: str, field: str, code: str) -> Explainer:
    return lambda case: Words(
        f"{_said(case, which)}{_of(case)} does not say what it is for.",
        field,
        f"Fill in the reason as text ({field}) or as a code (BT-{code}).",
    )


def _other_reason(which: str, field: str) -> Explainer:
    return lambda case: Words(
        f"The reason and the reason code of {which.format(kind=case.kind, line=case.line_name)} mean different things: "
        f"{case.at.text('cbc:AllowanceChargeReason')!r} and {case.at.text('cbc:AllowanceChargeReasonCode')!r}.",
        field,
        "Correct one of the two, or take it out.",
    )


def _of(case: Case) -> str:
    amount = case.amount("cbc:Amount", case.at)
    return f" ({case.money(amount)})" if amount is not None else ""


def _other(text: str, field: str, proposal: str) -> Explainer:
    return lambda case: Words(_said(case, text), field, proposal)


def _negative(path: str, name: str, field: str) -> Explainer:
    def explain(case: Case) -> Words:
        value = case.amount(path, case.at)
        return Words(
            f"The {name} price of {case.line_name} is {case.money(value)}, and a price may not be negative.",
            field,
            "Make the price positive and the quantity negative instead.",
            f"{abs(value):f}" if value is not None else None,
        )

    return explain


def _period(case: Case) -> Words:
    start, end = case.at.text("cbc:StartDate"), case.at.text("cbc:EndDate")
    on = f" of {case.line_name}" if case.line is not None else ""
    return Words(
        f"The period{on} ends on {end}, before it starts on {start}.",
        "BT-135" if on else "BT-74",
        "Correct one of the two dates.",
    )


def _empty_period(case: Case) -> Words:
    on = f" of {case.line_name}" if case.line is not None else ""
    return Words(
        f"The period{on} has neither a start nor an end.",
        "BT-134" if on else "BT-73",
        "Fill in one of the two dates, or take the period out.",
    )


def _card(_case: Case) -> Words:
    return Words(
        "The number of a payment card is written out. Security standards allow its last 4 to 6 digits only.",
        "BT-87",
        "Keep the last 4 digits.",
    )


PARTS = [rule(name, _amount(*texts)) for name, texts in _NO_AMOUNT.items()]
PARTS += [rule(name, _vat(*texts)) for name, texts in _NO_VAT.items()]
PARTS += [rule("|".join(names), _reason(*texts)) for names, texts in _NO_REASON.items()]
PARTS += [rule(name, _other_reason(*texts)) for name, texts in _OTHER_REASON.items()]
PARTS += [rule(name, _other(*texts)) for name, texts in _OTHERS.items()]
PARTS += [
    rule("BR-27", _negative("cac:Price/cbc:PriceAmount", "net", "BT-146")),
    rule("BR-28", _negative("cac:Price/cac:AllowanceCharge/cbc:BaseAmount", "gross", "BT-148")),
    rule("BR-29|BR-30", _period),
    rule("BR-CO-19|BR-CO-20", _empty_period),
    rule("BR-51", _card),
]
