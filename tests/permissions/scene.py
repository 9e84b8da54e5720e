"""A business with one person of every role, everybody who must stay outside, and a document in every state."""

import copy
from contextlib import contextmanager
from datetime import date
from decimal import Decimal

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.utils import timezone

from banqup.actions import conversations, payments
from banqup.approvals.models import Route, Step, Substitute
from banqup.bulk import queue
from banqup.bulk.models import BulkRun
from banqup.contacts.models import Contact, Item
from banqup.conversations.models import Side
from banqup.einvoicing import PEPPOL_BILLING
from banqup.exports.models import Export, ExportAttempt, ExportState, IntegrationTemplate, TemplateRow, TemplateRun
from banqup.invoices import content, files, journal, numbers
from banqup.invoices.models import Attachment, DuplicateDecision, Invoice, Receipt
from banqup.invoices.models.event import Verb
from banqup.invoices.statuses import SALES_LIST, DeliveryStatus, DocumentStatus, Kind
from banqup.mailboxes.models import ArrivedMail, Mailbox
from banqup.payments import ledger
from banqup.payments.models import Payment
from banqup.reminders.models import Letter, LetterState, Pause
from banqup.sending.models import NetworkAnswer, Reach
from banqup.spaces.models import Engagement, InboundAddress, Membership
from business_space.demo import paper
from tests.factories import einvoices, network, world

from . import table

D, L = DocumentStatus, DeliveryStatus
NONE = L.NONE

# state → (kind, document status, delivery status, what else is true of it)
STATES = {
    "purchase awaiting": (Kind.PURCHASE, D.AWAITING_VALIDATION, NONE, ""),
    "purchase validated": (Kind.PURCHASE, D.VALIDATED, NONE, ""),
    "purchase unpaid": (Kind.PURCHASE, D.FULLY_APPROVED, NONE, "released"),
    "purchase partly paid": (Kind.PURCHASE, D.FULLY_APPROVED, NONE, "released part"),
    "purchase fully paid": (Kind.PURCHASE, D.FULLY_APPROVED, NONE, "released paid"),
    "purchase processed": (Kind.PURCHASE, D.FULLY_APPROVED, NONE, "released processed"),
    "purchase disputed": (Kind.PURCHASE, D.DISPUTED, NONE, "released"),
    "purchase disputed at once": (Kind.PURCHASE, D.DISPUTED, NONE, ""),
    "purchase refused": (Kind.PURCHASE, D.REFUSED, NONE, "released"),
    "purchase refused at once": (Kind.PURCHASE, D.REFUSED, NONE, ""),
    "purchase deleted": (Kind.PURCHASE, D.AWAITING_VALIDATION, NONE, "deleted"),
    "purchase marked unpaid": (Kind.PURCHASE, D.FULLY_APPROVED, NONE, "released paid unpaid"),
    "purchase awaiting twin": (Kind.PURCHASE, D.AWAITING_VALIDATION, NONE, "twin"),
    "purchase credit note awaiting": (Kind.PURCHASE, D.AWAITING_VALIDATION, NONE, "credit nameless"),
    "purchase credit note": (Kind.PURCHASE, D.FULLY_APPROVED, NONE, "released credit"),
    "sales draft": (Kind.SALES, D.DRAFT, NONE, ""),
    "sales awaiting": (Kind.SALES, D.AWAITING_VALIDATION, NONE, ""),
    "sales unpaid": (Kind.SALES, D.VALIDATED, L.SENT, "released"),
    "sales accepted": (Kind.SALES, D.FULLY_APPROVED, L.RECEIVED, "released accepted"),
    "sales undelivered": (Kind.SALES, D.VALIDATED, L.DELIVERY_FAILED, "released"),
    "sales overdue": (Kind.SALES, D.VALIDATED, L.SENT, "released late"),
    "sales partly paid": (Kind.SALES, D.VALIDATED, L.SENT, "released part"),
    "sales fully paid": (Kind.SALES, D.VALIDATED, L.SENT, "released paid"),
    "sales processed": (Kind.SALES, D.VALIDATED, L.SENT, "released processed"),
    "sales disputed": (Kind.SALES, D.DISPUTED, L.RECEIVED, "released"),
    "sales refused": (Kind.SALES, D.REFUSED, L.RECEIVED, "released"),
    "sales won't be paid": (Kind.SALES, D.VALIDATED, L.SENT, "released closed"),
    "sales deleted": (Kind.SALES, D.AWAITING_VALIDATION, NONE, "deleted"),
    "sales marked unpaid": (Kind.SALES, D.VALIDATED, L.SENT, "released paid unpaid"),
    "sales awaiting twin": (Kind.SALES, D.AWAITING_VALIDATION, NONE, "twin"),
    "sales credit note awaiting": (Kind.SALES, D.AWAITING_VALIDATION, NONE, "credit nameless"),
    "sales credit note": (Kind.SALES, D.VALIDATED, L.SENT, "released credit"),
    "self-billed out draft": (Kind.SELF_BILLED_OUT, D.DRAFT, NONE, ""),
    "self-billed out awaiting": (Kind.SELF_BILLED_OUT, D.AWAITING_VALIDATION, NONE, ""),
    "self-billed out unpaid": (Kind.SELF_BILLED_OUT, D.FULLY_APPROVED, L.SENT, "released"),
    "self-billed in awaiting": (Kind.SELF_BILLED_IN, D.AWAITING_VALIDATION, NONE, ""),
    "self-billed in unpaid": (Kind.SELF_BILLED_IN, D.FULLY_APPROVED, NONE, "released"),
    "self-billed in disputed": (Kind.SELF_BILLED_IN, D.DISPUTED, NONE, "released"),
    "self-billed in refused": (Kind.SELF_BILLED_IN, D.REFUSED, NONE, "released"),
    "self-billed in deleted": (Kind.SELF_BILLED_IN, D.AWAITING_VALIDATION, NONE, "deleted"),
}


