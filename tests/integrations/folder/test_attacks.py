"""Nothing that a document, a pattern or somebody on the server says leads out of the folder."""

import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banqup.einvoicing import Party
from banqup.exports.models import Integration
from integrations import naming
from integrations.folder import tree
from integrations.folder.forms import FolderForm
from tests.integrations import helpers
from tests.integrations.folder.test_folder import files, push_one

pytestmark = pytest.mark.django_db

EVIL = [
    "../../../etc/cron.d/x",
    "/etc/passwd",
    "..",
    ".",
    "...",
    "....//....//x",
    "..\\..\\windows",
    "C:\\windows\\x",
    "a\x00b",
    "a\nb\rc\x1bd",
    "\u202egnp.exe",
    "~root/.ssh/authorized_keys",
    ".htaccess",
    "-rf",
    "a" * 5000,
    "é" * 500,
    "CON",
    "nul.xml",
    "COM1",
    "lpt9.txt",
    " ",
    "",
    "%2e%2e%2f",
    "$(touch x)",
    "name. . .",
    "{number}",
    "{0.__class__}",
]


@pytest.mark.parametrize("text", EVIL, ids=range(len(EVIL)))
def test_whatever_a_document_says_its_files_land_below_the_sub_folder(space, folder, delivered, text):
    Integration.objects.update(config={"folder": "janssens", "pattern": "{counterparty}/{number}/{supplier} {number}"})
    text = text.replace("\x00", "\x01")  # PostgreSQL stores no NUL; naming.safe() gets some below
    done = push_one(space, folder, text[:200] or " ", seller=Party(name=text))
    assert done.state == "delivered", done.reason
    found = files(delivered.parent)
    assert len(found) == 2
    for path in found:
        assert path.startswith("delivered/janssens/")
        assert len(path.split("/")) == 5


@given(st.text(max_size=300))
def test_any_text_becomes_one_harmless_name(text):
    name = naming.safe(text)
    assert name not in ("", ".", "..")
    assert not set(name) & set('/\\\x00<>:"|?*')
    assert not name.startswith((".", " ")) and not name.endswith((".", " "))
    assert len(name.encode()) <= naming.PART_AT_MOST + 1
    assert unicodedata.normalize("NFC", name) == name
    assert naming.safe(name) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Molens Van Damme NV", "Molens Van Damme NV"),
        ("e\u0301lan", "\u00e9lan"),
        ('A/B \\ C: "D" <E> |F| ?*', "A-B - C- -D- -E- -F- --"),
        ("..hidden", "hidden"),
        ("trailing. ", "trailing"),
        ("con", "_con"),
        ("CON.txt", "_CON.txt"),
        ("COM¹", "_COM¹"),
        ("console", "console"),
        ("\u202egnp.exe", "gnp.exe"),
        ("tab\tand\nline", "tabandline"),
        ("", "_"),
        ("...", "_"),
        ("é" * 100, "é" * 60),
    ],
)
def test_names_are_cleaned_like_this(text, name):
    assert naming.safe(text) == name


@pytest.mark.parametrize(
    "pattern",
    [
        "/{number}",
        "../{number}",
        "a/../{number}",
        "a//{number}",
        "./{number}",
        "{number}/",
        "no field",
        "{number",
        "number}",
        "{}",
        "{0}",
        "{nothing}",
        "{number.__class__}",
        "{number[0]}",
        "{number!r}",
        "{number:>99999999}",
        "/".join(["{number}"] * 13),
    ],
)
def test_a_pattern_that_leads_elsewhere_or_asks_for_more_is_refused(pattern):
    with pytest.raises(naming.PatternRefused):
        naming.check_pattern(pattern)
    assert FolderForm({"pattern": pattern}).is_valid() is False


@pytest.mark.parametrize("value", ["..", "../other", "/etc", "a/b", "A", "-a", ".a", "a b", "a" * 61])
def test_a_sub_folder_is_one_plain_name(value):
    assert FolderForm({"folder": value}).is_valid() is False


def test_a_configuration_that_went_around_the_form_is_refused_too(space, folder, delivered):
    Integration.objects.update(config={"folder": "../../outside", "pattern": "../../{number}"})
    done = push_one(space, folder)
    assert (done.state, done.reason) == (
        "waiting",
        "Write folders as a/b/c: without a slash at the beginning or end, and without “..”.",
    )
    Integration.objects.update(config={"folder": "../../outside", "pattern": "{number}"})
    helpers.push_again(done)
    assert all(path.startswith("delivered/") for path in files(delivered.parent))


@pytest.mark.parametrize("where", ["janssens", "janssens/AP", "janssens/AP/2026"])
def test_a_link_that_leads_out_is_not_followed(space, folder, delivered, tmp_path, where):
    outside = tmp_path / "outside"
    outside.mkdir()
    (delivered / where).parent.mkdir(parents=True, exist_ok=True)
    (delivered / where).symlink_to(outside)
    done = push_one(space, folder)
    name = where.rpartition("/")[2]
    assert (done.state, done.reason) == (
        "waiting",
        "janssens/AP/2026/2026-0042 leads out of the delivery folder or is not a folder. "
        f"Remove the link or file “{name}” on the server.",
    )
    assert list(outside.iterdir()) == []


def test_a_link_in_place_of_a_file_is_neither_followed_nor_overwritten(space, folder, delivered, tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(b"untouched")
    link = delivered / "janssens/AP/2026/2026-0042.xml"
    link.parent.mkdir(parents=True)
    link.symlink_to(secret)
    assert push_one(space, folder).remote["suffix"] == 2
    assert (secret.read_bytes(), link.is_symlink()) == (b"untouched", True)


def test_a_link_to_nowhere_does_not_make_a_file_elsewhere(space, folder, delivered, tmp_path):
    link = delivered / "janssens/AP/2026/2026-0042.xml"
    link.parent.mkdir(parents=True)
    link.symlink_to(tmp_path / "made")
    assert push_one(space, folder).remote["suffix"] == 2
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["pipe", "folder"])
def test_something_else_in_place_of_a_file_is_left_alone(space, folder, delivered, make):
    path = delivered / "janssens/AP/2026/2026-0042.xml"
    path.parent.mkdir(parents=True)
    make(path)
    assert push_one(space, folder).remote["suffix"] == 2


def test_a_file_in_place_of_a_folder_is_said_in_words(space, folder, delivered):
    (delivered / "janssens").write_bytes(b"")
    done = push_one(space, folder)
    assert (done.state, helpers.tries(done)) == ("waiting", [(1, "broken_configuration")])


def test_a_folder_swapped_for_a_link_meanwhile_does_not_lead_out(delivered, tmp_path):
    """The handle that was opened stays what it was, whatever its name is now."""
    outside = tmp_path / "outside"
    outside.mkdir()
    with tree.folder(delivered, ["a", "b"]) as handle:
        (delivered / "a").rename(delivered / "moved")
        (delivered / "a").symlink_to(outside)
        assert tree.add(handle, "x", b"1") is True
    assert files(delivered / "moved") == {"b/x": b"1"}
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("part", ["", ".", "..", "a/b", "a\x00b"])
def test_the_tree_itself_takes_plain_names_only(delivered, part):
    with pytest.raises(tree.LeadsElsewhere), tree.folder(delivered, [part]):
        pass
