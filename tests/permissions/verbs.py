"""Every verb of `banqup.actions` with arguments that are right, so that only the person or the state can be wrong."""

import contextlib
import functools
import io
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal

from django.db import transaction
from pypdf import PdfWriter

from banqup.actions import (
    approval,
    assignment,
    attaching,
    backfill,
    bookkeeping,
    conversations,
    crediting,
    customers,
    disputes,
    drafts,
    duplicates,
    engagements,
    exports,
    hearing,
    issuing,
    items,
    letters,
    newcomers,
    payments,
    people,
    recycle,
    reissuing,
    reminding,
    routes,
    sales,
    selfbilling,
    series,
    splitting,
    transmitting,
    withdrawal,
)
from banqup.actions.refusals import NotPossible
from banqup.conversations.models import Side as ConversationSide
from banqup.invoices import files
from banqup.invoices.models import Attachment
from banqup.spaces.models import Engagement
from business_space.demo import paper
from integrations import access_point_setup, lists, mailbox_setup, office_templates, reaching, setup, template_runs
from integrations.booking import Mapping
from integrations.template_plans import Kind
from integrations.template_runs import Chosen
from tests.factories import einvoices

from .scene import Scene, side_of

ONE = Decimal("1.00")


@contextmanager
def taken_back():
    """What happens inside did not happen."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _save(scene, invoice, by):
    document = invoice.document if invoice.data else einvoices.document()
    return approval.save(invoice=invoice, document=document, by=by, version=invoice.version)


def _approve(scene, invoice, by):
    return approval.approve(invoice=invoice, by=by, delivered_elsewhere=True, note="Settled")


def _assign(scene, invoice, by):
    return assignment.assign_approver(invoice=invoice, approver=scene.people["PR"], by=by)


def _refuse(scene, invoice, by):
    return disputes.refuse(invoice=invoice, reason="price", by=by, confirmed=True)


def _pay(scene, invoice, by):
    return payments.record_payment(invoice=invoice, amount=ONE, paid_on=date(2026, 11, 20), by=by)


def _undo_payment(scene, invoice, by):
    state = next(state for state, document in scene.documents.items() if document.pk == invoice.pk)
    return payments.undo_payment(payment=scene.payments[state], by=by)


def _link(scene, invoice, by):
    side = "sales" if invoice.is_sales else "purchase"
    if invoice.is_credit_note:
        return crediting.link(credit_note=invoice, invoice=scene.document(f"{side} unpaid"), by=by, amount=ONE)
    return crediting.link(credit_note=scene.document(f"{side} credit note"), invoice=invoice, by=by, amount=ONE)


def _unlink(scene, invoice, by):
    return crediting.unlink(allocation=scene.links["sales" if invoice.is_sales else "purchase"], by=by)


def _twins(verb):
    def call(scene, invoice, by):
        side = "sales" if invoice.is_sales else "purchase"
        return verb(invoice=invoice, twin=scene.document(f"{side} unpaid"), by=by)

    return call


def _undo_decision(scene, invoice, by):
    return duplicates.undo(decision=scene.decisions["sales" if invoice.is_sales else "purchase"], by=by)


def _resend(scene, invoice, by):
    in_office = by.pk is not None and by.memberships.filter(space=scene.office).exists()
    to = scene.office_integration if in_office else scene.integration
    return exports.resend(invoice=invoice, integrations=[to], by=by)


def _side(scene, by):
    in_office = by.pk is not None and by.memberships.filter(space=scene.office).exists()
    return ConversationSide.PARTNER if in_office else ConversationSide.BUSINESS


def _comment(scene, invoice, by):
    return conversations.comment(invoice=invoice, text="Hello", by=by, side=_side(scene, by))


def _ask(scene, invoice, by):
    return conversations.ask(invoice=invoice, text="Hello?", by=by, side=_side(scene, by))


def _talk(scene, invoice, by):
    return conversations.carry_out(invoice=invoice, posted={"text": "Hello"}, by=by, side=_side(scene, by))


def _question(scene, invoice):
    return scene.questions["sales" if invoice.is_sales else "purchase"]


@functools.cache
def _pile() -> bytes:
    """The scene's papers have one page: this one has two."""
    pile, writer = io.BytesIO(), PdfWriter()
    for _page in range(2):
        writer.append(io.BytesIO(paper.pdf(einvoices.document())))
    writer.write(pile)
    return pile.getvalue()


