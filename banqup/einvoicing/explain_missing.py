"""Plain words for the rules that ask for something to be there (EN 16931, BR-01 to BR-65)."""

from __future__ import annotations

from .explain_case import Case, Explainer, Words, rule

# rule: (what is missing, the term, what to do)
_TEXTS = {
    "BR-01": (
        "The {kind} does not say which specification it follows.",
        "BT-24",
        "Fill in the specification identifier.",
    ),
    "BR-02": ("The {kind} has no number.", "BT-1", "Give it a number."),
    "BR-03": ("The {kind} has no issue date.", "BT-2", "Fill in the date it was issued."),
    "BR-05": ("The {kind} does not say which currency it is in.", "BT-5", "Fill in a currency such as EUR."),
    "BR-06": ("The name of the seller is missing.", "BT-27", "Fill in the seller's registered name."),
    "BR-07": ("The name of the buyer is missing.", "BT-44", "Fill in the buyer's registered name."),
    "BR-08": ("The address of the seller is missing.", "BG-5", "Fill in the seller's address."),
    "BR-09": ("The address of the seller has no country.", "BT-40", "Fill in the seller's country, such as BE."),
    "BR-10": ("The address of the buyer is missing.", "BG-8", "Fill in the buyer's address."),
    "BR-11": ("The address of the buyer has no country.", "BT-55", "Fill in the buyer's country, such as BE."),
    "BR-16": ("The {kind} has no lines.", "BG-25", "Add at least one line."),
    "BR-17": ("The payee differs from the seller but has no name.", "BT-59", "Fill in who is to be paid."),
    "BR-18": ("The seller has a tax representative without a name.", "BT-62", None),
    "BR-19": ("The tax representative of the seller has no address.", "BG-12", None),
    "BR-20": ("The address of the tax representative has no country.", "BT-69", None),
    "BR-21": ("A line has no number.", "BT-126", "Number the lines."),
    "BR-22": ("{Line} has no quantity.", "BT-129", "Fill in how many were sold."),
    "BR-23": (
        "The quantity of {line} has no unit.",
        "BT-130",
        "Fill in a unit, such as C62 for pieces or HUR for hours.",
    ),
    "BR-24": ("{Line} has no net amount.", "BT-131", None),
    "BR-25": ("{Line} does not say what was sold.", "BT-153", "Fill in the name of the item or service."),
    "BR-26": ("{Line} has no price.", "BT-146", "Fill in the price of one unit, without VAT."),
    "BR-45": ("A VAT subtotal does not say on which amount the VAT is due.", "BT-116", None),
    "BR-46": ("A VAT subtotal has no VAT amount.", "BT-117", None),
    "BR-47": ("A VAT subtotal has no VAT category.", "BT-118", None),
    "BR-48": ("A VAT subtotal has no VAT rate.", "BT-119", None),
    "BR-49": ("The payment instructions have no payment means.", "BT-81", "Use 30 for a transfer, or 58 within SEPA."),
    "BR-50": ("The account to pay to is missing.", "BT-84", "Fill in the account number (IBAN)."),
    "BR-52": ("A supporting document has no reference.", "BT-122", None),
    "BR-53": (
        "A currency for the VAT accounts is named, but not the VAT total in that currency.",
        "BT-111",
        "Add the VAT total in that currency, or take its code (BT-6) out.",
    ),
    "BR-55": ("A reference to an earlier invoice has no number.", "BT-25", None),
    "BR-56": ("The tax representative of the seller has no VAT number.", "BT-63", None),
    "BR-57": ("The delivery address has no country.", "BT-80", None),
    "BR-61": (
        "Payment is by transfer, but the account to pay to is missing.",
        "BT-84",
        "Fill in the account number (IBAN).",
    ),
    "BR-62": (
        "The electronic address of the seller has no scheme.",
        "BT-34",
        "Use scheme 0208 for a Belgian enterprise number.",
    ),
    "BR-63": (
        "The electronic address of the buyer has no scheme.",
        "BT-49",
        "Use scheme 0208 for a Belgian enterprise number.",
    ),
    "BR-CO-04": ("{Line} has no VAT category.", "BT-151", "Choose the VAT of this line."),
    "BR-CO-18": ("The {kind} has no VAT breakdown.", "BG-23", "Add one subtotal for each VAT category and rate."),
    "BR-CO-03": (
        "Both a VAT point date and a code for the VAT point date are given; only one may be.",
        "BT-7",
        "Take one of the two out.",
    ),
    "BR-CO-26": (
        "Nothing identifies the seller to the buyer: no identifier, registration number or VAT number.",
        "BT-29",
        "Fill in the seller's enterprise number or VAT number.",
    ),
}


def _filled(text: str, case: Case) -> str:
    line = case.line_name
    return text.format(kind=case.kind, line=line, Line=line[:1].upper() + line[1:])


def _explainer(text: str, field: str, proposal: str | None) -> Explainer:
    return lambda case: Words(_filled(text, case), field, proposal)


def _due_date(case: Case) -> Words:
    payable = case.money(case.total("PayableAmount"))
    return Words(
        f"{payable} is to be paid, but neither a due date nor payment terms say until when.",
        "BT-9",
        "Fill in a due date or payment terms.",
    )


def _vat_prefix(case: Case) -> Words:
    numbers = []
    country = "cac:PostalAddress/cac:Country/cbc:IdentificationCode"
    for party in ("AccountingSupplierParty/cac:Party", "AccountingCustomerParty/cac:Party", "TaxRepresentativeParty"):
        for scheme in case.root.all(f"cac:{party}/cac:PartyTaxScheme"):
            text = scheme.text("cbc:CompanyID")
            if text and (scheme.text("cac:TaxScheme/cbc:ID") or "").upper() == "VAT" and not text[:2].isalpha():
                field = "BT-48" if "Customer" in party else "BT-31" if "Supplier" in party else "BT-63"
                numbers.append((text, field, case.root.text(f"cac:{party}/{country}")))
    if numbers:
        text, field, lives_in = numbers[0]
        return Words(
            f"The VAT number {text} does not start with a country, such as BE.",
            field,
            "Write the country before it.",
            # Greece writes EL in VAT numbers and GR in addresses.
            f"{'EL' if lives_in == 'GR' else lives_in}{text}" if lives_in else None,
        )
    return Words(
        "A VAT number does not start with the code of a country.", "BT-31", "Write the country, such as BE, before it."
    )


def _type_code(case: Case) -> Words:
    code = "381" if case.is_credit else "380"
    return Words(f"The {case.kind} has no type code.", "BT-3", f"Use {code}.", code)


MISSING = [rule(name, _explainer(*texts)) for name, texts in _TEXTS.items()]
MISSING += [rule("BR-CO-25", _due_date), rule("BR-CO-09", _vat_prefix), rule("BR-04", _type_code)]
