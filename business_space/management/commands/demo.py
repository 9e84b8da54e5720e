"""`manage.py demo`: sample data on an empty database, made with the same verbs that people use."""

import dataclasses
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from banqup import einvoicing
from banqup.actions import bookkeeping, intake, payments
from banqup.invoices.models import Invoice
from banqup.spaces.models import Space
from business_space.demo import paper, papers, people, talk
from business_space.demo.people import SIGN_INS
from business_space.demo.sales import Sales
from integrations import setup

__all__ = ["SIGN_INS", "Command"]

# supplier, days since issue, quantity, what happens to it afterwards
_E_INVOICES = {
    "bakkerij-janssens": [
        ("koel", 45, 2, "pay"), ("telecom", 40, 1, "pay process"), ("maes", 36, 12, ""), ("zuivel", 33, 10, "pay process"),
        ("molens", 20, 20, "part"), ("van-hecke", 18, 80, ""), ("zuivel", 12, 14, ""), ("telecom", 9, 1, ""),
        ("molens", 4, 24, ""), ("maes", 1, 20, ""),
    ],
    "aannemingen-thijs": [("beton", 30, 100, "process"), ("beton", 6, 60, ""), ("maes", 3, 8, "")],
    "cafe-het-anker": [("drank", 25, 9, "pay process"), ("drank", 5, 14, "")],
}  # fmt: skip
_PDFS = {
    "bakkerij-janssens": [("van-hecke", 3, 60), ("lambert", 2, 1)],
    "cafe-het-anker": [("lambert", 1, 2)],
}


class Command(BaseCommand):
    help = "Fill an empty database with two spaces' worth of sample data; does nothing when there is any space."

    def handle(self, **options):
        if Space.objects.exists():
            return
        settings.BANQUP_FOLDER_ROOT.mkdir(parents=True, exist_ok=True)
        clients, _office, self.people = people.settle()
        self.sequence = 0
        for client in clients:
            owner = self.people[client.slug]
            self._extension(space=client, by=owner, name="Folder")
            engagement = client.active_engagement()
            self._extension(space=client, engagement=engagement, by=self.people["sofie"], name="Office folder")
            for key, days, quantity, then in _E_INVOICES[client.slug]:
                self._e_invoice(client, key, days, quantity, then)
            for key, days, quantity in _PDFS.get(client.slug, []):
                document = self._document(client, key, days, quantity)
                self._receive(client, paper.pdf(document), f"{key}-{document.number.replace('/', '-')}.pdf")
        self._incorrect(clients[0])
        bakery, cafe = clients[0], clients[2]
        self._sale(bakery, cafe)
        Sales(seller=bakery, by=self.people["an"], neighbour=cafe, decides=self.people[cafe.slug]).settle()
        who = {"accountant": self.people["sofie"], "owner": self.people["an"], "assistant": self.people["tom"]}
        talk.between(clients[0], **who)
        self.stdout.write(f"Sample data: {Invoice.objects.count()} documents in {len(clients)} businesses.")

    def _extension(self, *, space, by, name, engagement=None):
        """A Folder extension, tested and active; left untested when the folder can't be written."""
        integration = setup.add(space=space, engagement=engagement, connector="folder", name=name, by=by)
        folder = "accountant" if engagement else "business"
        setup.configure(integration=integration, cleaned={"folder": f"{space.slug}-{folder}"}, by=by)
        if all(step.ok for step in setup.test(integration=integration, by=by)):
            setup.activate(integration=integration, by=by)

    def _document(self, client, key, days, quantity):
        self.sequence += 1
        return papers.invoice(
            seller=papers.supplier(key),
            buyer=papers.of_space(client),
            number=f"2026/{4400 + self.sequence:05d}",
            goods=papers.SUPPLIERS[key][5],
            issued=timezone.localdate() - timedelta(days=days),
            quantity=quantity,
            base=4400 + self.sequence,
        )

    def _receive(self, client, data, filename, *, direction="purchase") -> Invoice:
        receipt = intake.receive_and_judge(
            space=client, data=data, filename=filename, channel="inbound", direction=direction, by=None
        )
        if receipt.invoice_id is None:
            raise RuntimeError(f"{filename} could not be judged: {receipt.last_error}")
        return Invoice.objects.get(pk=receipt.invoice_id)

    def _e_invoice(self, client, key, days, quantity, then):
        document = self._document(client, key, days, quantity)
        picture = einvoicing.Attachment(
            id="invoice.pdf", filename=f"{key}.pdf", mime_type="application/pdf", content=paper.pdf(document)
        )
        data = einvoicing.write(dataclasses.replace(document, attachments=(picture,)))
        invoice = self._receive(client, data, f"{key}.xml")
        owner, today = self.people[client.slug], client.today()
        if "pay" in then.split():
            invoice = payments.record_payment(invoice=invoice, amount=invoice.open_amount, paid_on=today, by=owner)
        if "part" in then.split():
            invoice = payments.record_payment(invoice=invoice, amount=Decimal("200.00"), paid_on=today, by=owner)
        if "process" in then.split():
            bookkeeping.mark_as_processed(invoice=invoice, by=self.people["sofie"])

    def _incorrect(self, client):
        """An e-invoice whose total is one euro off: it waits with its findings."""
        document = self._document(client, "zuivel", 2, 6)
        wrong = dataclasses.replace(
            document, tax_inclusive_total=document.tax_inclusive_total + 1, payable=document.payable + 1
        )
        self._receive(client, einvoicing.write(wrong), "zuivel-wrong-total.xml")

    def _sale(self, seller, customer):
        document = papers.invoice(
            seller=papers.of_space(seller),
            buyer=papers.of_space(customer),
            number="V2026-0142",
            goods=[("Brood en gebak, week 46", "338.14", 6)],
            issued=timezone.localdate() - timedelta(days=3),
            quantity=1,
            base=142,
        )
        self._receive(seller, einvoicing.write(document), "V2026-0142.xml", direction="sales")