def _split(scene, invoice, by):
    sha256 = files.store(invoice.space_id, _pile())
    role = Attachment.Role.ORIGINAL
    values = {
        "filename": "pile.pdf",
        "mime_type": "application/pdf",
        "size": len(_pile()),
        "sha256": sha256,
        "pages": 2,
    }
    with transaction.atomic():  # who is refused leaves nothing of this behind
        Attachment.objects.update_or_create(invoice=invoice, role=role, defaults=values)
        return splitting.split(invoice=invoice, starts=[2], by=by)


def _undo_split(scene, invoice, by):
    with contextlib.suppress(NotPossible):  # the right is asked first; in the scene nothing was split
        splitting.undo_split(invoice=invoice, by=by)


def _keep_draft(scene, invoice, by):
    return drafts.save(
        invoice=invoice,
        document=replace(invoice.document, notes=("Kept",)),
        contact=invoice.counterparty,
        by=by,
        version=invoice.version,
    )


def _detach(scene, invoice, by):
    with transaction.atomic():
        added = {
            "filename": "a.csv",
            "mime_type": "text/csv",
            "size": 3,
            "sha256": files.store(invoice.space_id, b"a,b"),
        }
        attachment = Attachment.objects.create(invoice=invoice, role=Attachment.Role.APPENDIX, **added)
        return drafts.detach(invoice=invoice, attachment=attachment, by=by)


def _draft_stands_alone(scene, invoice, by):
    with contextlib.suppress(NotPossible):  # the right is asked first; the scene's drafts are invoices
        drafts.set_stands_alone(invoice=invoice, stands_alone=True, by=by)


def _copy(scene, invoice, by):
    return drafts.start(space=invoice.space, kind=invoice.kind, credit_note=invoice.is_credit_note, like=invoice, by=by)


DOCUMENTS = {
    "keep_draft": _keep_draft,
    "detach": _detach,
    "draft_stands_alone": _draft_stands_alone,
    "send": lambda scene, invoice, by: issuing.send(invoice=invoice, delivered_elsewhere=True, by=by),
    "copy_document": _copy,
    "make_credit_note": lambda scene, invoice, by: drafts.credit(invoice=invoice, by=by),
    "save": _save,
    "attach": lambda scene, invoice, by: attaching.attach(invoice=invoice, data=b"a,b", filename="a.csv", by=by),
    "split": _split,
    "undo_split": _undo_split,
    "approve": _approve,
    "assign": _assign,
    "dispute": lambda scene, invoice, by: disputes.dispute(invoice=invoice, reason="price", by=by),
    "refuse": _refuse,
    "resolve": lambda scene, invoice, by: disputes.resolve(invoice=invoice, note="Settled", by=by),
    "withdraw": lambda scene, invoice, by: withdrawal.withdraw_approval(invoice=invoice, by=by),
    "delete": lambda scene, invoice, by: recycle.delete(invoice=invoice, by=by),
    "restore": lambda scene, invoice, by: recycle.restore(invoice=invoice, by=by),
    "record_payment": _pay,
    "undo_payment": _undo_payment,
    "link": _link,
    "unlink": _unlink,
    "mark_unpaid": lambda scene, invoice, by: payments.mark_as_unpaid(invoice=invoice, by=by),
    "paid_again": lambda scene, invoice, by: payments.mark_as_paid_again(invoice=invoice, by=by),
    "stands_alone": lambda scene, invoice, by: crediting.set_stands_alone(
        credit_note=invoice, stands_alone=True, by=by
    ),
    "mark_as_duplicate": _twins(duplicates.mark_as_duplicate),
    "mark_as_another": _twins(duplicates.mark_as_another),
    "undo_decision": _undo_decision,
    "record_answer": lambda scene, invoice, by: any_answer(invoice, by),
    "match_answer": lambda scene, invoice, by: hearing.match(answer=scene.answer, invoice=invoice, by=by),
    "resend_customer": lambda scene, invoice, by: transmitting.resend(invoice=invoice, by=by),
    "mark_received": lambda scene, invoice, by: transmitting.mark_received(invoice=invoice, by=by),
    "send_copy": lambda scene, invoice, by: letters.send_copy(invoice=invoice, to="to@anker.example", by=by),
    "remind": lambda scene, invoice, by: reminding.remind(invoice=invoice, by=by),
    "reissue": lambda scene, invoice, by: reissuing.reissue(invoice=invoice, by=by),
    "wont_be_paid": lambda scene, invoice, by: sales.mark_wont_be_paid(invoice=invoice, reason="insolvent", by=by),
    "mark_resolved": lambda scene, invoice, by: sales.mark_as_resolved(invoice=invoice, note="Settled", by=by),
    "resend": _resend,
    "mark_as_processed": lambda scene, invoice, by: bookkeeping.mark_as_processed(invoice=invoice, by=by),
    "undo_processed": lambda scene, invoice, by: bookkeeping.undo_processed(invoice=invoice, by=by),
    "comment": _comment,
    "ask": _ask,
    "talk": _talk,
    "answer_question": lambda scene, invoice, by: conversations.answer(
        question=_question(scene, invoice), text="Hello", by=by
    ),
    "close_question": lambda scene, invoice, by: conversations.close_question(
        question=_question(scene, invoice), by=by
    ),
}


