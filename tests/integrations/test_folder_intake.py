"""Files that are put into a watched folder: taken once they are whole, once each, and nothing is lost."""

import os

import pytest

from banqup.actions import intake
from banqup.invoices.models import Receipt
from integrations import folder_intake

pytestmark = pytest.mark.django_db


@pytest.fixture
def purchases(settings, tmp_path, space):
    """The watched folder for purchase invoices of the space."""
    settings.BANQUP_INTAKE_ROOT = tmp_path / "in"
    folder = tmp_path / "in" / space.slug / "purchase"
    folder.mkdir(parents=True)
    return folder


def two_looks():
    return folder_intake.poll() + folder_intake.poll()


def lying_in(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def kept():
    return list(Receipt.objects.order_by("pk").values_list("filename", "channel", "direction", "size"))


def test_a_file_is_taken_in_at_the_second_look_and_moved_to_done(purchases, space):
    (purchases / "invoice.pdf").write_bytes(b"%PDF-1.7 a")
    assert (folder_intake.poll(), lying_in(purchases)) == (0, {"invoice.pdf": b"%PDF-1.7 a"})
    assert (folder_intake.poll(), lying_in(purchases)) == (1, {"done/invoice.pdf": b"%PDF-1.7 a"})
    assert kept() == [("invoice.pdf", "folder", "purchase", 10)]
    assert (two_looks(), Receipt.objects.count()) == (0, 1)


def test_a_file_that_is_still_written_is_left_alone(purchases):
    (purchases / "scan.pdf").write_bytes(b"%PDF-1.7")
    (purchases / "other.pdf.part").write_bytes(b"%PDF-1.7")
    folder_intake.poll()
    (purchases / "scan.pdf").write_bytes(b"%PDF-1.7 and more")
    assert (folder_intake.poll(), kept()) == (0, [])
    assert (folder_intake.poll(), kept()) == (1, [("scan.pdf", "folder", "purchase", 17)])
    assert sorted(lying_in(purchases)) == ["done/scan.pdf", "other.pdf.part"]


def test_another_file_of_the_same_name_is_taken_too_and_overwrites_nothing(purchases):
    for data in (b"first", b"second"):
        (purchases / "invoice.xml").write_bytes(data)
        assert two_looks() == 1
    assert lying_in(purchases) == {"done/invoice.xml": b"first", "done/invoice-2.xml": b"second"}
    assert Receipt.objects.count() == 2


def test_a_worker_that_dies_before_the_move_takes_nothing_twice(purchases, monkeypatch):
    (purchases / "invoice.xml").write_bytes(b"<Invoice/>")
    with monkeypatch.context() as dying:
        dying.setattr(folder_intake.tree, "move", lambda *_: (_ for _ in ()).throw(MemoryError))
        with pytest.raises(MemoryError):
            two_looks()
    assert (kept(), lying_in(purchases)) == (
        [("invoice.xml", "folder", "purchase", 10)], {"invoice.xml": b"<Invoice/>"},
    )  # fmt: skip
    two_looks()
    assert (Receipt.objects.count(), lying_in(purchases)) == (1, {"done/invoice.xml": b"<Invoice/>"})


def test_what_can_not_be_taken_is_refused_with_the_reason_beside_it(purchases, settings):
    settings.BANQUP_MAX_UPLOAD_BYTES = 2**20
    (purchases / "empty.pdf").write_bytes(b"")
    (purchases / "large.pdf").write_bytes(b"x" * (2**20 + 1))
    assert (two_looks(), kept()) == (0, [])
    assert {name: data for name, data in lying_in(purchases).items() if name != "refused/large.pdf"} == {
        "refused/empty.pdf": b"",
        "refused/empty.pdf.txt": b"empty.pdf was not taken in: empty.pdf is empty. Export or scan it again.\n",
        "refused/large.pdf.txt": b"large.pdf was not taken in: large.pdf is larger than 1 MB. "
        b"Split it, or scan it at a lower resolution.\n",
    }


def test_a_full_disk_leaves_the_file_where_it_is(purchases, monkeypatch):
    (purchases / "invoice.xml").write_bytes(b"<Invoice/>")
    with monkeypatch.context() as full:
        full.setattr(intake.files, "store", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        assert two_looks() == 0
    assert lying_in(purchases) == {"invoice.xml": b"<Invoice/>"}
    assert (folder_intake.poll(), Receipt.objects.count()) == (1, 1)


def test_links_are_not_followed(purchases, space, tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key.txt").write_bytes(b"secret")
    (purchases / "key.txt").symlink_to(secret / "key.txt")
    (purchases.parent / "sales").symlink_to(secret)
    os.mkfifo(purchases / "pipe.pdf")
    assert (two_looks(), kept(), (secret / "key.txt").exists()) == (0, [], True)


def test_without_the_setting_nothing_is_watched(purchases, settings):
    (purchases / "invoice.xml").write_bytes(b"<Invoice/>")
    settings.BANQUP_INTAKE_ROOT = None
    assert (two_looks(), kept()) == (0, [])
