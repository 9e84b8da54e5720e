"""Where the files of a document land, and what happens to files that stand there already."""

import errno
import os
import threading

import pytest
from django.db import connection

from banqup.exports.models import Export, Integration
from banqup.invoices.statuses import Kind
from integrations import base, delivery, payload, shelving
from integrations.folder.connector import FolderConnector
from tests.integrations import helpers

pytestmark = pytest.mark.django_db

XML = b"<Invoice>2026-0042Molens Van Damme NV</Invoice>"


def files(root) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if not path.is_dir()}


def push_one(space, folder, number="2026-0042", **fields) -> Export:
    return helpers.push(helpers.queued(helpers.released(space, number, **fields), folder))


def use(pattern):
    Integration.objects.update(config={"folder": "janssens", "pattern": pattern})


def test_the_e_invoice_and_the_pdf_have_one_name(space, folder, delivered):
    done = push_one(space, folder)
    assert (done.state, done.remote_label) == ("delivered", "janssens/AP/2026/2026-0042.xml")
    assert files(delivered) == {
        "janssens/AP/2026/2026-0042.pdf": helpers.PDF,
        "janssens/AP/2026/2026-0042.xml": XML,
    }
    assert done.remote == {
        "wanted": "janssens/AP/2026/2026-0042",
        "suffix": 1,
        "files": ["janssens/AP/2026/2026-0042.xml", "janssens/AP/2026/2026-0042.pdf"],
    }


def test_without_configuration_the_default_pattern_below_the_name_of_the_space(space, folder, delivered):
    Integration.objects.update(config={})
    push_one(space, folder)
    stem = "bakkerij-janssens-bv/Bakkerij Janssens BV/AP/2026/03/2026-03-14_Molens Van Damme NV_2026-0042"
    assert list(files(delivered)) == [f"{stem}.pdf", f"{stem}.xml"]


def test_every_field_can_be_used(space, folder, delivered):
    use(
        "{space}-{vat}/{year}-{month}/{date} {direction} {kind} {supplier}+{customer}+{counterparty} {number} {total} {currency}"
    )
    push_one(space, folder, pdf=b"%PDF-1.4")
    stem = (
        "janssens/Bakkerij Janssens BV-BE0403019261/2026-03/"
        "2026-03-14 AP invoice Molens Van Damme NV+Bakkerij Janssens BV+Molens Van Damme NV 2026-0042 121.00 EUR"
    )
    assert list(files(delivered)) == [f"{stem}.pdf", f"{stem}.xml"]


def test_a_sales_document_stands_under_ar_with_its_customer(space, folder, delivered):
    use("{direction}/{kind}/{vat} {number}")
    push_one(space, folder, kind=Kind.SELF_BILLED_IN)
    assert list(files(delivered)) == [
        "janssens/AR/invoice/BE0702451135 2026-0042.pdf",
        "janssens/AR/invoice/BE0702451135 2026-0042.xml",
    ]


def test_without_issue_date_the_day_of_approval_in_the_spaces_time_zone_counts(space, folder, delivered):
    from datetime import UTC, datetime

    use("{date}_{number}")
    invoice = helpers.released(space, issue_date=None)
    type(invoice).objects.update(released_at=datetime(2026, 12, 31, 23, 30, tzinfo=UTC))
    helpers.push(helpers.queued(invoice, folder))
    assert list(files(delivered)) == ["janssens/2027-01-01_2026-0042.pdf", "janssens/2027-01-01_2026-0042.xml"]