def any_answer(invoice, by):
    """An answer that fits: a refusal fits wherever one fits, except where the customer only may accept."""
    return sales.record_answer(invoice=invoice, answer="refused", reason="price", by=by)


def _plain(states):
    return [state.strip() for state in states.split(",")]


# Where each verb is possible for whoever may.
POSSIBLE = {
    "keep_draft": _plain("sales draft, self-billed out draft"),
    "detach": _plain("sales draft, self-billed out draft"),
    "draft_stands_alone": _plain("sales draft, self-billed out draft"),
    "send": _plain("sales draft, self-billed out draft"),
    "copy_document": _plain("sales draft, sales unpaid, sales refused, self-billed out unpaid"),
    "make_credit_note": _plain("sales unpaid, sales refused, sales won't be paid, self-billed out unpaid"),
    "save": _plain("purchase awaiting, purchase validated, sales awaiting, self-billed out awaiting, self-billed in awaiting"),
    "attach": _plain("purchase awaiting, purchase unpaid, sales awaiting, sales unpaid"),
    "split": _plain("purchase awaiting, sales awaiting"),
    "undo_split": _plain("purchase deleted, sales deleted"),
    "approve": _plain("purchase awaiting, purchase validated, purchase disputed at once, sales awaiting, self-billed in awaiting"),
    "assign": _plain("purchase awaiting, purchase validated, self-billed out awaiting"),
    "dispute": _plain("purchase awaiting, purchase unpaid, purchase partly paid, purchase fully paid, self-billed in unpaid"),
    "refuse": _plain("purchase awaiting, purchase unpaid, purchase partly paid, purchase disputed, self-billed in disputed"),
    "resolve": _plain("purchase disputed, purchase disputed at once, purchase refused, self-billed in disputed, self-billed in refused"),
    "withdraw": _plain("purchase unpaid, self-billed in unpaid"),
    "delete": _plain("purchase awaiting, purchase validated, sales awaiting, sales draft, self-billed out awaiting, "
                     "self-billed in awaiting"),
    "restore": _plain("purchase deleted, sales deleted, self-billed in deleted"),
    "record_payment": _plain("purchase awaiting, purchase unpaid, purchase partly paid, sales awaiting, sales unpaid, sales won't be paid"),
    "undo_payment": _plain("purchase partly paid, purchase fully paid, sales partly paid, sales fully paid"),
    "link": _plain("purchase unpaid, purchase partly paid, sales unpaid, sales partly paid"),
    "unlink": _plain("purchase processed, sales processed"),
    "mark_unpaid": _plain("purchase partly paid, purchase fully paid, sales partly paid, sales fully paid"),
    "paid_again": _plain("purchase marked unpaid, sales marked unpaid"),
    "stands_alone": _plain("purchase credit note awaiting, sales credit note awaiting"),
    "mark_as_duplicate": _plain("purchase awaiting twin, sales awaiting twin"),
    "mark_as_another": _plain("purchase awaiting twin, sales awaiting twin"),
    "undo_decision": _plain("purchase disputed, sales disputed"),
    "record_answer": _plain("sales unpaid, sales accepted, sales partly paid, sales fully paid, sales disputed"),
    "match_answer": _plain("sales unpaid, sales accepted, sales refused, self-billed out unpaid"),
    "resend_customer": _plain("sales undelivered, self-billed out unpaid"),
    "mark_received": _plain("sales unpaid, sales undelivered, self-billed out unpaid"),
    "send_copy": _plain("sales unpaid, sales fully paid, sales refused, self-billed out unpaid"),
    "remind": _plain("sales overdue"),
    "reissue": _plain("sales refused, sales undelivered"),
    "wont_be_paid": _plain("sales unpaid, sales accepted, sales partly paid, sales disputed, sales refused, self-billed in unpaid"),
    "mark_resolved": _plain("sales disputed, sales refused, sales won't be paid"),
    "resend": _plain("purchase unpaid, purchase fully paid, purchase disputed, purchase refused, sales unpaid, sales won't be paid"),
    "mark_as_processed": _plain("purchase unpaid, purchase fully paid, purchase disputed, sales unpaid, sales refused"),
    "undo_processed": _plain("purchase processed, sales processed"),
    "comment": _plain("purchase awaiting, purchase unpaid, sales awaiting, sales refused"),
    "ask": _plain("purchase awaiting, purchase processed, sales awaiting, sales refused"),
    "talk": _plain("purchase unpaid, sales unpaid"),
    "answer_question": _plain("purchase unpaid, sales unpaid"),
    "close_question": _plain("purchase unpaid, sales unpaid"),
}  # fmt: skip

