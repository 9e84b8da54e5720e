"""Arbitrary documents of our model, within what UBL can hold.

Texts are without surrounding space and control characters, because XML does not
keep those; identifiers' schemes stand only beside an identifier, because UBL
writes them on it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from banqup.einvoicing import (
    PEPPOL_BILLING,
    PEPPOL_BILLING_PROCESS,
    AllowanceCharge,
    Attachment,
    Classification,
    Document,
    DocumentReference,
    Line,
    Party,
    PaymentMeans,
    VatSubtotal,
    recompute,
)
from tests.factories import einvoices

texts = (
    st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn"), exclude_characters="\ufffe\uffff"), max_size=20)
    .map(str.strip)
    .filter(bool)
)
codes = st.text(st.sampled_from("ABCXYZ0189"), min_size=1, max_size=4).filter(lambda code: code not in ("NA", "SEPA"))
dates = st.dates(date(1900, 1, 1), date(2999, 12, 31))
amounts = st.decimals(Decimal(-(10**12)), Decimal(10**12), places=2)
numbers = st.decimals(Decimal(-(10**6)), Decimal(10**6), places=6)


def maybe(strategy):
    return st.none() | strategy


def some(strategy):
    return st.lists(strategy, max_size=2).map(tuple)


@st.composite
def pairs(draw, first, second):
    """Two values of which the second stands only beside the first."""
    one = draw(maybe(first))
    return one, draw(maybe(second)) if one is not None else None


@st.composite
def addresses(draw):
    fields = ("street", "additional_street", "address_line", "city", "postal_code", "subdivision", "country")
    return {field: draw(maybe(texts)) for field in fields}


@st.composite
def parties(draw):
    company, company_scheme = draw(pairs(texts, codes))
    endpoint, endpoint_scheme = draw(pairs(texts, codes))
    identifier, identifier_scheme = draw(pairs(texts, codes))
    return Party(
        name=draw(texts),
        trading_name=draw(maybe(texts)),
        vat_id=draw(maybe(texts)),
        tax_registration_id=draw(maybe(texts)),
        company_id=company,
        company_scheme=company_scheme,
        endpoint_id=endpoint,
        endpoint_scheme=endpoint_scheme,
        contact_name=draw(maybe(texts)),
        phone=draw(maybe(texts)),
        email=draw(maybe(texts)),
        legal_form=draw(maybe(texts)),
        identifier=identifier,
        identifier_scheme=identifier_scheme,
        **draw(addresses()),
    )


@st.composite
def payees(draw):
    company, company_scheme = draw(pairs(texts, codes))
    return Party(name=draw(texts), company_id=company, company_scheme=company_scheme, identifier=draw(maybe(texts)))


@st.composite
def tax_representatives(draw):
    return Party(name=draw(texts), vat_id=draw(maybe(texts)), **draw(addresses()))


@st.composite
def deliveries(draw):
    identifier, scheme = draw(pairs(texts, codes))
    return Party(name=draw(texts), identifier=identifier, identifier_scheme=scheme, **draw(addresses()))


@st.composite
def allowances(draw, with_vat):
    category, rate = draw(pairs(codes, numbers)) if with_vat else (None, None)
    return AllowanceCharge(
        is_charge=draw(st.booleans()),
        amount=draw(maybe(amounts)),
        base_amount=draw(maybe(amounts)),
        percent=draw(maybe(numbers)),
        reason=draw(maybe(texts)),
        reason_code=draw(maybe(codes)),
        vat_category=category,
        vat_rate=rate,
    )


@st.composite
def subtotals(draw):
    return VatSubtotal(
        draw(codes),
        *(draw(maybe(numbers)) for _ in range(1)),
        draw(amounts),
        draw(amounts),
        draw(maybe(texts)),
        draw(maybe(codes)),
    )


@st.composite
def means(draw):
    card = draw(maybe(texts))
    return PaymentMeans(
        code=draw(st.sampled_from(["30", "48", "58", "59"])),
        text=draw(maybe(texts)),
        remittance_information=draw(maybe(texts)),
        iban=draw(maybe(texts)),
        account_name=draw(maybe(texts)),
        bic=draw(maybe(texts)),
        card_number=card,
        card_network=draw(texts) if card else None,
        card_holder=draw(maybe(texts)) if card else None,
        mandate_reference=draw(maybe(texts)),
        debited_iban=draw(maybe(texts)),
    )


@st.composite
def attachments(draw):
    content = draw(maybe(st.binary(min_size=1, max_size=50)))
    return Attachment(
        id=draw(texts),
        description=draw(maybe(texts)),
        filename=draw(maybe(texts)) if content else None,
        mime_type=draw(maybe(texts)) if content else None,
        content=content,
        uri=draw(maybe(texts)),
    )


@st.composite
def lines(draw):
    category, rate = draw(pairs(codes, numbers))
    quantity, unit = draw(pairs(numbers, codes))
    standard, standard_scheme = draw(pairs(texts, codes))
    object_id, object_scheme = draw(pairs(texts, codes))
    gross = draw(maybe(numbers))
    own = (
        "name",
        "description",
        "note",
        "order_line_reference",
        "buyer_accounting_reference",
        "seller_item_id",
        "buyer_item_id",
        "origin_country",
    )
    return Line(
        id=draw(texts),
        quantity=quantity,
        unit=unit,
        net_price=draw(maybe(numbers)),
        price_base_quantity=draw(maybe(numbers)),
        gross_price=gross,
        price_discount=None if gross is None else draw(numbers),
        net_amount=draw(maybe(amounts)),
        vat_category=category,
        vat_rate=rate,
        period_start=draw(maybe(dates)),
        period_end=draw(maybe(dates)),
        allowances_charges=draw(some(allowances(with_vat=False))),
        standard_item_id=standard,
        standard_item_scheme=standard_scheme,
        object_id=object_id,
        object_scheme=object_scheme,
        classifications=draw(some(st.builds(Classification, texts, maybe(codes), maybe(codes)))),
        attributes=draw(some(st.tuples(texts, texts))),
        **{field: draw(maybe(texts)) for field in own},
    )


@st.composite
def documents(draw):
    """An invoice or credit note; its totals are arbitrary, for nothing is computed on the way."""
    object_id, object_scheme = draw(pairs(texts, codes))
    tax_currency = draw(maybe(st.just("USD")))
    own = (
        "buyer_reference",
        "order_reference",
        "sales_order_reference",
        "contract_reference",
        "project_reference",
        "despatch_reference",
        "receipt_reference",
        "originator_reference",
        "buyer_accounting_reference",
        "payment_terms",
        "tax_point_code",
        "creditor_id",
    )
    totals = (
        "line_total",
        "allowance_total",
        "charge_total",
        "tax_exclusive_total",
        "tax_inclusive_total",
        "prepaid",
        "rounding",
        "payable",
    )
    return Document(
        kind=draw(st.sampled_from(["invoice", "credit_note"])),
        type_code=draw(codes),
        number=draw(texts),
        issue_date=draw(dates),
        due_date=draw(maybe(dates)),
        tax_point_date=draw(maybe(dates)),
        currency="EUR",
        tax_currency=tax_currency,
        customization_id=draw(texts),
        profile_id=draw(maybe(texts)),
        notes=draw(some(texts)),
        preceding=draw(some(st.builds(DocumentReference, texts, maybe(dates)))),
        period_start=draw(maybe(dates)),
        period_end=draw(maybe(dates)),
        seller=draw(parties()),
        buyer=draw(parties()),
        payee=draw(maybe(payees())),
        tax_representative=draw(maybe(tax_representatives())),
        delivery_date=draw(maybe(dates)),
        deliver_to=draw(maybe(deliveries())),
        payment_means=draw(some(means())),
        allowances_charges=draw(some(allowances(with_vat=True))),
        vat_breakdown=draw(some(subtotals())),
        lines=draw(some(lines())),
        tax_total=draw(maybe(amounts)),
        tax_total_accounting_currency=draw(maybe(amounts)) if tax_currency else None,
        attachments=draw(some(attachments())),
        object_id=object_id,
        object_scheme=object_scheme,
        **{field: draw(maybe(texts)) for field in own},
        **{field: draw(maybe(amounts)) for field in totals},
    )


# --- documents that obey every rule -------------------------------------------------------------

RATES = {"S": (21, 12, 6), "Z": (0,), "E": (0,), "AE": (0,), "K": (0,), "G": (0,), "L": (7, 3), "M": (10, 4)}
# What Peppol BIS Billing 3.0 takes as BT-3 from anybody; 326 and 384 are for Germany, 389 and 261 for self-billing.
TYPES = {
    "invoice": ("380", "383", "386", "393", "82", "80", "84", "395", "623", "780"),
    "credit_note": ("381", "396", "81", "83", "532"),
}
UNITS = ("C62", "HUR", "KGM", "XBX", "MTR", "DAY")
CURRENCIES = ("EUR", "USD", "JPY", "BHD")
cents = st.decimals(Decimal(0), Decimal(5000), places=2)
prices = st.decimals(Decimal(0), Decimal(2000), places=4)
recent = st.dates(date(2024, 1, 1), date(2027, 12, 31))


@st.composite
def valid_documents(draw):
    """Any invoice or credit note that a Belgian business may send over Peppol: what is random obeys the rules."""
    kind = draw(st.sampled_from(["invoice", "credit_note"]))
    outside = draw(st.integers(0, 7)) == 0  # "not subject to VAT" goes with nothing else (BR-O-11)
    categories = ("O",) if outside else draw(st.lists(st.sampled_from(sorted(RATES)), min_size=1, max_size=3))
    taxes = tuple((one, draw(st.sampled_from(RATES[one])) if one in RATES else None) for one in categories)
    taxes = tuple((category, None if rate is None else Decimal(rate)) for category, rate in taxes)
    issued = draw(recent)
    start = draw(maybe(st.just(issued)))
    end = issued + timedelta(days=draw(st.integers(0, 40)))
    currency = draw(st.sampled_from(CURRENCIES))
    foreign = currency != "EUR"
    object_id, object_scheme = draw(pairs(texts, st.sampled_from(["AAJ", "ABT"])))
    fields = {name: draw(maybe(texts)) for name in _TOLD}
    made = Document(
        kind=kind,
        type_code=draw(st.sampled_from(TYPES[kind])),
        number=draw(texts),
        issue_date=issued,
        due_date=draw(recent),
        currency=currency,
        tax_currency="EUR" if foreign else None,
        customization_id=PEPPOL_BILLING,
        profile_id=PEPPOL_BILLING_PROCESS,
        order_reference=draw(texts),
        notes=draw(st.lists(texts, max_size=1).map(tuple)),  # PEPPOL-EN16931-R002
        preceding=draw(some(st.builds(DocumentReference, texts, maybe(dates)))),
        period_start=start,
        period_end=end if start else None,
        seller=_no_vat_number(einvoices.SELLER) if outside else einvoices.SELLER,
        buyer=_no_vat_number(einvoices.BUYER) if outside else einvoices.BUYER,
        payee=draw(maybe(st.just(Party(name="Factor NV", company_id="0702451135", company_scheme="0208")))),
        tax_representative=None if outside else draw(maybe(st.just(_REPRESENTATIVE))),
        delivery_date=issued,
        deliver_to=Party(name=draw(maybe(texts)), city=draw(maybe(texts)), country=draw(st.sampled_from(["FR", "NL"]))),
        payment_means=draw(st.lists(valid_means(), max_size=1).map(tuple)),
        allowances_charges=draw(some(valid_allowances(taxes))),
        vat_breakdown=tuple(
            VatSubtotal(category, rate, exemption_reason=reason, exemption_reason_code=code)
            for category, rate in taxes
            for reason, code in [einvoices.EXEMPTIONS.get(category, (None, None))]
        ),
        lines=tuple(draw(valid_lines(number, taxes)) for number in range(1, draw(st.integers(2, 5)))),
        prepaid=draw(maybe(cents)),
        rounding=draw(maybe(st.sampled_from([Decimal("0.01"), Decimal("-0.02")]))),
        attachments=draw(some(valid_attachments())),
        object_id=object_id,
        object_scheme=object_scheme,
        **fields,
    )
    made = recompute(made)
    # BT-111 has the sign of BT-110: PEPPOL-EN16931-R055.
    return replace(made, tax_total_accounting_currency=made.tax_total * 2) if foreign else made


_TOLD = (
    "buyer_reference",
    "sales_order_reference",
    "contract_reference",
    "project_reference",
    "despatch_reference",
    "receipt_reference",
    "originator_reference",
    "buyer_accounting_reference",
    "payment_terms",
)
_REPRESENTATIVE = Party(name="Fiscaal NV", vat_id="BE0702451135", city="Gent", country="BE")


def _no_vat_number(party):
    return replace(party, vat_id=None)  # BR-O-02


@st.composite
def valid_means(draw):
    return draw(
        st.sampled_from(
            [
                PaymentMeans("30", einvoices.ogm(7), einvoices.iban(9), account_name="Molens", bic="KREDBEBB"),
                PaymentMeans("58", "RF18539007547034", einvoices.iban(9), text="SEPA credit transfer"),
                PaymentMeans("48", card_number="****1234", card_network="VISA", card_holder="An Janssens"),
                PaymentMeans("59", mandate_reference="M-1", debited_iban=einvoices.iban(12)),
                PaymentMeans("10", "cash"),
            ]
        )
    )


@st.composite
def valid_allowances(draw, taxes=None):
    """Of a document when `taxes` names its (category, rate) pairs, otherwise of a line."""
    is_charge = draw(st.booleans())
    base = draw(maybe(cents))
    percent = None if base is None else Decimal(draw(st.integers(0, 100)))
    category, rate = draw(st.sampled_from(taxes)) if taxes else (None, None)
    return AllowanceCharge(
        is_charge=is_charge,
        amount=draw(cents) if base is None else None,
        base_amount=base,
        percent=percent,
        reason=draw(texts),
        reason_code=draw(maybe(st.just("FC" if is_charge else "95"))),
        vat_category=category,
        vat_rate=rate,
    )


@st.composite
def valid_lines(draw, number, taxes):
    # The first lines take every category of the breakdown once, so that none stands there for nothing.
    category, rate = taxes[(number - 1) % len(taxes)]
    net = draw(prices)
    discount = draw(maybe(prices))
    standard, standard_scheme = draw(maybe(texts)), None
    if standard:
        standard_scheme = "0160"
    object_id, object_scheme = draw(pairs(texts, st.just("AAJ")))
    return Line(
        id=str(number),
        name=draw(texts),
        description=draw(maybe(texts)),
        quantity=draw(st.decimals(Decimal(-500), Decimal(500), places=3)),
        unit=draw(st.sampled_from(UNITS)),
        net_price=net,
        price_base_quantity=draw(maybe(st.sampled_from([Decimal(1), Decimal(12), Decimal("0.5")]))),
        gross_price=None if discount is None else net + discount,  # PEPPOL-EN16931-R046
        price_discount=discount,
        vat_category=category,
        vat_rate=rate,
        note=draw(maybe(texts)),
        order_line_reference=draw(maybe(texts)),
        buyer_accounting_reference=draw(maybe(texts)),
        seller_item_id=draw(maybe(texts)),
        buyer_item_id=draw(maybe(texts)),
        standard_item_id=standard,
        standard_item_scheme=standard_scheme,
        origin_country=draw(maybe(st.sampled_from(["BE", "CN"]))),
        allowances_charges=draw(some(valid_allowances())),
        object_id=object_id,
        object_scheme=object_scheme,
        classifications=draw(some(st.builds(Classification, texts, st.sampled_from(["STI", "SRV"]), maybe(codes)))),
        attributes=draw(some(st.tuples(texts, texts))),
    )


@st.composite
def valid_attachments(draw):
    content = draw(maybe(st.binary(min_size=1, max_size=40)))
    return Attachment(
        id=draw(texts),
        description=draw(maybe(texts)),
        filename="terms.pdf" if content else None,
        mime_type="application/pdf" if content else None,
        content=content,
        uri=None if content else "https://example.com/terms.pdf",
    )