def test_attachments_are_numbered_and_the_extension_is_ours(space, folder, delivered):
    appendices = [
        ("hours march.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"hours"),
        ("evil.exe", "application/pdf", b"%PDF-terms"),
        ("../../etc/passwd", "application/octet-stream", b"?"),
        ("copy.pdf", "application/pdf", helpers.PDF),
    ]
    push_one(space, folder, appendices=appendices)
    assert files(delivered) == {
        "janssens/AP/2026/2026-0042.pdf": helpers.PDF,
        "janssens/AP/2026/2026-0042.xml": XML,
        "janssens/AP/2026/2026-0042_1_hours march.xlsx": b"hours",
        "janssens/AP/2026/2026-0042_2_evil.pdf": b"%PDF-terms",
        "janssens/AP/2026/2026-0042_3_passwd.bin": b"?",
    }


def test_where_a_picture_was_made_the_original_has_a_name_of_its_own(space, folder, delivered):
    invoice = helpers.released(space)
    helpers.attach(invoice, "picture", "picture.pdf", "application/pdf", b"%PDF-picture")
    helpers.push(helpers.queued(invoice, folder))
    assert files(delivered) == {
        "janssens/AP/2026/2026-0042.pdf": b"%PDF-picture",
        "janssens/AP/2026/2026-0042.xml": XML,
        "janssens/AP/2026/2026-0042_original.pdf": helpers.PDF,
    }


# --- what stands there already --------------------------------------------------------------------


def test_a_resend_replaces_its_own_files(space, folder, delivered):
    first = push_one(space, folder)
    before = files(delivered)
    again = helpers.push(helpers.queued(first.invoice, folder))
    assert (again.state, again.remote, files(delivered)) == ("delivered", first.remote, before)


def test_a_resend_brings_back_a_file_that_was_taken_away(space, folder, delivered):
    first = push_one(space, folder)
    before = files(delivered)
    (delivered / "janssens/AP/2026/2026-0042.xml").unlink()
    helpers.push(helpers.queued(first.invoice, folder))
    assert files(delivered) == before


def test_another_document_of_the_same_name_gets_a_suffix(space, folder, delivered):
    push_one(space, folder)
    other = push_one(space, folder, xml=b"<Invoice>another</Invoice>", pdf=b"%PDF-another")
    third = push_one(space, folder, xml=b"<Invoice>third</Invoice>", pdf=b"%PDF-third")
    assert [done.remote["suffix"] for done in (other, third)] == [2, 3]
    assert files(delivered) == {
        "janssens/AP/2026/2026-0042-2.pdf": b"%PDF-another",
        "janssens/AP/2026/2026-0042-2.xml": b"<Invoice>another</Invoice>",
        "janssens/AP/2026/2026-0042-3.pdf": b"%PDF-third",
        "janssens/AP/2026/2026-0042-3.xml": b"<Invoice>third</Invoice>",
        "janssens/AP/2026/2026-0042.pdf": helpers.PDF,
        "janssens/AP/2026/2026-0042.xml": XML,
    }


def test_a_resend_of_the_second_keeps_its_suffix_when_the_first_is_gone(space, folder, delivered):
    push_one(space, folder)
    other = push_one(space, folder, xml=b"<Invoice>another</Invoice>")
    for path in (delivered / "janssens/AP/2026").glob("2026-0042.*"):
        path.unlink()
    again = helpers.push(helpers.queued(other.invoice, folder))
    assert (again.remote["suffix"], sorted(files(delivered))) == (
        2,
        ["janssens/AP/2026/2026-0042-2.pdf", "janssens/AP/2026/2026-0042-2.xml"],
    )


def test_a_pdf_of_another_document_whose_e_invoice_was_taken_away_is_left_alone(space, folder, delivered):
    push_one(space, folder, pdf=b"%PDF-first")
    (delivered / "janssens/AP/2026/2026-0042.xml").unlink()
    push_one(space, folder, xml=b"<Invoice>another</Invoice>", pdf=b"%PDF-another")
    assert files(delivered) == {
        "janssens/AP/2026/2026-0042-2.pdf": b"%PDF-another",
        "janssens/AP/2026/2026-0042-2.xml": b"<Invoice>another</Invoice>",
        "janssens/AP/2026/2026-0042.pdf": b"%PDF-first",
    }


def test_a_file_that_a_person_put_there_or_changed_is_left_alone(space, folder, delivered):
    first = push_one(space, folder)
    changed = delivered / "janssens/AP/2026/2026-0042.xml"
    changed.write_bytes(b"<Invoice>my notes</Invoice>")
    again = helpers.push(helpers.queued(first.invoice, folder))
    assert (changed.read_bytes(), again.remote["suffix"]) == (b"<Invoice>my notes</Invoice>", 2)


@pytest.mark.django_db(transaction=True)
def test_two_workers_with_two_documents_of_one_name_overwrite_neither(space, folder, delivered):
    exports = [
        helpers.queued(helpers.released(space, xml=b"<A/>", pdf=b"%PDF-a"), folder),
        helpers.queued(helpers.released(space, xml=b"<B/>", pdf=b"%PDF-b"), folder),
    ]
    together = threading.Barrier(2)

    def work(export):
        together.wait()
        delivery.push(export.pk)
        connection.close()

    threads = [threading.Thread(target=work, args=[export]) for export in exports]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(Export.objects.values_list("state", flat=True)) == ["delivered"] * 2
    found = files(delivered)
    pairs = {
        (found[f"janssens/AP/2026/2026-0042{s}.xml"], found[f"janssens/AP/2026/2026-0042{s}.pdf"]) for s in ("", "-2")
    }
    assert (len(found), pairs) == (4, {(b"<A/>", b"%PDF-a"), (b"<B/>", b"%PDF-b")})


def test_a_name_taken_between_looking_and_writing_is_not_overwritten(space, folder, delivered, monkeypatch):
    really, other = os.link, delivered / "janssens/AP/2026/2026-0042.xml"

    def somebody_is_faster(*args, **kwargs):
        monkeypatch.setattr(os, "link", really)
        other.write_bytes(b"theirs")
        return really(*args, **kwargs)

    monkeypatch.setattr(os, "link", somebody_is_faster)
    assert push_one(space, folder).remote["suffix"] == 2
    assert other.read_bytes() == b"theirs"


def test_a_file_system_without_hard_links_works_too(space, folder, delivered, monkeypatch):
    def no_links(*args, **kwargs):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    push_one(space, folder)
    push_one(space, folder, xml=b"<Invoice>another</Invoice>")
    assert list(files(delivered)) == [
        f"janssens/AP/2026/2026-0042{tail}" for tail in ("-2.pdf", "-2.xml", ".pdf", ".xml")
    ]


@pytest.mark.parametrize("step", ["open", "replace"])
def test_two_workers_without_hard_links_make_one_document(space, folder, delivered, monkeypatch, step):
    """The second one comes when the first has taken the name, or is about to."""
    export, really, ends = helpers.queued(helpers.released(space), folder), getattr(os, step), []
    what = payload.build(export)
    for file in what.files:
        file.load()

    def work():
        connector = FolderConnector(config=folder.config, secrets={})
        try:
            ends.append(connector.push(what, remote={}, keep=lambda **ids: None).label)
        except base.TryAgain as error:
            ends.append(error.message)

    def the_other_comes(first, *args, **kwargs):
        if step == "replace" or str(first).endswith(".xml"):
            monkeypatch.setattr(os, step, really)
            work()
        return really(first, *args, **kwargs)

    def no_links(*args, **kwargs):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    monkeypatch.setattr(os, step, the_other_comes)
    work()
    label, waits = "janssens/AP/2026/2026-0042.xml", "2026-0042.xml is being written by somebody else at this moment"
    assert ends == [f"{waits}; it is tried again." if step == "replace" else label, label]
    assert helpers.push(export).state == "delivered"
    assert list(files(delivered)) == [f"janssens/AP/2026/2026-0042{tail}" for tail in (".pdf", ".xml")]


def test_an_empty_file_that_stays_is_somebody_elses(space, folder, delivered):
    theirs = delivered / "janssens/AP/2026/2026-0042.xml"
    theirs.parent.mkdir(parents=True)
    theirs.touch()
    assert push_one(space, folder).state == "waiting"
    os.utime(theirs, (0, 0))
    assert helpers.push_again(Export.objects.get()).remote["suffix"] == 2
    assert theirs.read_bytes() == b""


def test_no_temporary_file_stays_behind(space, folder, delivered, monkeypatch):
    def broken(*args, **kwargs):
        raise OSError(errno.EIO, "Input/output error")

    export = helpers.queued(helpers.released(space), folder)
    monkeypatch.setattr(os, "link", broken)
    assert helpers.push(export).state == "waiting"
    assert files(delivered) == {}


def test_so_many_of_one_name_that_the_pattern_must_change(space, folder, delivered, monkeypatch):
    monkeypatch.setattr(shelving, "SUFFIXES_AT_MOST", 3)
    done = [push_one(space, folder, xml=b"<%d/>" % each) for each in range(3)][-1]
    assert (done.state, done.reason) == (
        "waiting",
        "Too many documents have the name 2026-0042. Add {number} or {counterparty} to the pattern.",
    )