CASES = [(verb, side) for verb, states in POSSIBLE.items() for side in sorted({side_of(state) for state in states})]


def _member(scene, role):
    return scene.people[role].memberships.get()


def _setup(verb, attribute):
    return lambda scene, by: verb(integration=getattr(scene, attribute), by=by)


def _add_integration(scene, by, engagement=None):
    return setup.add(space=scene.space, engagement=engagement, connector="folder", name="New", by=by)


def _configure(integration, by):
    return setup.configure(integration=integration, cleaned={}, by=by)


def _rename(integration, by):
    return setup.rename(integration=integration, name="Renamed", by=by)


def _map_booking(integration, by):
    return lists.keep_mapping(integration=integration, mapping=Mapping(), by=by)


_ROUTE = routes.WantedRoute(name="Made", steps=(routes.WantedStep(role="PR"),))

SPACES = {
    "add a person": lambda s, by: people.add(space=s.space, email="new@janssens.example", roles=["PR"], by=by),
    "change roles": lambda s, by: people.change_roles(member=_member(s, "AUD"), roles=["ADM"], by=by),
    "remove a person": lambda s, by: people.remove(member=_member(s, "AUD"), by=by),
    "open an inbound address": lambda s, by: people.open_inbound_address(space=s.space, name="x", by=by),
    "revoke an inbound address": lambda s, by: people.revoke_inbound_address(address=s.address, by=by),
    "agree on self-billing": lambda s, by: selfbilling.agree(
        contact=s.contacts["purchase"], self_billing=False, since=None, until=None, by=by
    ),
    "begin a draft": lambda s, by: drafts.start(space=s.space, by=by),
    "begin a self-billed draft": lambda s, by: drafts.start(space=s.space, kind="self_billed_out", by=by),
    "add a customer on the way": lambda s, by: newcomers.add(space=s.space, name="New", by=by),
    "add a supplier on the way": lambda s, by: newcomers.add(space=s.space, name="New", supplier=True, by=by),
    "keep an item": lambda s, by: items.save(space=s.space, name="Rye", by=by),
    "stop offering an item": lambda s, by: items.offer(item=s.item, offered=False, by=by),
    "number by a pattern": lambda s, by: series.change(space=s.space, purpose="invoice", pattern="F{####}", by=by),
    "make a route": lambda s, by: routes.save_route(space=s.space, wanted=_ROUTE, by=by),
    "change a route": lambda s, by: routes.save_route(space=s.space, wanted=_ROUTE, route=s.route, by=by),
    "move a route": lambda s, by: routes.move_route(route=s.second_route, up=True, by=by),
    "switch a route": lambda s, by: routes.switch_route(route=s.route, active=True, by=by),
    "add a substitute": lambda s, by: routes.add_substitute(
        space=s.space,
        absent=s.people["PR"],
        substitute=s.people["PA"],
        first_day=s.space.today(),
        last_day=s.space.today(),
        by=by,
    ),
    "remove a substitute": lambda s, by: routes.remove_substitute(substitute=s.substitute, by=by),
    "delegate approval": lambda s, by: engagements.delegate_approval(engagement=s.engagement, delegate=True, by=by),
    "invite an accountant": lambda s, by: engagements.invite(
        business=s.space, partner=s.free_office, side=Engagement.Side.BUSINESS, by=by
    ),
    "answer an accountant": lambda s, by: engagements.answer(engagement=s.asked, accept=False, by=by),
    "add an integration": lambda s, by: _add_integration(s, by),
    "configure an integration": _setup(_configure, "integration"),
    "test an integration": _setup(setup.test, "integration"),
    "activate an integration": _setup(setup.activate, "idle"),
    "deactivate an integration": _setup(setup.deactivate, "integration"),
    "rename an integration": _setup(_rename, "integration"),
    "map a booking": _setup(_map_booking, "books"),
    "send what an integration misses": lambda s, by: backfill.send_missing(
        space=s.space, integration=s.integration, by=by
    ),
    "send what the accountant's integration misses": lambda s, by: backfill.send_missing(
        space=s.space, integration=s.office_integration, by=by
    ),
    "send what an integration of the office misses": lambda s, by: backfill.send_missing(
        space=s.office, integration=s.office_integration, by=by
    ),
    "add a person to the office": lambda s, by: people.add(
        space=s.office, email="new@delvaux.example", roles=["ACC"], by=by
    ),
    "change roles in the office": lambda s, by: people.change_roles(
        member=_member(s, "office CM"), roles=["ADM"], by=by
    ),
    "remove a person from the office": lambda s, by: people.remove(member=_member(s, "office CM"), by=by),
    "invite a client": lambda s, by: engagements.invite(
        business=s.other, partner=s.office, side=Engagement.Side.PARTNER, by=by
    ),
    "answer a client": lambda s, by: engagements.answer(engagement=s.asking_client, accept=True, by=by),
    "end the engagement": lambda s, by: engagements.end(engagement=s.engagement, by=by),
    "add an integration of the office": lambda s, by: _add_integration(s, by, s.engagement),
    "configure an integration of the office": _setup(_configure, "office_integration"),
    "test an integration of the office": _setup(setup.test, "office_integration"),
    "activate an integration of the office": _setup(setup.activate, "office_idle"),
    "deactivate an integration of the office": _setup(setup.deactivate, "office_integration"),
    "rename an integration of the office": _setup(_rename, "office_integration"),
    "make a template": lambda s, by: office_templates.make(
        office=s.office, connector="folder", name="Made", cleaned={"folder": "", "pattern": "{number}"}, by=by
    ),
    "make a template of an integration": lambda s, by: office_templates.make_from(
        integration=s.office_integration, name="Made", by=by
    ),
    "change a template": lambda s, by: office_templates.change(
        template=s.template, name="Changed", cleaned={"folder": "", "pattern": "{number}"}, by=by
    ),
    "remove a template": lambda s, by: office_templates.remove(template=s.second_template, by=by),
    "apply a template": lambda s, by: template_runs.start(
        template=s.second_template, version=1, chosen=[Chosen(s.engagement, Kind.ANOTHER, {})], activate=True, by=by
    ),
    "apply a template again": lambda s, by: template_runs.again(run=s.template_run, by=by),
    "stop applying a template": lambda s, by: template_runs.stop(run=s.template_run, by=by),
    "map a booking of the office": _setup(_map_booking, "office_books"),
}

