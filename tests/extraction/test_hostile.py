"""Hostile PDFs and pictures: an answer within its bounds of time and memory, and never a crash of ours."""

import io
import random
import resource
import subprocess
import tempfile
import time
import zlib

import pytest
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, StreamObject, TextStringObject
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen import canvas

from banqup import einvoicing
from banqup.einvoicing import Unreadable
from banqup.einvoicing.extraction import Known, KnownParty, Place, Word, extract
from tests.einvoicing.test_service import gone
from tests.extraction.papers import OWN

# What a test may take at most: a few children, each of which is given up after 30 seconds.
SECONDS = 150
MEGABYTES = 1100


@pytest.fixture(autouse=True)
def bounds():
    """Whatever a test opens, no child takes longer or more memory than this."""
    begun, before = time.monotonic(), _largest_child()
    yield
    assert time.monotonic() - begun < SECONDS
    # The system tells only the largest child so far, and counts a child as large as its parent was when
    # it was started: what is larger than both is this test's own.
    assert _largest_child() < max(MEGABYTES, before + 1, _peak(resource.RUSAGE_SELF) + 1)


def _largest_child() -> float:
    return _peak(resource.RUSAGE_CHILDREN)


def _peak(who) -> float:
    """Resident memory in MB; of children: the largest that this process has waited for."""
    return resource.getrusage(who).ru_maxrss / 1024


def opened(data: bytes):
    """The facts, or the code of the refusal, of both ways in; drawing the first page must be as harmless."""
    try:
        facts = einvoicing.inspect_pdf(data)
    except Unreadable as error:
        facts = error.code
    try:
        einvoicing.render_page(data, 1, 400)
    except Unreadable:
        pass
    return facts


def written(change) -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(drawn("Invoice 2026-42 of Hostile Ltd")))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def drawn(*texts) -> bytes:
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=A4)
    for text in texts:
        page.drawString(72, 700, text)
        page.showPage()
    page.save()
    return out.getvalue()


def test_ten_thousand_pages_are_counted_and_only_the_first_and_last_are_read():
    facts = opened(drawn(*(f"Page number {number}" for number in range(10_000))))
    assert facts.pages == 10_000
    assert {word.place.page for word in facts.words} == {1, 2, 3, 4, 5, 9998, 9999, 10_000}


def test_a_script_in_a_pdf_is_never_run_nor_shown():
    def script(writer):
        script = {
            NameObject("/S"): NameObject("/JavaScript"),
            NameObject("/JS"): TextStringObject("while (true) app.alert('x');"),
        }
        writer.root_object[NameObject("/OpenAction")] = DictionaryObject(script)

    facts = opened(written(script))
    assert facts.pages == 1 and "alert" not in facts.text


