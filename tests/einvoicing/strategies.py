"""Arbitrary documents of our model, within what UBL can hold.

Texts are without surrounding space and control characters, because XML does not
keep those; identifiers' schemes stand only beside an identifier, because UBL
writes them on it.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from banqup.einvoicing import (
    AllowanceCharge,
    Attachment,
    Classification,
    Document,
    DocumentReference,
    Line,
    Party,
    PaymentMeans,
    VatSubtotal,
)

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
