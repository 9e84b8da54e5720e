"""From `Document` to `Sheet`: every field of the model has its place here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from ..model import AllowanceCharge, Attachment, Document, Line, Party, PaymentMeans, VatSubtotal
from . import codes, formats
from .labels import known, label, word
from .other import other_facts
from .payment_code import square
from .sheet import MAX_OTHER, Adjustment, Fact, Row, Sheet, Side, VatRow

# Words over columns and parts, by the name a page has for them.
_HEADS = {
    "line": "BT-126",
    "description": "BT-153",
    "quantity": "BT-129",
    "price": "BT-146",
    "amount": "BT-131",
    "vat": "BG-23",
    "taxable": "BT-116",
    "tax": "BT-117",
    "payment": "BG-16",
    "files": "BG-24",
    "lines": "BG-25",
}
_NOTHING = "–"
# UNTDID 5189
_DISCOUNT = "95"


def describe(
    document: Document, language: str | None = "en", *, first: int = 0, count: int | None = None, own: bool = False
) -> Sheet:
    """What `document` says, in `language` (en, nl, fr, de; `nl-be` is nl; English for any other).

    `first` and `count` choose the lines: a page may show those of a long
    document piece by piece. `own`: it is ours, so this is the picture that its customer gets, with a code
    to pay by. Nothing is judged or computed.
    """
    if own:
        document = _without_codes(document)
    made = _Words(known(language)).sheet(document, first, count)
    return replace(made, marking="", code=square(document)) if own else made


def _without_codes(document: Document) -> Document:
    """Of a plain discount the word alone: its code is for machines."""

    def plain(items):
        return tuple(
            replace(item, reason_code=None) if item.reason_code == _DISCOUNT and not item.is_charge else item
            for item in items
        )

    lines = tuple(replace(line, allowances_charges=plain(line.allowances_charges)) for line in document.lines)
    return replace(document, lines=lines, allowances_charges=plain(document.allowances_charges))


class _Words:
    """One language and how it writes everything."""

    def __init__(self, language: str):
        self.language = language

    def sheet(self, doc: Document, first: int, count: int | None) -> Sheet:
        lines = doc.lines[first:] if count is None else doc.lines[first : first + count]
        currency = doc.currency or ""
        return Sheet(
            language=self.language,
            title=word("credit_note" if doc.is_credit_note else "invoice", self.language),
            number=doc.number or "",
            payable=Fact("BT-115", self.label("BT-115"), f"{currency}\u00a0{self.shown(doc.payable)}".strip()),
            marking=word("made_from_data", self.language),
            facts=self.facts(*self._head(doc)),
            sides=tuple(self._sides(doc)),
            notes=doc.notes,
            heads={name: self.label(term) for name, term in _HEADS.items()} | {"other": word("other", self.language)},
            rows=tuple(self._row(line) for line in lines),
            first=first,
            line_count=len(doc.lines),
            adjustments=tuple(self._adjustment(item) for item in doc.allowances_charges),
            vat=tuple(self._vat(item) for item in doc.vat_breakdown),
            totals=self._totals(doc),
            payments=tuple(
                filter(None, (*map(self._payment, doc.payment_means), self.facts(("BT-90", doc.creditor_id))))
            ),
            terms=next(iter(self.facts(("BT-20", doc.payment_terms))), None),
            files=tuple(self._file(item) for item in doc.attachments),
            specification=self.facts(("BT-24", doc.customization_id), ("BT-23", doc.profile_id)),
            other=tuple(other_facts(doc.extra))[:MAX_OTHER],
        )

    def label(self, term: str) -> str:
        return label(term, self.language)

    def shown(self, value) -> str:
        if value is None or value == "":
            return _NOTHING
        if isinstance(value, date):
            return formats.day(value, self.language)
        return formats.money(value, self.language) if isinstance(value, Decimal) else str(value)

    def number(self, value: Decimal | None) -> str | None:
        return None if value is None else formats.number(value, self.language)

    def facts(self, *pairs) -> tuple[Fact, ...]:
        """Those (term, value) that have a value."""
        return tuple(
            Fact(term, self.label(term), self.shown(value)) for term, value in pairs if value not in (None, "")
        )

    def _head(self, doc: Document) -> Iterator[tuple]:
        yield "BT-1", doc.number
        yield "BT-3", codes.type_of(doc.type_code, self.language)
        yield "BT-2", doc.issue_date
        yield "BT-9", doc.due_date
        yield "BT-5", doc.currency
        yield "BT-6", doc.tax_currency
        yield "BT-7", doc.tax_point_date
        yield "BT-8", codes.tax_point(doc.tax_point_code, self.language)
        yield "BG-14", self._period(doc)
        yield "BT-72", doc.delivery_date
        yield "BT-10", doc.buyer_reference
        yield "BT-13", doc.order_reference
        yield "BT-14", doc.sales_order_reference
        yield "BT-12", doc.contract_reference
        yield "BT-11", doc.project_reference
        yield "BT-16", doc.despatch_reference
        yield "BT-15", doc.receipt_reference
        yield "BT-17", doc.originator_reference
        yield "BT-18", _with_scheme(doc.object_id, doc.object_scheme)
        yield "BT-19", doc.buyer_accounting_reference
        for earlier in doc.preceding:
            dated = self.shown(earlier.issue_date) if earlier.issue_date else None
            yield "BG-3", _joined(" · ", earlier.number, dated)

    def _period(self, item: Document | Line) -> str:
        days = (self.shown(day) if day else "…" for day in (item.period_start, item.period_end))
        return " – ".join(days) if item.period_start or item.period_end else ""

    def _sides(self, doc: Document) -> Iterator[Side]:
        for term, party in (
            ("BG-4", doc.seller),
            ("BG-7", doc.buyer),
            ("BG-10", doc.payee),
            ("BG-11", doc.tax_representative),
            ("BG-13", doc.deliver_to),
        ):
            if party is not None and party != Party():
                name = party.name or party.trading_name or _NOTHING
                yield Side(term, self.label(term), name, self.facts(*_party(party)))

    def _row(self, line: Line) -> Row:
        unit = codes.unit(line.unit, self.language)
        properties = tuple(Fact("BT-160", name, value) for name, value in line.attributes)
        adjusted = tuple(self._line_adjustment(item) for item in line.allowances_charges)
        return Row(
            number=line.id or "",
            name=line.name or _NOTHING,
            description=line.description or "",
            quantity=_joined(" ", self.number(line.quantity), unit) or _NOTHING,
            price=self.shown(line.net_price),
            vat=codes.vat(line.vat_category, line.vat_rate, self.language),
            amount=self.shown(line.net_amount),
            facts=(*self.facts(*self._details(line)), *properties, *adjusted, *other_facts(line.extra)),
        )

    def _details(self, line: Line) -> Iterator[tuple]:
        yield "BT-22", line.note
        yield "BG-14", self._period(line)
        yield "BT-155", line.seller_item_id
        yield "BT-156", line.buyer_item_id
        yield "BT-157", _with_scheme(line.standard_item_id, line.standard_item_scheme)
        yield "BT-132", line.order_line_reference
        yield "BT-133", line.buyer_accounting_reference
        yield "BT-128", _with_scheme(line.object_id, line.object_scheme)
        yield "BT-159", line.origin_country
        yield "BT-148", line.gross_price
        yield "BT-147", line.price_discount
        yield "BT-149", self.number(line.price_base_quantity)
        for kind in line.classifications:
            yield "BT-158", _joined(" ", _with_scheme(kind.code, kind.scheme), kind.version)

    def _line_adjustment(self, item: AllowanceCharge) -> Fact:
        made = self._adjustment(item)
        return Fact("BG-28" if item.is_charge else "BG-27", made.label, made.amount)

    def _adjustment(self, item: AllowanceCharge) -> Adjustment:
        kind = self.label("BG-21" if item.is_charge else "BG-20")
        percent = None if item.percent is None else formats.percent(item.percent, self.language)
        base = None if item.base_amount is None else self.label("BT-137").format(base=self.shown(item.base_amount))
        amount = item.amount if item.is_charge or item.amount is None else -item.amount
        reason = _joined(" ", item.reason, item.reason_code and f"({item.reason_code})")
        return Adjustment(
            label=_joined(" · ", kind, reason, _joined(" ", percent, base)),
            vat=codes.vat(item.vat_category, item.vat_rate, self.language) if item.vat_category else "",
            amount=self.shown(amount),
        )

    def _vat(self, item: VatSubtotal) -> VatRow:
        return VatRow(
            label=codes.vat(item.category, item.rate, self.language) or _NOTHING,
            reason=_joined(
                " ", item.exemption_reason, item.exemption_reason_code and f"({item.exemption_reason_code})"
            ),
            taxable=self.shown(item.taxable_amount),
            tax=self.shown(item.tax_amount),
        )

    def _totals(self, doc: Document) -> tuple[Fact, ...]:
        found = self.facts(
            ("BT-106", doc.line_total),
            ("BT-107", None if doc.allowance_total is None else -doc.allowance_total),
            ("BT-108", doc.charge_total),
            ("BT-109", doc.tax_exclusive_total),
            ("BT-110", doc.tax_total),
            ("BT-112", doc.tax_inclusive_total),
            ("BT-113", None if doc.prepaid is None else -doc.prepaid),
            ("BT-114", doc.rounding),
        )
        if doc.tax_total_accounting_currency is None:
            return found
        words = self.label("BT-111").format(currency=doc.tax_currency or "")
        return (*found, Fact("BT-111", words, self.shown(doc.tax_total_accounting_currency)))

    def _payment(self, item: PaymentMeans) -> tuple[Fact, ...]:
        return self.facts(
            ("BT-81", _joined(" · ", codes.payment(item.code, self.language), item.text)),
            ("BT-84", _account(item.iban)),
            ("BT-86", item.bic),
            ("BT-85", item.account_name),
            ("BT-83", item.remittance_information),
            ("BT-89", item.mandate_reference),
            ("BT-91", _account(item.debited_iban)),
            ("BT-87", _joined(" ", item.card_network, item.card_number)),
            ("BT-88", item.card_holder),
        )

    def _file(self, item: Attachment) -> str:
        size = f"{formats.number(Decimal(len(item.content)), self.language)} bytes" if item.content else None
        return _joined(" · ", item.filename, item.id, item.description, item.mime_type, size, item.uri)


def _party(party: Party) -> Iterator[tuple]:
    place = _joined(" ", party.postal_code, party.city)
    street = (party.street, party.additional_street, party.address_line)
    yield "BT-28", party.trading_name if party.name else None
    yield "BG-5", _joined(", ", *street, place, party.subdivision, party.country)
    yield "BT-31", _vat_number(party.vat_id)
    yield "BT-32", party.tax_registration_id
    yield "BT-30", _with_scheme(party.company_id, party.company_scheme)
    yield "BT-34", _with_scheme(party.endpoint_id, party.endpoint_scheme)
    yield "BT-29", _with_scheme(party.identifier, party.identifier_scheme)
    yield "BT-33", party.legal_form
    yield "BG-6", _joined(", ", party.contact_name, party.phone, party.email)


def _joined(between: str, *parts: str | None) -> str:
    return between.join(part for part in parts if part)


def _with_scheme(value: str | None, scheme: str | None) -> str | None:
    return f"{scheme}:{value}" if value and scheme else value


def _account(number: str | None) -> str | None:
    """Grouped where it looks like an IBAN: other account numbers stand as they are."""
    looks = number and number[:2].isalpha() and number[2:4].isdigit()
    return formats.iban(number) if looks else number


def _vat_number(number: str | None) -> str | None:
    """BE 0417.823.441, as Belgians write it; those of other countries stand as they are."""
    if number and number[:2].upper() == "BE" and number[2:].isdigit() and len(number) == 12:
        return f"BE\u00a0{number[2:6]}.{number[6:9]}.{number[9:]}"
    return number
