"""The statement of account of a customer: what was charged, paid and credited in a period, by currency.

What the customer refused, and what we gave up, is left out: nobody waits for it. A credit note counts
whole on its own day, so what it settles is not told a second time.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from banqup.contacts.models import Contact
from banqup.einvoicing.rendering import formats
from banqup.einvoicing.rendering.statement import Paper, Section
from banqup.invoices import statuses
from banqup.invoices.models import Invoice
from banqup.payments.models import Allocation
from banqup.reminders.words import filled, part

NOTHING = Decimal("0.00")
# Closed without money: refused, or we gave up.
_LEFT_OUT = (statuses.GeneralStatus.REFUSED, statuses.GeneralStatus.WONT_BE_PAID)


@dataclass(frozen=True)
class Row:
    """One thing that happened: `amount` is what it adds to what the customer owes."""

    day: date
    kind: str  # invoice, credit_note or payment
    amount: Decimal
    balance: Decimal
    number: str = ""
    invoice: Invoice | None = None

    @property
    def charged(self) -> Decimal | None:
        return self.amount if self.amount >= 0 else None

    @property
    def settled(self) -> Decimal | None:
        return -self.amount if self.amount < 0 else None


@dataclass(frozen=True)
class Account:
    """What happened in one currency: `carried` before the period, `balance` at its end."""

    currency: str
    carried: Decimal
    rows: list[Row]
    balance: Decimal
    # What is open today of documents that were there by the end of the period, as the ledger has it.
    open_items: list[Invoice] = field(default_factory=list)

    @property
    def open_amount(self) -> Decimal:
        return sum((_signed(one, one.open_amount) for one in self.open_items), NOTHING)


def of(contact: Contact, since: date, until: date) -> list[Account]:
    """The accounts of `contact`, by currency; empty where nothing was ever charged. Two queries."""
    documents = list(
        Invoice.objects.of_business(contact.space)
        .present()
        .filter(counterparty=contact, is_sales=1, released_at__isnull=False, payable__isnull=False)
        .exclude(general_status__in=_LEFT_OUT)
        .defer("data", "report", "search_text")
        .order_by("issue_date", "pk")
    )
    known = {document.pk: document for document in documents}
    happened: dict[str, list[tuple]] = {}
    for document in documents:
        document.space = contact.space
        day = document.issue_date or contact.space.today()
        kind = "credit_note" if document.is_credit_note else "invoice"
        told = (day, 0, document.pk, kind, _signed(document, document.payable), document.number, document)
        happened.setdefault(document.currency, []).append(told)
    paid = Allocation.objects.filter(invoice__in=list(known), removed_at=None, payment__isnull=False)
    for row in paid.select_related("payment"):
        document = known[row.invoice_id]
        told = (row.payment.paid_on, 1, row.pk, "payment", -_signed(document, row.amount), document.number, document)
        happened.setdefault(document.currency, []).append(told)
    return [_account(currency, rows, since, until) for currency, rows in sorted(happened.items())]


def _account(currency: str, happened: list[tuple], since: date, until: date) -> Account:
    balance, carried, rows, open_items = NOTHING, NOTHING, [], []
    for day, _order, _pk, kind, amount, number, document in sorted(happened, key=lambda one: one[:3]):
        if day > until:
            continue
        balance += amount
        if day < since:
            carried = balance
        else:
            rows.append(Row(day, kind, amount, balance, number, document))
        if kind != "payment" and document.open_amount:
            open_items.append(document)
    return Account(currency, carried, rows, balance, open_items)


def _signed(document: Invoice, amount: Decimal) -> Decimal:
    """A credit note takes away, and what is paid back on it adds."""
    return -amount if document.is_credit_note else amount


def paper(contact: Contact, since: date, until: date, language: str) -> Paper:
    """The statement in `language`, ready to be drawn."""
    space = contact.space
    accounts = of(contact, since, until)
    days = {"since": formats.day(since, language), "until": formats.day(until, language)}
    return Paper(
        title=part("title", language),
        subtitle=filled(part("period", language), days),
        sender=_address(space, language) + _our_account(space, language),
        recipient=_address(contact, language),
        page=part("page", language),
        sections=tuple(_section(account, language) for account in accounts)
        or (Section(part("nothing", language), _heads(language), (("",) * 6,)),),
    )


def total(accounts: list[Account], language: str) -> str:
    """EUR 1,204.00 · USD 15.00: what is open at the end of the period."""
    told = [f"{account.currency} {formats.money(account.balance, language)}" for account in accounts]
    return " · ".join(told) or formats.money(NOTHING, language)


def _section(account: Account, language: str) -> Section:
    rows = [("", part("carried", language), "", "", "", formats.money(account.carried, language))]
    for row in account.rows:
        due = row.invoice.due_date if row.kind == "invoice" else None
        rows.append(
            (
                formats.day(row.day, language),
                f"{part(row.kind, language)} {row.number}".strip(),
                formats.day(due, language) if due else "",
                formats.money(row.charged, language) if row.charged is not None else "",
                formats.money(row.settled, language) if row.settled is not None else "",
                formats.money(row.balance, language),
            )
        )
    rows.append(("", part("balance", language), "", "", "", formats.money(account.balance, language)))
    note = "" if account.rows else part("nothing", language)
    return Section(account.currency, _heads(language), tuple(rows), note)


def _heads(language: str) -> tuple[str, ...]:
    return tuple(part(name, language) for name in ("date", "what", "due_date", "charged", "settled", "balance"))


def _address(who, language: str) -> str:
    city = " ".join(filter(None, [who.postal_code, who.city]))
    vat = filled(part("vat", language), {"number": who.vat_id}) if who.vat_id else ""
    return "\n".join(filter(None, [who.name, who.street, city, vat]))


def _our_account(space, language: str) -> str:
    return "\n" + account_line(space.iban, language) if space.iban else ""


def account_line(iban: str, language: str) -> str:
    """Our account: BE21 7370 1144 2003; empty where the space has none."""
    return filled(part("account", language), {"iban": formats.iban(iban)}) if iban else ""
