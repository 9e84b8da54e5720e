"""What was read out of the picture, on the review desk: each value with its place, and what else it could be."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banqup.einvoicing.extraction import CHECK_BELOW
from banqup.invoices.models import Reading

from .sides import side_of

# The name of the button that takes over a candidate: its value is `field=value`.
USE = "use"


def reading_of(invoice) -> Reading | None:
    """Without the words, which a page never needs."""
    return Reading.objects.filter(invoice=invoice).defer("words").first()


def place(reading, term: str, base: str) -> dict | None:
    """Where the value of `term` stands: `{url, page, check}`; `check` when a person should look at it."""
    found = reading.values.get(term) if reading else None
    if not found or not found[1]:
        return None
    _value, page, *_box, confidence, _text = found
    url = f"{base}?view=original&page={page}&mark={term}"
    return {"url": url, "page": page, "check": confidence < CHECK_BELOW}


def regions(reading, page: int, mark: str, field_ids: dict[str, str]) -> list[dict]:
    """The boxes on one page of the picture, as `_viewer` asks for them; the one of `mark` is lit."""
    if reading is None:
        return []
    made = []
    for term, (value, on, x, y, w, h, confidence, _text) in sorted(reading.values.items()):
        if on == page and term in field_ids:
            made.append(
                {
                    "bt": term,
                    "label": str(value),
                    "field_id": field_ids[term],
                    # A little larger than the letters.
                    "x": round(x - 0.4, 2),
                    "y": round(y - 0.25, 2),
                    "w": round(w + 0.8, 2),
                    "h": round(h + 0.5, 2),
                    "state": "check" if confidence < CHECK_BELOW else "",
                    "lit": term == mark,
                }
            )
    return made


def offers(reading, term: str, bound) -> list[dict]:
    """For a field that stayed empty: what it could be, each with a button that takes it over."""
    if reading is None or bound.value():
        return []
    words = _("On page %(page)d: %(text)s")
    return [
        {
            "severity": "info",
            "text": words % {"page": page, "text": text},
            "fix": {"label": _("Take over"), "name": USE, "value": f"{bound.html_name}={value}"},
        }
        for value, page, _x, _y, _w, _h, _confidence, text in reading.offered.get(term, [])
    ]


def used(data):
    """The posted data with the candidate whose button was pressed in its field; None when none was."""
    field, equals, value = data.get(USE, "").partition("=")
    if not equals:
        return None
    changed = data.copy()
    changed[field] = value
    return changed


def banner(reading) -> dict | None:
    """What the desk says about the reading itself, above the fields."""
    if reading is None:
        return None
    state = Reading.State
    if reading.state == state.NO_ENGINE:
        return {"tone": "warning", "title": _("This scan was not read."), "text": reading.last_error}
    if reading.state == state.FAILED:
        return {"tone": "warning", "title": _("It could not be read."), "text": reading.last_error}
    unsure = sum(found[6] < CHECK_BELOW for found in reading.values.values())
    if reading.state == state.DONE and unsure and reading.values:
        words = ngettext("%d value to check", "%d values to check", unsure) % unsure
        text = _("Read from the document. Go to a field to see its value marked on the page.")
        return {"tone": "info", "title": words, "text": text}
    return None


def progress(reading, invoice) -> dict | None:
    """Shown while it is read, asked again every two seconds."""
    if reading is None or reading.state != Reading.State.WAITING:
        return None
    words = _("Reading page %(page)d of %(pages)d…") % {
        "page": min(reading.pages_done + 1, max(reading.pages_total, 1)),
        "pages": max(reading.pages_total, 1),
    }
    return {
        "label": words if reading.pages_total else _("Being read…"),
        "done": reading.pages_done,
        "total": max(reading.pages_total, 1),
        "poll": side_of(invoice).url("reading", invoice.space, invoice.pk),
        "note": _("You can fill in the fields already: what you enter is kept."),
        "link": {"url": invoice.get_absolute_url(), "label": _("Look again")},
    }
