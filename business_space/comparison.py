"""Two documents field by field: what is the same in both, and what differs."""

from dataclasses import dataclass

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from banqup.common.templatetags.format import iban, money_with_currency, vat
from banqup.invoices.templatetags.statuses import status_word
from banqup.invoices.words import vat_label

from .sides import side_of


@dataclass(frozen=True)
class Row:
    """One field; each side is a list of lines of text."""

    label: str
    ours: list[str]
    twins: list[str]

    @property
    def differs(self) -> bool:
        return self.ours != self.twins


def content(invoice, twin) -> list[Row]:
    """What the two say. A field that neither states is left out."""
    pairs = zip(_content(invoice), _content(twin), strict=True)
    return [Row(label, ours, twins) for (label, ours), (_label, twins) in pairs if ours or twins]


def arrival(invoice, twin) -> list[Row]:
    """How each came in and where it stands: of course that differs."""
    pairs = zip(_arrival(invoice), _arrival(twin), strict=True)
    return [Row(label, ours, twins) for (label, ours), (_label, twins) in pairs]


def _content(invoice) -> list[tuple[str, list[str]]]:
    document = invoice.document
    party = document.buyer if invoice.list_is_sales else document.seller
    means = document.payment_means[0] if document.payment_means else None
    return [
        (str(side_of(invoice).party), _texts(invoice.counterparty_name)),
        (_("VAT number"), _texts(party.vat_id and vat(party.vat_id))),
        (_("Document"), [_sort(invoice, document)]),
        (_("Number"), _texts(invoice.number)),
        (_("Issued"), _texts(_day(invoice.issue_date))),
        (_("Due"), _texts(_day(invoice.due_date))),
        (_("Without VAT"), _texts(_money(document.tax_exclusive_total, invoice))),
        (_("VAT"), _texts(_money(document.tax_total, invoice))),
        (_("To pay"), _texts(_money(invoice.payable, invoice))),
        (_("IBAN"), _texts(means and means.iban and iban(means.iban))),
        (_("Payment reference"), _texts(means and means.remittance_information)),
        (_("Order reference"), _texts(document.order_reference)),
        (_("Buyer reference"), _texts(document.buyer_reference)),
        (_("Names the invoice"), _texts(*(reference.number for reference in document.preceding))),
        (_("Lines"), [_line(line, invoice) for line in document.lines]),
        (_("Notes"), _texts(*document.notes)),
    ]


def _arrival(invoice) -> list[tuple[str, list[str]]]:
    received = date_format(invoice.created_at.astimezone(invoice.space.tz), "j M Y, H:i")
    status = status_word(invoice.general_status, "general", credit_note=invoice.is_credit_note)
    where = _("Recycle bin") if invoice.deleted_at is not None else str(status)
    return [
        (_("Came by"), _texts(invoice.get_channel_display())),
        (_("Received"), [received]),
        (_("File"), _texts(invoice.filename)),
        (_("Status"), [where]),
    ]


def _sort(invoice, document) -> str:
    word = _("Credit note") if invoice.is_credit_note else _("Invoice")
    return f"{word} ({document.type_code})" if document.type_code else word


def _texts(*values) -> list[str]:
    return [str(value) for value in values if value]


def _day(day) -> str:
    return date_format(day, "j M Y") if day else ""


def _money(amount, invoice) -> str:
    return "" if amount is None else money_with_currency(amount, invoice.currency)


def _line(line, invoice) -> str:
    """10 × Wheat flour, 25 kg · EUR 185.00 · 6 %"""
    quantity = "" if line.quantity is None else f"{number_format(line.quantity.normalize())} ×"
    name = " ".join(filter(None, [quantity, line.name or ""]))
    rate = vat_label(line.vat_category, line.vat_rate) if line.vat_category else ""
    return " · ".join(filter(None, [name, _money(line.net_amount, invoice), rate]))
