"""What the demo's bakery sells: made in the creator, sent, and answered by a customer with a space of its own."""

import dataclasses
from datetime import timedelta
from decimal import Decimal

from banqup.actions import approval, customers, disputes, drafts, intake, issuing, items, payments, series, transmitting
from banqup.contacts.models import Contact
from banqup.einvoicing import Line
from banqup.invoices.models import Invoice, Receipt
from banqup.sending.models import NumberSeries, Way
from banqup.sending.queue import Told
from banqup.spaces.models import Space
from integrations import transmitting as worker

from . import papers

# code, name, price, VAT
_ITEMS = [
    ("DES800", "Desem rond 800 g", "3.20", 6),
    ("PIS", "Pistolet", "0.42", 6),
    ("TAART8", "Slagroomtaart, 8 personen", "21.70", 6),
    ("LEV", "Levering aan huis", "7.50", 21),
]
# name, enterprise number without check digits, street, postal code, city, e-mail, language, days to pay
_CUSTOMERS = {
    "hotel": ("Hotel Ter Duinen NV", 4771902, "Zeedijk 1", "8400", "Oostende", "facturen@terduinen.example", "nl", 30),
    "traiteur": (
        "Traiteur Dubois SRL",
        4660318,
        "Rue Haute 18",
        "1000",
        "Bruxelles",
        "compta@dubois.example",
        "fr",
        14,
    ),
    "feestzaal": ("Feestzaal De Kroon BV", 4553016, "Markt 4", "2500", "Lier", "info@dekroon.example", "nl", 30),
}
_TAKEN = "250 2.0.0 Ok: queued"