SPACES |= {
    "keep a customer": lambda s, by: customers.save(space=s.space, contact=s.contacts["sales"], name="Kept", by=by),
    "keep a supplier": lambda s, by: customers.save(space=s.space, contact=s.contacts["purchase"], name="Kept", by=by),
    "plan reminders": lambda s, by: reminding.keep_plan(space=s.space, is_active=True, days=[5], by=by),
    "keep the words of a reminder": lambda s, by: reminding.keep_text(
        space=s.space, step=1, language="nl", subject="Kept", body="{documents}", by=by
    ),
    "pause reminders": lambda s, by: reminding.pause(space=s.space, contact=s.contacts["sales"], by=by),
    "go on with reminders": lambda s, by: reminding.resume(pause=s.pause, by=by),
    "mail a statement": lambda s, by: letters.send_statement(
        contact=s.contacts["sales"], since=s.space.today(), until=s.space.today(), to="to@anker.example", by=by
    ),
    "try a letter again": lambda s, by: letters.again(letter=s.letter, by=by),
    "add an access point": lambda s, by: access_point_setup.add(space=s.space, provider="peppyrus", by=by),
    "configure an access point": lambda s, by: access_point_setup.configure(
        account=s.access_point, cleaned={"network": "test"}, by=by
    ),
    "test an access point": lambda s, by: access_point_setup.test(account=s.access_point, by=by),
    "activate an access point": lambda s, by: access_point_setup.activate(account=s.access_point, by=by),
    "deactivate an access point": lambda s, by: access_point_setup.deactivate(account=s.access_point, by=by),
    "make the address of an access point": lambda s, by: access_point_setup.new_address(account=s.access_point, by=by),
    "add a mailbox": lambda s, by: mailbox_setup.add(
        space=s.space, cleaned={**mailbox_setup.form(s.mailbox).initial, "password": "secret"}, by=by
    ),
    "configure a mailbox": lambda s, by: mailbox_setup.configure(
        mailbox=s.mailbox, cleaned={**mailbox_setup.form(s.mailbox).initial, "folder": "Kept"}, by=by
    ),
    "test a mailbox": lambda s, by: mailbox_setup.test(mailbox=s.mailbox, by=by),
    "activate a mailbox": lambda s, by: mailbox_setup.activate(mailbox=s.mailbox, by=by),
    "deactivate a mailbox": lambda s, by: mailbox_setup.deactivate(mailbox=s.mailbox, by=by),
    "forget a mailbox": lambda s, by: mailbox_setup.forget(mailbox=s.mailbox, by=by),
    "ask who can be reached": lambda s, by: reaching.look_up(space=s.space, participant="0208:0403019261", by=by),
}
SPACES["set an answer aside"] = lambda s, by: hearing.set_aside(answer=s.answer, by=by)

