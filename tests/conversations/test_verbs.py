"""Comment, ask, answer and close: who may, who reads it, and what the history keeps."""

import hashlib

import pytest

from banqup.actions import conversations, engagements, recycle
from banqup.actions.refusals import NotAllowed, NotPossible
from banqup.conversations import threads
from banqup.conversations.models import Asks, Audience, Comment, Side
from banqup.invoices import journal
from banqup.invoices.history import timeline
from banqup.invoices.models import Invoice
from banqup.invoices.statuses import DocumentStatus, Kind
from banqup.spaces.models import Engagement
from tests.factories import world
from tests.partner_space.helpers import undecided

pytestmark = pytest.mark.django_db
BUSINESS, PARTNER = Side.BUSINESS, Side.PARTNER


def read_by(invoice, side, office=None):
    comments = threads.readable(side=side, office=office).filter(invoice=invoice)
    return [comment.text for comment in comments.order_by("id")]


def test_a_comment_is_read_by_both_sides_and_kept_in_the_history(invoice, an, office):
    version = invoice.version
    said = conversations.comment(invoice=invoice, text=" Paid in cash.\r\nNo receipt. ", by=an, side=BUSINESS)
    text = "Paid in cash.\nNo receipt."
    assert read_by(invoice, BUSINESS) == read_by(invoice, PARTNER, office) == [text]
    event = invoice.events.first()
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert (event.verb, event.actor, event.data) == (
        "commented",
        an,
        {"comment": said.pk, "side": "business", "sha256": digest},
    )
    assert Invoice.objects.get(pk=invoice.pk).version == version
    assert list(journal.broken_links()) == []


def test_a_note_for_ones_own_side_stays_there(invoice, an, sofie, office):
    conversations.comment(invoice=invoice, text="Ask the boss", by=an, side=BUSINESS, audience=Audience.OWN)
    conversations.comment(invoice=invoice, text="Looks private", by=sofie, side=PARTNER, audience=Audience.OWN)
    assert read_by(invoice, BUSINESS) == ["Ask the boss"]
    assert read_by(invoice, PARTNER, office) == ["Looks private"]
    assert [event.verb for event in invoice.events.all()[:2]] == ["noted", "noted"]
    assert "Note" not in str(timeline(invoice))


def test_the_next_accountant_reads_what_was_shared_and_never_the_former_ones_notes(invoice, engagement, sofie, an):
    conversations.comment(invoice=invoice, text="Private?", by=sofie, side=PARTNER, audience=Audience.OWN)
    conversations.comment(invoice=invoice, text="Booked as 604", by=sofie, side=PARTNER)
    owner = world.member(invoice.space, "ADM")
    engagements.end(engagement=engagement, by=owner)
    later = world.partner(slug="fidu", name="Fidu Noord")
    world.engaged(invoice.space, later)
    assert read_by(invoice, PARTNER, later) == ["Booked as 604"]
    assert read_by(invoice, BUSINESS) == ["Booked as 604"]
    with pytest.raises(NotAllowed):
        conversations.comment(invoice=invoice, text="One more thing", by=sofie, side=PARTNER)


def test_an_answer_closes_the_question(invoice, question, an, office):
    assert threads.waiting_for_client(office).get() == question
    said = conversations.answer(question=question, text="For the shop.", by=an)
    question.refresh_from_db()
    assert (said.side, said.answers, said.asks) == (BUSINESS, question, Asks.NOTHING)
    assert (question.is_open, question.closed_by) == (False, an)
    assert not threads.waiting_for_client(office).exists()
    told = [(event["who"], event["what"]) for event in timeline(invoice)[:2]]
    assert told == [("An Janssens", "answered a question"), ("Sofie Delvaux", "asked the client")]
    with pytest.raises(NotPossible, match="closed already"):
        conversations.answer(question=question, text="Again.", by=an)


def test_the_business_asks_and_the_accountant_answers(invoice, an, sofie, office):
    asked = conversations.ask(invoice=invoice, text="May I pay it?", by=an, side=BUSINESS)
    assert threads.asked_of_accountant(office).get() == asked
    with pytest.raises(NotAllowed):
        conversations.answer(question=asked, text="Yes", by=an)
    conversations.answer(question=asked, text="Yes", by=sofie)
    assert not threads.asked_of_accountant(office).exists()


def test_the_asking_side_closes_its_question_without_an_answer(question, an, sofie, office):
    with pytest.raises(NotAllowed):
        conversations.close_question(question=question, by=an)
    conversations.close_question(question=question, by=sofie)
    assert not threads.waiting_for_client(office).exists()
    with pytest.raises(NotPossible, match="closed already"):
        conversations.close_question(question=question, by=sofie)


def test_the_end_of_an_engagement_closes_its_questions(question, engagement):
    owner = world.member(question.space, "ADM")
    engagements.end(engagement=engagement, by=owner)
    question.refresh_from_db()
    assert (question.is_open, question.closed_by) == (False, owner)
    assert question.invoice.events.first().verb == "question_closed"
    assert engagement.__class__.objects.get().status == Engagement.Status.ENDED


def test_nobody_asks_an_accountant_who_is_not_there(bakery, an):
    invoice = undecided(bakery)
    with pytest.raises(NotPossible, match="no accountant"):
        conversations.ask(invoice=invoice, text="Hello?", by=an, side=BUSINESS)
    conversations.comment(invoice=invoice, text="For later", by=an, side=BUSINESS)
    assert Comment.objects.get().partner is None


@pytest.mark.parametrize(("role", "side"), [("AUD", BUSINESS), ("CM", PARTNER), ("ADM", PARTNER), ("PR", PARTNER)])
def test_who_may_not_comment(invoice, role, side):
    space = invoice.space if role in ("AUD", "PR") else invoice.space.active_engagement().partner
    somebody = world.member(space, role)
    with pytest.raises(NotAllowed):
        conversations.comment(invoice=invoice, text="x", by=somebody, side=side)
    assert not Comment.objects.exists()


def test_an_accountant_does_not_see_drafts(bakery, engagement, sofie):
    draft = undecided(bakery, kind=Kind.SALES, status=DocumentStatus.DRAFT)
    with pytest.raises(NotAllowed):
        conversations.ask(invoice=draft, text="x", by=sofie, side=PARTNER)


@pytest.mark.parametrize(("text", "words"), [(" \n ", "Write something"), ("x" * 4001, "at most 4000")])
def test_a_comment_has_something_to_say_and_an_end(invoice, an, text, words):
    with pytest.raises(NotPossible, match=words):
        conversations.comment(invoice=invoice, text=text, by=an, side=BUSINESS)


def test_nothing_is_said_about_what_lies_in_the_recycle_bin(bakery, an):
    invoice = undecided(bakery)
    recycle.delete(invoice=invoice, by=an)
    with pytest.raises(NotPossible, match="recycle bin"):
        conversations.comment(invoice=invoice, text="x", by=an, side=BUSINESS)


def test_what_was_said_is_never_changed_or_deleted(question):
    with pytest.raises(TypeError):
        question.save()
    with pytest.raises(TypeError):
        question.delete()