class Sales:
    """`seller` sells, `by` sends; `neighbour` is a customer on this server, for whom `decides` answers."""

    def __init__(self, *, seller, by, neighbour, decides):
        self.seller, self.by, self.neighbour, self.decides = seller, by, neighbour, decides

    def settle(self) -> None:
        """Customers, items and documents in the states that a seller meets; the oldest first, as they are numbered."""
        self._prepare()
        self._paid(self._mailed("hotel", 38, ("DES800", 120), ("PIS", 300)))
        accepted = self._brought(24, ("DES800", 60), ("LEV", 4))
        approval.approve(invoice=self._theirs(accepted), by=self.decides)
        disputed = self._brought(17, ("DES800", 80), ("TAART8", 6))
        note = "Er waren maar vier taarten, geen zes."
        disputes.dispute(invoice=self._theirs(disputed), reason="quantity", note=note, by=self.decides)
        refused = self._brought(13, ("TAART8", 10))
        note = "Deze bestelling is van de buren."
        disputes.refuse(invoice=self._theirs(refused), reason="recipient", note=note, by=self.decides)
        self._mailed("traiteur", 9, ("PIS", 500), ("LEV", 1))
        self._failed("feestzaal", 6, ("TAART8", 12))
        self._brought(5, ("DES800", 60), ("PIS", 200))
        self._credited(refused)
        self._draft("hotel", 0, ("DES800", 140), ("PIS", 300))

    def _prepare(self) -> None:
        """The series goes on after the number of an earlier system; the neighbour looks at each document itself."""
        Space.objects.filter(pk=self.neighbour.pk).update(auto_approve=Space.AutoApprove.NEVER)
        kept = NumberSeries.Purpose.INVOICE
        series.change(space=self.seller, purpose=kept, pattern="V{YYYY}-{####}", starts_at=143, by=self.by)
        self.items = {
            code: items.save(
                space=self.seller, code=code, name=name, price=Decimal(price), vat_rate=Decimal(rate), by=self.by
            )
            for code, name, price, rate in _ITEMS
        }
        self.customers = {key: self._customer(*facts) for key, facts in _CUSTOMERS.items()}
        there = self.neighbour
        self.customers["neighbour"] = customers.save(
            space=self.seller,
            contact=Contact.objects.filter(space=self.seller, vat_id=there.vat_id).first(),
            by=self.by,
            name=there.name,
            vat_id=there.vat_id,
            street=there.street,
            postal_code=there.postal_code,
            city=there.city,
            country=there.country,
            buyer_reference="BROOD",
        )

    def _customer(self, name, base, street, postal_code, city, email, language, days):
        return customers.save(
            space=self.seller,
            by=self.by,
            name=name,
            vat_id=f"BE{papers.enterprise_number(base)}",
            street=street,
            postal_code=postal_code,
            city=city,
            country="BE",
            email=email,
            send_by=Way.EMAIL,
            language=language,
            terms_days=days,
            buyer_reference="ADM",
        )

    def _draft(self, customer: str, days: int, *goods) -> Invoice:
        contact = self.customers[customer]
        started = drafts.start(space=self.seller, contact=contact, by=self.by)
        ago = timedelta(days=days)
        document = dataclasses.replace(
            started.document,
            issue_date=started.document.issue_date - ago,
            due_date=started.document.due_date - ago,
            lines=tuple(self._line(code, quantity) for code, quantity in goods),
        )
        return drafts.save(invoice=started, document=document, contact=contact, by=self.by, version=started.version)

    def _line(self, code: str, quantity: int) -> Line:
        item = self.items[code]
        return Line(
            name=item.name,
            seller_item_id=item.code,
            quantity=Decimal(quantity),
            unit=item.unit,
            net_price=item.price,
            vat_category=item.vat_category,
            vat_rate=item.vat_rate,
        )

    # --- on their way -------------------------------------------------------------------------------

    def _brought(self, days: int, *goods) -> Invoice:
        """Handed to the neighbour's space and judged there, as the workers do."""
        return self._hand_over(self._draft("neighbour", days, *goods))

    def _hand_over(self, draft: Invoice) -> Invoice:
        issued = issuing.send(invoice=draft, way=Way.PLATFORM, by=self.by)
        row = issued.transmissions.get()
        worker.transmit(row.pk)
        receipt = Receipt.objects.get(space=self.neighbour, message_id=str(row.message_id))
        intake.judge(receipt_id=receipt.pk)
        return issued

    def _theirs(self, issued: Invoice) -> Invoice:
        """The neighbour's own document of a sale that was brought there."""
        came = Receipt.objects.get(space=self.neighbour, message_id=str(issued.transmissions.get().message_id))
        return Invoice.objects.get(pk=came.invoice_id)

    def _mailed(self, customer: str, days: int, *goods) -> Invoice:
        """No sample mail leaves the server: this is what a mail server would have said."""
        issued = issuing.send(invoice=self._draft(customer, days, *goods), way=Way.EMAIL, by=self.by)
        row, attempt = transmitting.begin(issued.transmissions.get().pk)
        transmitting.sent(
            row, attempt, Told(worker.SENT, _TAKEN, status=250), remote_id=f"<{row.message_id}@banqup.example>"
        )
        return Invoice.objects.get(pk=issued.pk)

    def _failed(self, customer: str, days: int, *goods) -> None:
        issued = issuing.send(invoice=self._draft(customer, days, *goods), way=Way.EMAIL, by=self.by)
        row, attempt = transmitting.begin(issued.transmissions.get().pk)
        reason = f"{row.recipient} is refused (550). Correct the customer's e-mail address, or send it another way."
        transmitting.failed(row, attempt, Told("permanent", reason, status=550))

    def _paid(self, invoice: Invoice) -> None:
        invoice = transmitting.mark_received(invoice=invoice, note="Bevestigd aan de telefoon.", by=self.by)
        payments.record_payment(
            invoice=invoice, amount=invoice.open_amount, paid_on=self.seller.today() - timedelta(days=7), by=self.by
        )

    def _credited(self, refused: Invoice) -> None:
        refused = Invoice.objects.get(pk=refused.pk)
        self._hand_over(drafts.save(**self._whole(drafts.credit(invoice=refused, by=self.by))))

    def _whole(self, draft: Invoice) -> dict:
        return {
            "invoice": draft,
            "document": draft.document,
            "contact": draft.counterparty,
            "by": self.by,
            "version": draft.version,
        }
