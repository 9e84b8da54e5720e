"""Promises about the files themselves: no build, no other host, little script, nothing inline."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"
TEMPLATES = ROOT / "templates"
CSS = sorted(STATIC.rglob("*.css"))
PAGES = sorted(TEMPLATES.rglob("*.html"))
NAMESPACES = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_own_script_is_short():
    lines = sum(len(path.read_text().splitlines()) for path in STATIC.rglob("*.js"))
    assert lines <= 200


@pytest.mark.parametrize("path", [*CSS, *PAGES, *sorted(STATIC.rglob("*.js")), *sorted(STATIC.rglob("*.svg"))], ids=str)
def test_no_other_host(path):
    found = set(re.findall(r"https?://[^\s\"')]+", path.read_text())) - NAMESPACES
    assert not {url for url in found if ".example" not in url}
    assert not re.search(r"(src|href)=[\"']//", path.read_text())


# A mail can't ask for a stylesheet.
@pytest.mark.parametrize("path", [page for page in PAGES if not page.name.endswith("_mail.html")], ids=str)
def test_nothing_inline(path):
    text = path.read_text()
    assert not re.search(r"\sstyle=", text)
    assert "<style" not in text
    assert not re.search(r"\son[a-z]+=", text)
    assert "hx-on" not in text
    scripts = re.findall(r"<script\b[^>]*>", text)
    assert all("src=" in tag or 'type="application/json"' in tag for tag in scripts)


def test_every_variable_that_is_used_is_defined():
    text = "\n".join(path.read_text() for path in CSS)
    assert set(re.findall(r"var\((--[\w-]+)", text)) <= set(re.findall(r"(--[\w-]+):", text))


def test_colours_stand_in_the_token_file_only():
    # A document is paper in both themes, so its sheet and marks keep their own colours.
    allowed = {"tokens.css", "viewer.css", "print.css"}
    for path in CSS:
        if path.name not in allowed:
            found = re.findall(r"#[0-9A-Fa-f]{6,8}\b", path.read_text())
            assert not found, f"{path.name}: {found}"


def test_index_imports_every_file_in_a_layer():
    index = (STATIC / "css/banqup.css").read_text()
    imported = set(re.findall(r'@import url\("([^"]+)"\) layer\(\w+\);', index))
    files = {str(path.relative_to(STATIC / "css")) for path in CSS} - {"banqup.css"}
    assert imported == files
    assert "@layer reset, tokens, base, layout, components, utilities;" in index


def test_hashed_names_reach_every_import(tmp_path, settings):
    settings.STATIC_ROOT = str(tmp_path)
    storage = ManifestStaticFilesStorage(location=str(tmp_path))
    files = {}
    for path in STATIC.rglob("*"):
        if path.is_file():
            name = str(path.relative_to(STATIC))
            target = tmp_path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
            files[name] = (storage, name)
    for _name, _hashed, processed in storage.post_process(files):
        assert not isinstance(processed, Exception), processed
    index = (tmp_path / storage.stored_name("css/banqup.css")).read_text()
    imports = re.findall(r'@import url\("([^"]+)"\)', index)
    assert imports
    for name in imports:
        assert re.search(r"\.[0-9a-f]{12}\.css$", name)
        assert (tmp_path / "css" / name).exists()