# Functions with a `by` that are no doors: they are called by a verb that has asked already.
INNER = {
    "approval.turn",
    "rights.require",
    "alerts.paid_while_refused",
    "alerts.refused_after_processing",
    "conversations.close_with",
    "conversations.require",
    "people.require",
    "crediting.stop_counting",
    "disputes.keep",
    "exports.reachable",
    "transmitting.enqueue",
    "transmitting.arrived",
    "invitations.send",
    "intake.receive",
    "release.freeze",
    "release.publish",
}
DOORS = {
    "drafts.start",
    "drafts.credit",
    "drafts.save",
    "drafts.detach",
    "drafts.set_stands_alone",
    "issuing.send",
    "items.save",
    "items.offer",
    "newcomers.add",
    "series.change",
    "attaching.attach",
    "splitting.split",
    "splitting.undo_split",
    "backfill.send_missing",
    "bulk.start",
    "bulk.stop",
    "approval.save",
    "approval.approve",
    "assignment.assign_approver",
    "conversations.answer",
    "conversations.ask",
    "conversations.carry_out",
    "conversations.close_question",
    "conversations.comment",
    "disputes.dispute",
    "disputes.refuse",
    "disputes.resolve",
    "withdrawal.withdraw_approval",
    "recycle.delete",
    "recycle.restore",
    "payments.record_payment",
    "payments.undo_payment",
    "crediting.link",
    "crediting.unlink",
    "crediting.set_stands_alone",
    "duplicates.mark_as_duplicate",
    "duplicates.mark_as_another",
    "duplicates.undo",
    "payments.mark_as_unpaid",
    "payments.mark_as_paid_again",
    "selfbilling.agree",
    "hearing.match",
    "hearing.set_aside",
    "transmitting.resend",
    "transmitting.mark_received",
    "customers.save",
    "letters.again",
    "letters.send_copy",
    "letters.send_statement",
    "reissuing.reissue",
    "reminding.keep_plan",
    "reminding.keep_text",
    "reminding.pause",
    "reminding.remind",
    "reminding.resume",
    "sales.record_answer",
    "sales.mark_wont_be_paid",
    "sales.mark_as_resolved",
    "exports.resend",
    "bookkeeping.mark_as_processed",
    "bookkeeping.undo_processed",
    "people.add",
    "people.change_roles",
    "people.remove",
    "people.open_inbound_address",
    "people.revoke_inbound_address",
    "engagements.invite",
    "engagements.answer",
    "engagements.end",
    "engagements.delegate_approval",
    "routes.save_route",
    "routes.move_route",
    "routes.switch_route",
    "routes.add_substitute",
    "routes.remove_substitute",
}

__all__ = ["CASES", "DOCUMENTS", "DOORS", "INNER", "POSSIBLE", "SPACES", "Scene", "taken_back"]