def test_a_small_file_that_unpacks_to_200_mb_is_refused_or_read_within_the_caps():
    def bomb(writer):
        stream = StreamObject()
        stream._data = zlib.compress(b"0 0 m 1 1 l S\n" * (200 * 1024 * 1024 // 14), 9)
        stream[NameObject("/Filter")] = NameObject("/FlateDecode")
        writer.pages[0][NameObject("/Contents")] = writer._add_object(stream)

    data = written(bomb)
    assert len(data) < 1024 * 1024
    try:
        assert einvoicing.inspect_pdf(data).pages == 1
    except Unreadable as refusal:
        assert refusal.code in ("broken-pdf", "pdf-timeout")


def test_a_cross_reference_that_leads_to_itself_ends():
    data = drawn("x")
    start = int(data.rpartition(b"startxref")[2].split()[0])
    looped = data[:start] + data[start:].replace(b"trailer\n<<", b"trailer\n<< /Prev %d" % start)
    facts = opened(looped)
    assert facts in ("broken-pdf", "pdf-timeout") or facts.pages == 1
    pages = written(
        lambda w: w.root_object["/Pages"].__setitem__(NameObject("/Parent"), w.root_object.raw_get("/Pages"))
    )
    assert opened(pages) in ("broken-pdf", "pdf-timeout") or opened(pages).pages == 1


def test_fonts_of_rubbish_do_not_crash():
    chance = random.Random(7)

    def rubbish(writer):
        stream = StreamObject()
        stream._data = b"\x00\x01\x00\x00" + chance.randbytes(5000)
        descriptor = DictionaryObject(
            {NameObject("/Type"): NameObject("/FontDescriptor"), NameObject("/FontFile2"): writer._add_object(stream)}
        )
        for font in writer.pages[0]["/Resources"]["/Font"].values():
            font.get_object()[NameObject("/FontDescriptor")] = writer._add_object(descriptor)

    facts = opened(written(rubbish))
    assert facts == "broken-pdf" or facts.pages == 1


@pytest.mark.parametrize("seed", range(4))
def test_damage_anywhere_in_a_pdf_is_read_or_refused(seed):
    chance = random.Random(seed)
    data = bytearray(drawn("Invoice 2026-42 of Hostile Ltd", "second page"))
    for _ in range(30):
        data[chance.randrange(len(data))] = chance.randrange(256)
    facts = opened(bytes(data))
    assert facts in ("broken-pdf", "encrypted-pdf", "pdf-timeout") or facts.pages >= 1


@pytest.mark.parametrize("name", ["../../etc/passwd.xml", "..\\..\\windows\\x.xml", "/abs/olute.xml", "a\0b.xml"])
def test_the_name_of_what_is_inside_never_leads_anywhere(name):
    from banqup.actions.understanding import _file_name

    kept = _file_name(name)
    assert "/" not in kept and "\\" not in kept and "\0" not in kept and kept.endswith(".xml")


def test_an_image_bomb_is_refused_by_drawing_and_by_reading():
    out = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG")
    data = out.getvalue()
    assert len(data) < 200_000
    for look in (lambda: einvoicing.image_to_png(data), lambda: einvoicing.read_scan(data, 1)):
        with pytest.raises(Unreadable) as caught:
            look()
        assert caught.value.code in ("broken-image", "no-scan-engine")


def test_a_page_of_ten_kilometres_is_drawn_within_the_caps():
    assert (
        opened(written(lambda w: w.pages[0].mediabox.__setitem__(2, w.pages[0].mediabox[2].__class__(28_000_000))))
        is not None
    )


def test_a_reader_that_hangs_is_killed_and_leaves_no_process(monkeypatch, tmp_path, eventually):
    stuck = tmp_path / "tesseract"
    pid, left = tmp_path / "pid", tmp_path / "temporary"
    left.mkdir()
    stuck.write_text(
        f"#!/bin/sh\n[ $1 = --list-langs ] && exit\necho $$ > {pid}.new; mv {pid}.new {pid}\nexec sleep 600\n"
    )
    stuck.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("TMPDIR", str(left))
    monkeypatch.setattr(tempfile, "tempdir", None)
    really = subprocess.Popen.communicate

    def time_is_over_when_it_hangs(process, *args, timeout=None):
        while timeout:
            try:
                return really(process, *args, timeout=0.1)
            except subprocess.TimeoutExpired:
                args = ()  # it has got them
                if pid.exists():
                    raise
        return really(process, *args)

    monkeypatch.setattr(subprocess.Popen, "communicate", time_is_over_when_it_hangs)
    out = io.BytesIO()
    Image.new("L", (400, 400), 255).save(out, "PNG")
    with pytest.raises(Unreadable) as caught:
        einvoicing.read_scan(out.getvalue(), 1)
    assert caught.value.code == "pdf-timeout"
    eventually(lambda: gone(int(pid.read_text())))
    assert list(left.iterdir()) == []


def test_a_reader_that_dies_is_a_refusal(monkeypatch, tmp_path):
    dead = tmp_path / "tesseract"
    dead.write_text("#!/bin/sh\nkill -9 $$\n")
    dead.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    out = io.BytesIO()
    Image.new("L", (400, 400), 255).save(out, "PNG")
    with pytest.raises(Unreadable) as caught:
        einvoicing.read_scan(out.getvalue(), 1)
    assert caught.value.code == "broken-image"


@pytest.mark.parametrize(
    "text",
    [
        "1" * 500,
        "1.1" * 100,
        "+++" * 60,
        "a1-" * 100,
        "factuur " * 3,
        "€" * 200,
        "12/12/" * 40,
        "BE" + "0" * 300,
        "\u202e١٢٣",
        "%" * 50,
    ],
)
def test_thousands_of_words_made_to_be_slow_are_read_in_seconds(text):
    """Every word again and again, on one page: the work must stay near the number of words."""
    words = [Word(text, Place(1, (position % 60) * 1.6, (position // 60) * 1.8, 1.5, 1.6)) for position in range(6500)]
    begun = time.process_time()
    extract(words, Known(KnownParty(**OWN)))
    assert time.process_time() - begun < 15


def test_many_amounts_are_weighed_within_a_bound():
    words = []
    for position in range(5000):
        words.append(
            Word(
                f"{position % 2500 + 1},{position % 100:02}",
                Place(1, (position % 40) * 2.4, (position // 40) * 0.8, 1.6, 0.7),
            )
        )
    begun = time.process_time()
    extract(words)
    assert time.process_time() - begun < 15