def side_of(state: str) -> str:
    return "sales" if STATES[state][0] in SALES_LIST else "purchase"


class Scene:
    """Bakkerij Janssens (`space`), its office, their people, documents by state; and another such pair."""

    def __init__(self):
        self._found = {}
        self.space, self.office = world.business(), world.partner()
        self.supplier, self.customer = einvoices.SELLER.name, "Café Het Anker BV"
        self.engagement = world.engaged(self.space, self.office)
        self.owner = world.member(self.space, email="owner@janssens.example")
        self.accountant = world.member(self.office, email="owner@delvaux.example")
        self.people = {role: world.member(self.space, role) for role in table.BUSINESS}
        self.people |= {name: world.member(self.office, name.split()[1]) for name in table.OFFICE}
        self._outsiders()
        self.integration = world.integration(self.space)
        self.office_integration = world.integration(self.space, engagement=self.engagement, name="Office folder")
        books = {"connector": "exact_online", "name": "Books", "active": False}
        self.books, self.office_books = (
            world.integration(self.space, engagement=engagement, config={"country": "be"}, **books)
            for engagement in (None, self.engagement)
        )
        self.template, self.second_template = (
            IntegrationTemplate.objects.create(office=self.office, connector="folder", name=name, config={"folder": ""})
            for name in ("Template", "Second template")
        )
        self.template_run = TemplateRun.objects.create(
            template=self.template, version=1, started_by=self.accountant, finished_at=timezone.now()
        )
        TemplateRow.objects.create(
            run=self.template_run,
            position=1,
            engagement=self.engagement,
            announced="another",
            outcome="not_done",
            settled_at=timezone.now(),
        )
        self.idle = world.integration(self.space, name="Idle", active=False)
        self.office_idle = world.integration(self.space, engagement=self.engagement, name="Idle too", active=False)
        # Without keys, so that nobody is called; what the network says of one participant is known.
        self.access_point = network.account(self.space, "peppyrus", secrets={})
        # Without a password, so that nobody is called.
        self.mailbox = Mailbox.objects.create(
            space=self.space,
            host="imap.example",
            user="facturen@janssens.example",
            done_folder="Done",
            refused_folder="Refused",
            is_active=True,
            activated_at=timezone.now(),
            test_passed=True,
        )
        ArrivedMail.objects.create(
            space=self.space, mailbox=self.mailbox, sha256="0" * 64, size=1, subject="A mail", outcome="ignored"
        )
        Reach.objects.create(scheme="0208", endpoint="0403019261", customization=PEPPOL_BILLING, can_receive=True)
        self.address, _token = InboundAddress.issue(space=self.space, name="Access point", by=self.owner)
        self.answer = NetworkAnswer.objects.create(
            space=self.space,
            source="peppol",
            message_id="m-1",
            subject="answer",
            code="UQ",
            number="A-999",
            sender="0208:0123456789",
            sha256=files.store(self.space.pk, b"<ApplicationResponse/>"),
            outcome="unmatched",
        )
        # Not in use, so that documents are approved as without routes; and for days that never come.
        self.route, self.second_route = (
            Route.objects.create(space=self.space, name=name, position=position, is_active=False)
            for position, name in enumerate(("Route", "Second route"), start=1)
        )
        Step.objects.create(route=self.route, number=1, role="PR")
        self.substitute = Substitute.objects.create(
            space=self.space,
            absent=self.people["PR"],
            substitute=self.people["PA"],
            first_day=date(2999, 1, 1),
            last_day=date(2999, 1, 2),
        )
        self.payments, self.documents, self.links = {}, {}, {}
        self.contacts = {
            "purchase": Contact.objects.create(
                space=self.space,
                name=einvoices.SELLER.name,
                is_supplier=True,
                self_billing=True,
                mandate_from=date(2020, 1, 1),
                email="molens@vermeulen.example",
            ),
            "sales": Contact.objects.create(
                space=self.space, name="Café Het Anker BV", is_customer=True, email="het@anker.example"
            ),
        }
        self.item = Item.objects.create(space=self.space, name="Sourdough", price=Decimal("4.50"), vat_rate=6)
        for number, state in enumerate(STATES, start=1):
            self.documents[state] = self._document(state, f"A-{number:03}")
        for side in ("purchase", "sales"):
            self.links[side] = self._credited(side)
            self._alike(side)
        self.questions = {side: self._asked(side) for side in ("purchase", "sales")}
        self.decisions = {side: self._decided(side) for side in ("purchase", "sales")}
        self.pause = Pause.objects.create(space=self.space, invoice=self.documents["sales processed"])
        self.letter = Letter.objects.create(
            space=self.space,
            kind=Letter.Kind.REMINDER,
            contact=self.contacts["sales"],
            recipient="wrong@anker.example",
            language="nl",
            state=LetterState.FAILED,
        )

    def _outsiders(self):
        ooms = world.business(slug="ooms", name="Bloemen Ooms BV", vat_id="BE0999999922", company_id="", endpoint_id="")
        fidu = world.partner(slug="fidu", name="Fidu Noord")
        world.engaged(ooms, fidu)
        asking = world.partner(slug="asking", name="Asking Accountants")
        earlier = world.partner(slug="earlier", name="Earlier Accountants")
        self.other, self.other_office, self.free_office = ooms, fidu, world.partner(slug="free", name="Free")
        self.free_business = world.business(slug="free-bv", name="Free BV", vat_id="")
        Status, Side = Engagement.Status, Engagement.Side
        self.asked = Engagement.objects.create(business=self.space, partner=asking, invited_side=Side.PARTNER)
        self.asking_client = Engagement.objects.create(
            business=self.free_business, partner=self.office, invited_side=Side.BUSINESS
        )
        self.ended = Engagement.objects.create(
            business=self.space,
            partner=earlier,
            invited_side=Side.BUSINESS,
            status=Status.ENDED,
            ended_at=timezone.now(),
        )
        inactive = world.user(email="left@janssens.example", name="Left", is_active=False)
        left = world.user(email="left@delvaux.example", name="Left too", is_active=False)
        none = world.user(email="none@janssens.example", name="None")
        Membership.objects.create(user=none, space=self.space, roles=[])
        self.people |= {
            "nobody": world.user(email="nobody@nowhere.example", name="Nobody"),
            "a member without a role": none,
            "an inactive member": world.member(self.space, person=inactive),
            "an inactive accountant": world.member(self.office, person=left),
            "a member of another business": world.member(ooms),
            "an accountant of another office": world.member(fidu),
            "an accountant who was only invited": world.member(asking),
            "an accountant after the end": world.member(earlier),
            "staff": world.user(email="staff@banqup.example", name="Staff", is_staff=True),
            "a superuser": world.user(email="root@banqup.example", name="Root", is_staff=True, is_superuser=True),
        }
        self.anonymous = AnonymousUser()

    def _asked(self, side):
        """The accountant asks about the unpaid document, and the owner asks back."""
        invoice = self.document(f"{side} unpaid")
        conversations.ask(invoice=invoice, text="May I book it?", by=self.owner, side=Side.BUSINESS)
        return conversations.ask(invoice=invoice, text="What is it for?", by=self.accountant, side=Side.PARTNER)

    def _document(self, state, number) -> Invoice:
        kind, status, delivery, facts = STATES[state]
        facts = facts.split()
        what = einvoices.document(number=number)
        if kind == Kind.SALES:
            customer = einvoices.party("Café Het Anker BV", einvoices.enterprise_number(4711))
            what = einvoices.document(number=number, seller=einvoices.BUYER, buyer=customer)
        elif kind == Kind.SELF_BILLED_IN:
            what = einvoices.self_billed(number=number, seller=einvoices.BUYER, buyer=einvoices.SELLER)
        elif kind == Kind.SELF_BILLED_OUT:
            what = einvoices.self_billed(number=number)
        now = timezone.now()
        contact = self.contacts["sales" if kind in SALES_LIST else "purchase"]
        invoice = Invoice.objects.create(
            space=self.space,
            kind=kind,
            channel="browser",
            document_status=status,
            delivery_status=delivery,
            data=content.to_json(what),
            report={"valid": True, "profile": "", "layers": [], "findings": []},
            number=number,
            issue_date=what.issue_date,
            due_date=date(2026, 1, 2) if "late" in facts else None,
            payable=what.payable,
            counterparty=contact,
            counterparty_name=contact.name,
            is_credit_note="credit" in facts,
            released_at=now if "released" in facts else None,
            content_sha256=files.digest(number.encode()) if "released" in facts else "",
            processed_at=now if "processed" in facts else None,
            accepted_at=now if "accepted" in facts else None,
            wont_be_paid_at=now if "closed" in facts else None,
            deleted_at=now if "deleted" in facts else None,
            error_count=1 if "nameless" in facts else 0,
        )
        # A person completed it, so the e-invoice is made from the data.
        journal.record(invoice, Verb.SAVED, by=self.owner)
        if {"part", "paid"} & set(facts):
            self.payments[state] = self._pay(invoice, what.payable if "paid" in facts else Decimal("20.00"))
        if "unpaid" in facts:
            payments.mark_as_unpaid(invoice=invoice, by=self.owner)
        return Invoice.objects.get(pk=invoice.pk)

    def _pay(self, invoice, amount) -> Payment:
        payment = Payment.objects.create(
            space=self.space, amount=amount, currency="EUR", paid_on=date(2026, 11, 1), recorded_by=self.owner
        )
        ledger.allocate(payment=payment, invoice=invoice, amount=amount)
        invoice.save()
        return payment

    def _credited(self, side):
        """The credit note of the list has settled a little of its processed invoice."""
        note, invoice = self.documents[f"{side} credit note"], self.documents[f"{side} processed"]
        allocation = ledger.credit(credit_note=note, invoice=invoice, amount=Decimal("5.00"), by=self.owner)
        note.save(), invoice.save()
        return allocation

    def _alike(self, side):
        """The document that waits says the same as the one that is unpaid."""
        twin, waiting = self.documents[f"{side} unpaid"], self.documents[f"{side} awaiting twin"]
        key = numbers.key(twin.number)
        Invoice.objects.filter(pk=twin.pk).update(number_key=key)
        Invoice.objects.filter(pk=waiting.pk).update(number=twin.number, number_key=key, possible_duplicate_of=twin)

    def _decided(self, side):
        """Somebody has said that these two are not one."""
        pair = (self.documents[f"{side} processed"], self.documents[f"{side} disputed"])
        return DuplicateDecision.objects.create(first=pair[0], second=pair[1], decided_by=self.owner)

    def run(self, space, task, by) -> BulkRun:
        """A bulk run over one document, which waits for its worker."""
        document = self.documents["purchase unpaid"]
        run, _new = queue.write(space=space, task=task, seen={document.pk: 1}, by=by, list_url="/")
        return run

    def document(self, state) -> Invoice:
        """The document as a view finds it: looked up once in a test, and a copy of that for each who asks.

        What a test does it takes back before it asks again, so the row is what it was.
        """
        if state not in self._found:
            self._found[state] = Invoice.objects.select_related("space").get(pk=self.documents[state].pk)
        found = copy.copy(self._found[state])
        found.space = copy.copy(found.space)
        return found

    def forget(self) -> "Scene":
        """The rows may have changed since they were looked up."""
        self._found.clear()
        return self

    def with_files(self, state) -> "Belongings":
        return Belongings(self, state)


