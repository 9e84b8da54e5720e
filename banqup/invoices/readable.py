"""Everything an e-invoice says, as rows of label and value: the Readable data view."""

from datetime import date
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from banqup.common.templatetags.format import iban, money, vat
from banqup.einvoicing import Party

from . import words

_UNITS = dict(words.UNITS)


def readable(invoice) -> dict:
    document = invoice.document
    return {
        "title": _("Credit note") if document.is_credit_note else _("Invoice"),
        "number": document.number,
        "facts": _rows(
            (_("Number"), document.number),
            (_("Type"), document.type_code),
            (_("Issue date"), document.issue_date),
            (_("Due date"), document.due_date),
            (_("Tax point"), document.tax_point_date),
            (_("Period"), _period(document)),
            (_("Delivered on"), document.delivery_date),
            (_("Buyer reference"), document.buyer_reference),
            (_("Order"), document.order_reference),
            (_("Sales order"), document.sales_order_reference),
            (_("Contract"), document.contract_reference),
            (_("Project"), document.project_reference),
            (_("Despatch note"), document.despatch_reference),
            (_("Receipt"), document.receipt_reference),
            (_("Tender or lot"), document.originator_reference),
            (_("Object"), document.object_id),
            (_("Booking reference"), document.buyer_accounting_reference),
            *((_("Refers to"), _reference(item)) for item in document.preceding),
        ),
        "parties": [
            {"role": role, "name": party.name or party.trading_name or "–", "rows": _party(party)}
            for role, party in (
                (_("Seller"), document.seller),
                (_("Buyer"), document.buyer),
                (_("Payee"), document.payee),
                (_("Tax representative"), document.tax_representative),
                (_("Delivered to"), document.deliver_to),
            )
            if party is not None and party != Party()
        ],
        "notes": document.notes,
        "lines": [_line(line) for line in document.lines],
        "allowances": [_allowance(item) for item in document.allowances_charges],
        "vat": [
            {
                "label": words.vat_label(item.category, item.rate),
                "taxable": item.taxable_amount,
                "tax": item.tax_amount,
                "reason": " ".join(
                    filter(
                        None, [item.exemption_reason, item.exemption_reason_code and f"({item.exemption_reason_code})"]
                    )
                ),
            }
            for item in document.vat_breakdown
        ],
        "totals": _rows(
            (_("Sum of lines"), document.line_total),
            (_("Discounts"), document.allowance_total),
            (_("Charges"), document.charge_total),
            (_("Total without VAT"), document.tax_exclusive_total),
            (_("VAT"), document.tax_total),
            (_("VAT in %s") % document.tax_currency, document.tax_total_accounting_currency),
            (_("Total with VAT"), document.tax_inclusive_total),
            (_("Paid in advance"), document.prepaid),
            (_("Rounding"), document.rounding),
        ),
        "payable": document.payable,
        "currency": document.currency or "",
        "payments": [_payment(means) for means in document.payment_means],
        "terms": document.payment_terms,
        "specification": _rows((_("Specification"), document.customization_id), (_("Process"), document.profile_id)),
        "files": [item.filename or item.description or item.id or item.uri for item in document.attachments],
    }


def _rows(*pairs) -> list[dict]:
    """Those that have a value, as people write it."""
    return [{"label": label, "value": _shown(value)} for label, value in pairs if value not in (None, "", ())]


def _shown(value):
    if isinstance(value, date):
        return date_format(value, "j M Y")
    return money(value) if isinstance(value, Decimal) else value


def _number(value):
    return None if value is None else format(value.normalize() + 0, "f")


def _period(item):
    shown = [date_format(day, "j M Y") for day in (item.period_start, item.period_end) if day]
    return " – ".join(shown)


def _reference(item):
    return " ".join(filter(None, [item.number, item.issue_date and date_format(item.issue_date, "j M Y")]))


def _with_scheme(value, scheme):
    return f"{scheme}:{value}" if value and scheme else value


def _party(party) -> list[dict]:
    street = ", ".join(filter(None, [party.street, party.additional_street, party.address_line]))
    place = " ".join(filter(None, [party.postal_code, party.city, party.subdivision, party.country]))
    return _rows(
        (_("Trading name"), party.trading_name if party.name else None),
        (_("Address"), ", ".join(filter(None, [street, place]))),
        (_("VAT number"), party.vat_id and vat(party.vat_id)),
        (_("Tax registration"), party.tax_registration_id),
        (_("Enterprise number"), _with_scheme(party.company_id, party.company_scheme)),
        (_("Electronic address"), _with_scheme(party.endpoint_id, party.endpoint_scheme)),
        (_("Identifier"), _with_scheme(party.identifier, party.identifier_scheme)),
        (_("Legal form"), party.legal_form),
        (_("Contact"), ", ".join(filter(None, [party.contact_name, party.phone, party.email]))),
    )


def _line(line) -> dict:
    details = _rows(
        (_("Note"), line.note),
        (_("Period"), _period(line)),
        (_("Seller's article"), line.seller_item_id),
        (_("Buyer's article"), line.buyer_item_id),
        (_("Standard article"), _with_scheme(line.standard_item_id, line.standard_item_scheme)),
        (_("Order line"), line.order_line_reference),
        (_("Booking reference"), line.buyer_accounting_reference),
        (_("Object"), _with_scheme(line.object_id, line.object_scheme)),
        (_("Origin"), line.origin_country),
        (_("Gross price"), _number(line.gross_price)),
        (_("Price per"), _number(line.price_base_quantity)),
        *((_("Class"), _with_scheme(item.code, item.scheme)) for item in line.classifications),
        *line.attributes,
        *((item["label"], item["amount"]) for item in map(_allowance, line.allowances_charges)),
    )
    return {
        "id": line.id,
        "name": line.name,
        "description": line.description,
        "quantity": _number(line.quantity),
        "unit": _UNITS.get(line.unit, line.unit),
        "price": line.net_price,
        "vat": words.vat_label(line.vat_category, line.vat_rate),
        "amount": line.net_amount,
        "details": details,
    }


def _allowance(item) -> dict:
    kind = _("Charge") if item.is_charge else _("Discount")
    percent = f"{_number(item.percent)} %" if item.percent is not None else None
    label = " · ".join(filter(None, [kind, item.reason or item.reason_code, percent]))
    vat_words = words.vat_label(item.vat_category, item.vat_rate) if item.vat_category else ""
    return {"label": label, "vat": vat_words, "amount": item.amount}


def _payment(means) -> list[dict]:
    return _rows(
        (_("How"), means.text or means.code),
        (_("IBAN"), means.iban and iban(means.iban)),
        ("BIC", means.bic),
        (_("Account name"), means.account_name),
        (_("Reference"), means.remittance_information),
        (_("Mandate"), means.mandate_reference),
        (_("Debited account"), means.debited_iban and iban(means.debited_iban)),
        (_("Card"), means.card_number),
        (_("Card holder"), means.card_holder),
    )
