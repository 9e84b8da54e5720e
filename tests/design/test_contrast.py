"""The measured contrasts of the design system, as minimums for the token file."""

import pytest

from .contrast import ratio, themes

GROUNDS = ["canvas", "surface", "sunken", "accent-soft"]
STATUS = ["amber", "blue", "green", "red", "violet", "grey"]
STATUS_GROUNDS = [f"{colour}-bg" for colour in STATUS]
# what is written, on what, light, dark: the worst ground decides
MEASURED = [
    ("ink", GROUNDS, 14.0, 11.7),
    ("muted", GROUNDS, 5.5, 6.7),
    ("faint", GROUNDS, 4.9, 5.3),
    ("accent", GROUNDS, 5.7, 6.9),
    ("accent-on", ["accent"], 6.6, 7.9),
    ("amber", ["amber-bg"], 6.7, 8.6),
    ("blue", ["blue-bg"], 6.4, 7.5),
    ("green", ["green-bg"], 5.9, 8.0),
    ("red", ["red-bg"], 6.1, 7.8),
    ("violet", ["violet-bg"], 6.9, 7.8),
    ("grey", ["grey-bg"], 6.5, 7.5),
    ("danger", GROUNDS, 5.6, 6.9),
    ("line-strong", GROUNDS, 3.2, 3.5),
    ("muted", STATUS_GROUNDS, 5.5, 6.5),
]


@pytest.mark.parametrize(("front", "grounds", "light", "dark"), MEASURED)
def test_measured_minimum(front, grounds, light, dark):
    for theme, minimum in (("light", light), ("dark", dark)):
        colours = themes()[theme]
        worst = min(ratio(colours[front], colours[ground]) for ground in grounds)
        assert round(worst, 1) >= minimum, f"{front} in the {theme} theme: {worst:.2f}"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("front", [*STATUS, "danger"])
def test_status_colours_are_readable_as_plain_text(theme, front):
    colours = themes()[theme]
    assert min(ratio(colours[front], colours[ground]) for ground in GROUNDS) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_hovered_primary_button(theme):
    colours = themes()[theme]
    assert ratio(colours["accent-on"], colours["accent-hover"]) >= 4.5


def test_both_themes_name_the_same_colours():
    assert len(themes()["light"]) == 31
    assert themes()["light"].keys() == themes()["dark"].keys()
