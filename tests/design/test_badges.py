"""Every state has one badge: icon, word and colour."""

import pytest
from django.template import Context, Template

from banqup.common.templatetags import _icons
from banqup.invoices.statuses import AccountingStatus, DocumentStatus, GeneralStatus
from banqup.invoices.templatetags.statuses import BADGES, ENUMS, WORDS, look_of

COLOURS = {"amber", "blue", "green", "red", "violet", "grey"}
EVERY = [(kind, value) for kind, values in BADGES.items() for value in values]
# The table of the interface direction, by colour.
TABLE = {
    "amber": [
        ("general", "AWAITING_VALIDATION"),
        ("accounting", "CLIENT_ACTION_NEEDED"),
        ("integration", "not_tested"),
    ],
    "blue": [
        ("document", "VALIDATED"),
        ("payment", "UNPAID"),
        ("payment", "PARTIALLY_PAID"),
        ("delivery", "SENDING"),
        ("delivery", "SENT"),
        ("accounting", "READY_TO_PROCESS"),
    ],
    "green": [
        ("document", "FULLY_APPROVED"),
        ("payment", "FULLY_PAID"),
        ("accounting", "PROCESSED"),
        ("delivery", "RECEIVED"),
        ("export", "delivered"),
        ("integration", "active"),
    ],
    "red": [
        ("general", "REFUSED"),
        ("delivery", "DELIVERY_FAILED"),
        ("export", "failed"),
        ("integration", "needs_attention"),
    ],
    "violet": [("general", "DISPUTED"), ("document", "DISPUTED")],
    "grey": [
        ("general", "DRAFT"),
        ("payment", "WONT_BE_PAID"),
        ("delivery", "READY_TO_SEND"),
        ("export", "queued"),
        ("export", "not_sent"),
        ("integration", "inactive"),
    ],
}


def render(source, **context):
    return Template("{% load statuses %}" + source).render(Context(context))


@pytest.mark.parametrize("kind", ENUMS)
def test_every_member_of_the_enum_is_mapped_and_nothing_else(kind):
    assert set(BADGES[kind]) == set(ENUMS[kind].values)


@pytest.mark.parametrize("kind", WORDS)
def test_every_word_is_mapped_and_nothing_else(kind):
    assert set(BADGES[kind]) == set(WORDS[kind])


@pytest.mark.parametrize(("kind", "value"), EVERY)
def test_icon_word_and_colour(kind, value):
    colour, icon, word = look_of(value, kind)
    assert colour in COLOURS
    assert str(word)
    assert "<svg" in _icons.icon(icon)
    html = render("{% status_badge value kind %}", value=value, kind=kind)
    assert f"badge--{colour}" in html
    assert 'aria-hidden="true"' in html


@pytest.mark.parametrize(("colour", "kind", "value"), [(c, k, v) for c, pairs in TABLE.items() for k, v in pairs])
def test_colours_of_the_direction(colour, kind, value):
    assert look_of(value, kind)[0] == colour


def test_the_same_value_in_two_enums_is_told_apart():
    assert "Draft" in render("{% status_badge s %}", s=DocumentStatus.DRAFT)
    assert "Draft" in render("{% status_badge s %}", s=GeneralStatus.DRAFT)
    assert "No accounting work" in render("{% status_badge s %}", s=AccountingStatus.NONE)
    assert "Not sent by us" in render('{% status_badge "NONE" "delivery" %}')


def test_credit_notes_are_settled_not_paid():
    html = render('{% status_badge "PARTIALLY_PAID" "general" credit_note=True %}')
    assert "Partly settled" in html
    assert "paid" not in html.lower().replace("badge", "")


def test_own_words_are_escaped():
    assert "&lt;b&gt;" in render('{% status_badge "failed" "export" text=t %}', t="<b>")


def test_nothing_for_nothing_and_an_error_for_the_unknown():
    assert render("{% status_badge None 'general' %}") == ""
    with pytest.raises(ValueError, match="No badge"):
        look_of("PAID", "general")
    with pytest.raises(ValueError, match="No badge"):
        look_of("DRAFT")
