"""One PDF with several invoices: split in the browser, linked, and undone while nothing was saved."""

import io
import re

import pytest
from pypdf import PdfReader, PdfWriter

from banqup import einvoicing
from banqup.actions import approval, intake, splitting
from banqup.actions.refusals import NotAllowed, NotPossible
from banqup.einvoicing import extraction
from banqup.invoices.models import Invoice, Receipt
from banqup.invoices.models.event import Verb
from tests.extraction.papers import OWN, paper
from tests.factories import world


def joined(*papers) -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    for one in papers:
        writer.append(PdfReader(io.BytesIO(one.pdf)))
    writer.write(out)
    return out.getvalue()


@pytest.fixture
def space(db):
    return world.business(slug="janssens", **{name: OWN[name] for name in ("name", "vat_id", "street", "city")})


@pytest.fixture
def an(space):
    return world.member(space, "PR", "PA")


@pytest.fixture
def pile(space):
    return world.received(space, joined(paper(0), paper(1), paper(6)), filename="pile.pdf")


def judged(receipts):
    return [intake.judge(receipt_id=receipt.pk).invoice for receipt in receipts]


def test_pages_with_another_number_are_proposed_as_beginnings():
    assert extraction.beginnings(einvoicing.inspect_pdf(joined(paper(0), paper(1), paper(6))).words) == [1, 2, 3]
    assert extraction.beginnings(einvoicing.inspect_pdf(joined(paper(0), paper(0))).words) == [1]


def test_each_range_of_pages_becomes_a_document_and_the_file_is_kept_and_linked(space, an, pile):
    receipts = splitting.split(invoice=pile, starts=[3], by=an, version=pile.version)
    first, second = (Invoice.objects.get(pk=invoice.pk) for invoice in judged(receipts))
    assert (first.number, second.number) == (paper(0).truth["BT-1"], paper(6).truth["BT-1"])
    assert [receipt.split_pages for receipt in Receipt.objects.filter(split_from=pile).order_by("pk")] == ["1–2", "3"]
    assert [invoice.attachments.get().pages for invoice in (first, second)] == [2, 1]
    kept = Invoice.objects.get(pk=pile.pk)
    assert kept.deleted_at is not None and kept.attachments.get().load() == joined(paper(0), paper(1), paper(6))
    assert kept.events.get(verb=Verb.SPLIT).data == {"documents": ["pile (1–2).pdf", "pile (3).pdf"]}
    assert second.events.get(verb=Verb.SPLIT).data == {"source": "pile.pdf", "pages": "3"}


def test_it_is_undone_while_nothing_was_saved(space, an, pile, validator):
    pieces = judged(splitting.split(invoice=pile, starts=[2, 3], by=an))
    back = splitting.undo_split(invoice=Invoice.objects.get(pk=pile.pk), by=an)
    assert back.deleted_at is None
    assert Invoice.objects.filter(pk__in=[piece.pk for piece in pieces], deleted_at=None).count() == 0
    pieces = judged(splitting.split(invoice=back, starts=[2], by=an))
    piece = Invoice.objects.get(pk=pieces[0].pk)
    approval.save(invoice=piece, document=piece.document, by=an, version=piece.version)
    with pytest.raises(NotPossible, match="Somebody has worked on"):
        splitting.undo_split(invoice=Invoice.objects.get(pk=pile.pk), by=an)


def test_only_who_may_delete_it_may_split_it_and_only_a_pdf_of_several_pages(space, an, pile):
    with pytest.raises(NotAllowed):
        splitting.split(invoice=pile, starts=[2], by=world.member(space, "AUD"))
    with pytest.raises(NotPossible, match="Choose at least one more page"):
        splitting.split(invoice=pile, starts=[], by=an)
    with pytest.raises(NotPossible, match="Choose at least one more page"):
        splitting.split(invoice=pile, starts=[4], by=an)
    single = world.received(space, paper(2).pdf, filename="one.pdf")
    with pytest.raises(NotPossible, match="Only a PDF of several pages"):
        splitting.split(invoice=single, starts=[2], by=an)


def test_the_pages_are_shown_with_the_proposal_and_posted(client, space, an, pile):
    client.force_login(an)
    address = f"{pile.get_absolute_url()}split/"
    assert "Split into documents" in client.get(pile.get_absolute_url()).content.decode()
    text = client.get(address).content.decode()
    assert (
        len(re.findall(r'name="starts" value="\d" checked', text)) == 3
        and text.count(f"{pile.get_absolute_url()}page/") == 3
    )
    assert client.post(address, {"version": pile.version, "starts": ["2", "3"]}).status_code == 303
    assert Receipt.objects.filter(split_from=pile).count() == 3
    assert client.post(address, {"version": pile.version, "starts": ["2"]}).status_code == 303  # it is gone already
    assert Receipt.objects.filter(split_from=pile).count() == 3
    judged(Receipt.objects.filter(split_from=pile))
    assert client.post(f"{address}undo/").status_code == 303
    assert Invoice.objects.get(pk=pile.pk).deleted_at is None
