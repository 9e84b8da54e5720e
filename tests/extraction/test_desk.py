"""The review desk shows what was read, where it stands, and what a field could be."""

import re

import pytest

from banqup.invoices.models import Invoice, Reading
from tests.extraction.papers import OWN, paper
from tests.extraction.test_reading import _photo
from tests.factories import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def space():
    return world.business(slug="janssens", **{name: OWN[name] for name in ("name", "vat_id", "street", "city")})


@pytest.fixture
def page(space, client):
    client.force_login(world.member(space, "PR", "PA"))

    def get(invoice, **query):
        return client.get(invoice.get_absolute_url(), query).content.decode()

    return get


def test_each_value_has_its_place_and_a_link_that_marks_it_without_script(space, page):
    invoice = world.received(space, paper(0).pdf, filename="a.pdf")
    text = page(invoice)
    assert f"{invoice.get_absolute_url()}?view=original&amp;page=1&amp;mark=BT-1" in text
    assert re.search(r'<a href="#id_number"[^>]*><rect class="region[^"]*" data-region="BT-1" x="[\d.]+"', text)
    assert "data-lit" not in text.replace("[data-lit]", "")
    marked = page(invoice, view="original", page=1, mark="BT-9")
    assert re.findall(r'data-region="([^"]+)" data-lit', marked) == ["BT-9"]


def test_a_value_that_is_not_sure_is_marked_to_check(space, page):
    invoice = world.received(space, paper(0).pdf, filename="a.pdf")
    reading = invoice.reading
    values = dict(reading.values)
    values = {term: [*found[:6], 0.99, found[7]] for term, found in values.items()}
    Reading.objects.update(values=values)
    assert "Check this" not in page(invoice)
    values["BT-1"][6] = 0.6
    Reading.objects.update(values=values)
    text = page(invoice)
    assert text.count("Check this") == 1 and "1 value to check" in text


def test_a_candidate_is_offered_for_an_empty_field_and_taken_over_with_one_button(space, page, client):
    invoice = world.received(space, paper(0).pdf, filename="a.pdf")
    Reading.objects.update(offered={"BT-83": [["+++090/9337/55493+++", 1, 10, 10, 5, 1, 0.3, "+++090/9337/55493+++"]]})
    data = dict(invoice.data)
    for means in data["payment_means"]:
        means.pop("remittance_information", None)
    Invoice.objects.update(data=data)
    text = page(invoice)
    assert "On page 1: +++090/9337/55493+++" in text
    button = re.search(r'name="use" value="([^"]+)"', text)[1]
    assert button == "payment_reference=+++090/9337/55493+++"
    answer = client.post(
        invoice.get_absolute_url() + "save/",
        {"version": invoice.version, "use": button, "lines-TOTAL_FORMS": "0", "lines-INITIAL_FORMS": "0",
         "allowances-TOTAL_FORMS": "0", "allowances-INITIAL_FORMS": "0"},
    )  # fmt: skip
    assert re.search(r'name="payment_reference" value="\+\+\+090/9337/55493\+\+\+"', answer.content.decode())
    assert Invoice.objects.get().version == invoice.version


def test_a_scan_says_that_it_is_read_and_the_answer_ends_the_question(space, page, client):
    invoice = world.received(space, _photo(), filename="photo.jpg")
    asked = f"{invoice.get_absolute_url()}reading/"
    text = page(invoice)
    assert "Being read…" in text and f'hx-get="{asked}"' in text and "Look again" in text
    assert "reading" in client.get(invoice.get_absolute_url().replace(f"{invoice.pk}/", "")).content.decode()
    Reading.objects.update(state=Reading.State.DONE)
    answer = client.get(asked, headers={"HX-Request": "true"}).content.decode()
    assert "It has been read." in answer and "hx-get" not in answer
    assert client.get(asked).status_code == 303


def test_a_machine_without_an_engine_says_once_what_to_install(space, page):
    invoice = world.received(space, _photo(), filename="photo.jpg")
    Reading.objects.update(
        state=Reading.State.NO_ENGINE, last_error="Install the package tesseract-ocr, then it is read."
    )
    text = page(invoice)
    assert text.count("Install the package tesseract-ocr") == 1 and "This scan was not read." in text