class Belongings:
    """Everything that hangs on one document: file, page, receipt, export with an attempt, payment."""

    def __init__(self, scene, state):
        invoice = self.invoice = scene.documents[state]
        data = paper.pdf(einvoices.document(number=invoice.number))
        sha256 = files.store(scene.space.pk, data)
        self.file = Attachment.objects.create(
            invoice=invoice,
            role=Attachment.Role.ORIGINAL,
            filename="scan.pdf",
            mime_type="application/pdf",
            size=len(data),
            sha256=sha256,
        )
        self.receipt = Receipt.objects.create(
            space=scene.space,
            direction=side_of(state),
            channel="browser",
            filename="scan.pdf",
            size=len(data),
            sha256=sha256,
            outcome=Receipt.Outcome.DOCUMENT,
            invoice=invoice,
            judged_at=timezone.now(),
        )
        self.export, self.office_export = (
            Export.objects.create(
                invoice=invoice,
                integration=to,
                content_sha256=invoice.content_sha256,
                state=ExportState.FAILED,
                settled_at=timezone.now(),
            )
            for to in (scene.integration, scene.office_integration)
        )
        for export in (self.export, self.office_export):
            ExportAttempt.objects.create(export=export, number=1, outcome="failed")
        self.payment = scene._pay(invoice, Decimal("1.00"))
        other = scene.documents[f"{side_of(state)} fully paid"]
        first, second = sorted((invoice, other), key=lambda document: document.pk)
        self.decision = DuplicateDecision.objects.create(first=first, second=second, decided_by=scene.owner)
        note = scene.documents[f"{side_of(state)} credit note"]
        self.allocation = ledger.credit(credit_note=note, invoice=invoice, amount=Decimal("1.00"), by=scene.owner)
        note.save(), invoice.save()


READING = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK")


@contextmanager
def written():
    """Yields the list of the statements inside that are no reading: where it stays empty, every row is what it was."""
    statements = []

    def note(execute, sql, params, many, context):
        if not sql.startswith(READING):
            statements.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield statements


def facts() -> dict:
    """Every row of the product's own tables."""
    ours = [
        model for config in apps.get_app_configs() if config.name.startswith("banqup") for model in config.get_models()
    ]
    return {model.__name__: _rows(model) for model in ours}


def _rows(model) -> list[tuple]:
    """As the database holds them: nothing is parsed."""
    fields = [field for field in model._meta.concrete_fields if field.name not in ("last_login", "password")]
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    table_name, key = (connection.ops.quote_name(name) for name in (model._meta.db_table, model._meta.pk.column))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {table_name} ORDER BY {key}")
        return cursor.fetchall()
