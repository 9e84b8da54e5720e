"""The Document Creator's pages, without script: what is entered is kept, shown with its totals, and sent once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from banqup.actions import drafts, issuing
from banqup.contacts.models import Contact, Item
from banqup.invoices.models import Invoice
from banqup.invoices.statuses import DocumentStatus, Kind
from banqup.sending.models import NumberSeries
from tests.factories import einvoices, sales, world

from .helpers import browser_of, form_of, fresh, main, messages, page, rows, url, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def space(db):
    return world.business(iban=einvoices.iban(1))


@pytest.fixture
def person(space, an):
    return space.memberships.get().user


@pytest.fixture
def draft(space, person):
    return sales.draft(space, person)


def posted(browser, draft, action="save", **changes):
    """The form of the draft's page as it stands there, with changes, sent by the button `action`."""
    address = url("creator_edit", draft.space, draft.pk)
    data = form_of(browser.get(address))
    data.pop("files")
    return browser.post(address, {**data, "action": action, **changes}, follow=True)


def fields(response, prefix="lines-"):
    return {name: value for name, value in form_of(response).items() if name.startswith(prefix)}


def test_an_invoice_is_made_from_nothing_and_sent(space, an):
    item = Item.objects.create(space=space, name="Desem rond 800 g", price="3.20", vat_rate=6)
    known = sales.customer(space)
    an.post(url("creator_new", space), {"kind": Kind.SALES})
    draft = Invoice.objects.get()
    assert "Nobody matches" in words(main(posted(an, draft, "find_contact", customer_q="Zzz")))
    found = posted(an, draft, "enter", customer_q="duinen")
    assert f"choose_contact:{known.pk}" in found.content.decode()
    posted(an, draft, f"choose_contact:{known.pk}")
    found = posted(an, draft, "find_item:0", **{"lines-0-name": "desem"})
    assert f"use_item:0:{item.pk}" in found.content.decode()
    filled = posted(an, draft, f"use_item:0:{item.pk}", **{"lines-0-quantity": "40"})
    assert fields(filled)["lines-0-net_price"] == "3.20"
    shown = posted(an, draft, "save")
    assert messages(shown) == ["Saved. Nothing is sent yet."]
    assert "VAT 6 % on 128.00 7.68 To pay, EUR 135.68" in words(main(shown))
    assert f"V{space.today().year}-0001, or the next free one" in words(main(shown))
    data = form_of(an.get(draft.get_absolute_url()))
    sent = an.post(url("creator_send", space, draft.pk), {**data, "way": "email"}, follow=True)
    assert sent.redirect_chain[-1][0] == url("sales_detail", space, draft.pk)
    assert messages(sent) == [
        f"Hotel Ter Duinen NV V{space.today().year}-0001 is issued and on its way: E-mail, facturen@terduinen.example."
    ]
    assert fresh(draft).transmissions.get().way == "email"


def test_rows_are_added_moved_and_removed_and_nothing_of_a_line_is_lost(space, an, person):
    bread = replace(sales.line("Brood"), buyer_item_id="THEIRS-1")
    draft = sales.draft(space, person, lines=[bread, sales.line("Taart", "2", "46.00")])
    moved = posted(an, draft, "down:0")
    assert [fields(moved)[f"lines-{n}-name"] for n in (0, 1)] == ["Taart", "Brood"]
    added = posted(an, draft, "add_line")
    assert fields(added)["lines-count"] == "3"
    posted(an, draft, "remove_line:0")
    (line,) = fresh(draft).document.lines
    assert (line.name, line.buyer_item_id, line.id) == ("Brood", "THEIRS-1", "1")


def test_what_is_entered_stands_in_the_document(space, an, draft):
    posted(
        an,
        draft,
        **{
            "lines-0-discount": "10",
            "lines-0-description": "Zonder gluten",
            "note": "Levering dagelijks",
            "payment_terms": "Binnen 30 dagen",
            "order_reference": "PO-77",
            "delivery_date": "20/11/2026",
            "period_start": "1/11/2026",
            "period_end": "30/11/2026",
            "discount": "5",
        },
    )
    document = fresh(draft).document
    assert (document.notes, document.payment_terms, document.order_reference) == (
        ("Levering dagelijks",),
        "Binnen 30 dagen",
        "PO-77",
    )
    assert [str(day) for day in (document.delivery_date, document.period_start, document.period_end)] == [
        "2026-11-20",
        "2026-11-01",
        "2026-11-30",
    ]
    # 45.00 − 10 % = 40.50; − 5 % = 38.47 (2.025 becomes 2.03), and 6 % of that.
    assert [str(each) for each in (document.line_total, document.tax_exclusive_total, document.payable)] == [
        "40.50",
        "38.47",
        "40.78",
    ]
    assert fresh(draft).findings == []
    again = form_of(an.get(draft.get_absolute_url()))
    assert (again["discount"], again["lines-0-discount"], again["charges-count"]) == ("5", "10", "0")


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("lines-0-net_price", "vier", "is not a number"),
        ("lines-0-net_price", "-4", "A price is not negative"),
        ("lines-0-discount", "101", "between 0 and 100"),
        ("issue_date", "31/2", "is not a date"),
        ("iban", "BE44 0000 0000 0101", "The check digits"),
        ("lines-0-kept", "forged", "can't be read any more"),
        ("lines-0-vat", "S:x", "not one of the available choices"),
    ],
)
def test_wrong_input_is_named_at_its_field_and_kept_on_the_page(an, draft, field, value, says):
    response = posted(an, draft, **{field: value, "note": "Not lost"})
    assert response.status_code == 422
    assert says in words(main(response))
    assert form_of(response)[field] == (value if field != "lines-0-vat" else "")  # a list shows what it offers
    assert form_of(response)["note"] == "Not lost"
    assert fresh(draft).version == draft.version


def test_findings_stand_at_their_fields_and_send_says_why_not(space, an, draft):
    shown = posted(an, draft, **{"lines-0-net_price": ""})
    assert "Line 1: enter the price of one unit" in words(main(shown))
    assert "1 to fix before it can be sent." in words(main(shown))
    data = form_of(shown)
    data.pop("files")
    refused = an.post(url("creator_send", space, draft.pk), {**data, "way": "email"})
    assert refused.status_code == 422
    assert "no number was used" in words(main(refused))
    assert fresh(draft).is_draft


def test_who_may_not_send_sees_why_and_who_only_looks_changes_nothing(space, draft, browser_with):
    assistant, reader = browser_with("SA"), browser_with("AUD")
    shown = assistant.get(draft.get_absolute_url())
    assert "This needs the role sales responsible." in words(main(shown))
    assert assistant.post(url("creator_send", space, draft.pk)).status_code == 403
    assert "You can look here, not change." in words(main(reader.get(draft.get_absolute_url())))
    assert reader.post(draft.get_absolute_url(), {"action": "save"}).status_code == 403
    assert fresh(draft).version == draft.version


def test_two_people_who_send_one_draft_and_the_later_one_is_told(space, an, draft):
    data = form_of(an.get(draft.get_absolute_url()))
    data.pop("files")
    other = world.member(space, "SR", email="tom@janssens.example")
    sent = issuing.send(invoice=fresh(draft), way="email", by=other)
    late = an.post(url("creator_send", space, draft.pk), {**data, "way": "email"}, follow=True)
    assert messages(late) == [f"Tom sent it meanwhile, as {sent.number}. Nothing of yours was applied."]
    assert late.redirect_chain[-1][0] == url("sales_detail", space, draft.pk)


def test_what_has_no_way_to_the_customer_is_not_called_delivered(space, an, person):
    draft = sales.draft(space, person, contact=sales.customer(space, email=""))
    data = form_of(an.get(draft.get_absolute_url()))
    data.pop("files")
    assert "way" not in data
    refused = an.post(url("creator_send", space, draft.pk), data)
    assert (refused.status_code, "The customer has no e-mail address." in words(main(refused))) == (409, True)
    assert fresh(draft).is_draft


def test_somebody_elses_change_is_not_written_over(space, an, draft):
    data = form_of(an.get(draft.get_absolute_url()))
    data.pop("files")
    tom = browser_of(world.member(space, "SA", email="tom@janssens.example"))
    posted(tom, draft, note="Tom's")
    late = an.post(draft.get_absolute_url(), {**data, "note": "An's"})
    assert late.status_code == 409
    assert "Tom changed this document meanwhile." in words(main(late))
    assert form_of(late)["note"] == "An's"
    assert fresh(draft).document.notes == ("Tom's",)
    kept = an.post(url("creator_autosave", space, draft.pk), {**data, "note": "An's"}, headers={"HX-Request": "true"})
    assert kept.status_code == 409


def test_typing_is_kept_and_shown_live(space, an, draft):
    data = form_of(an.get(draft.get_absolute_url()))
    data.pop("files")
    typed = {**data, "lines-0-quantity": "3"}
    live = an.post(url("creator_live", space, draft.pk), typed, headers={"HX-Request": "true"})
    assert "EUR 14.31" in words(page(live)).replace("\xa0", " ")
    assert fresh(draft).version == draft.version
    kept = an.post(url("creator_autosave", space, draft.pk), typed, headers={"HX-Request": "true"})
    assert words(page(kept)).startswith("Saved ")
    assert str(fresh(draft).payable) == "14.31"
    wrong = an.post(
        url("creator_autosave", space, draft.pk), {**typed, "lines-0-quantity": "x"}, headers={"HX-Request": "true"}
    )
    assert words(page(wrong)).startswith("Not saved: ")


def noticed(response) -> list[str]:
    return [words(each) for each in page(response).xpath("//*[@id='creator-noticed']//li")]


def test_what_is_missing_is_said_while_one_types_and_goes_when_it_is_there(space, an, draft):
    data = form_of(an.get(draft.get_absolute_url()))
    data.pop("files")

    def live(**changes):
        return an.post(url("creator_live", space, draft.pk), {**data, **changes}, headers={"HX-Request": "true"})

    lacking = live(**{"lines-0-quantity": "", "currency": "EUR"})
    assert noticed(lacking) == ["Line 1: enter the quantity. (BR-22)"]
    (link,) = page(lacking).xpath("//*[@id='creator-noticed']//a/@href")
    assert link == "#id_lines-0-quantity"
    assert words(page(lacking).xpath("//*[@id='creator-count']")[0]) == "1 thing to complete"
    assert {each.get("hx-swap-oob") for each in page(lacking).xpath("//*[@id='creator-noticed']")} == {"true"}
    assert noticed(live()) == []

    mistaken = live(**{"lines-0-net_price": "twelve"})
    assert len(noticed(mistaken)) == 1
    assert (mistaken["HX-Reswap"], page(mistaken).xpath("//*[@id='sums']")) == ("none", [])
    assert fresh(draft).version == draft.version


def test_what_the_rules_find_is_said_once_it_is_kept_and_stays_while_one_types_on(space, an, draft, validator):
    data = form_of(an.get(draft.get_absolute_url()))
    data.pop("files")
    typed = {**data, "iban": "", "due_date": "", "payment_terms": ""}
    kept = an.post(url("creator_autosave", space, draft.pk), typed, headers={"HX-Request": "true"})
    said = noticed(kept)
    assert said and all("BR-" in each for each in said)
    typed["version"] = str(fresh(draft).version)
    live = an.post(url("creator_live", space, draft.pk), {**typed, "note": "x"}, headers={"HX-Request": "true"})
    assert noticed(live) == said


def test_a_credit_note_that_names_no_invoice_says_so_while_one_types(space, an, person):
    draft = drafts.start(space=space, by=person, credit_note=True, contact=sales.customer(space))
    data = form_of(an.get(draft.get_absolute_url()))
    data.pop("files")
    live = an.post(url("creator_live", space, draft.pk), data, headers={"HX-Request": "true"})
    assert any("names no invoice" in each for each in noticed(live))


def test_the_preview_speaks_the_customers_language_and_has_a_code_to_pay_by(space, an, person):
    contact = sales.customer(space, language="fr")
    draft = sales.draft(space, person, contact=contact)
    shown = an.get(draft.get_absolute_url())
    (sheet,) = page(shown).xpath("//article[@id='live']/div")
    assert sheet.get("lang") == "fr"
    assert "À payer" in words(sheet)
    assert len(page(shown).xpath("//*[contains(@class, 'payment-code')][@role='img']")) == 1
    pdf = an.get(url("creator_paper", space, draft.pk))
    assert (pdf["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")


def test_a_customer_is_added_on_the_way_with_its_check_digits_looked_at(space, an):
    an.post(url("creator_new", space), {"kind": Kind.SALES})
    draft = Invoice.objects.get()
    form = posted(an, draft, "new_contact", **{"lines-0-name": "Brood", "lines-0-net_price": "2"})
    assert form.redirect_chain[-1][0] == url("creator_customer", space, draft.pk)
    entered = {"name": "Café Het Anker BV", "country": "BE", "language": "nl", "email": "anker@anker.example"}
    wrong = an.post(form.redirect_chain[-1][0], {**entered, "vat_id": "BE 0123.456.789"})
    assert (wrong.status_code, "check digits" in words(main(wrong))) == (422, True)
    number = einvoices.enterprise_number(4711)
    an.post(form.redirect_chain[-1][0], {**entered, "vat_id": f"BE{number}"})
    contact = Contact.objects.get(name="Café Het Anker BV")
    assert (contact.is_customer, contact.endpoint_id, contact.endpoint_scheme) == (True, number, "0208")
    draft = fresh(draft)
    assert (draft.counterparty, draft.document.buyer.name, draft.document.lines[0].name) == (
        contact,
        "Café Het Anker BV",
        "Brood",
    )


def test_files_are_attached_and_removed(space, an, draft):
    pdf = SimpleUploadedFile("plan.csv", b"a,b\n1,2\n")
    shown = posted(an, draft, "attach", files=pdf)
    assert "plan.csv" in words(main(shown))
    (file,) = fresh(draft).attachments.all()
    posted(an, draft, f"remove_file:{file.pk}")
    assert not fresh(draft).attachments.exists()
    nothing = posted(an, draft, "attach")
    assert (nothing.status_code, "Choose one or more files first." in words(main(nothing))) == (409, True)


def test_a_part_of_an_invoice_is_credited_from_its_page(space, an, person):
    sent = sales.issued(space, person, lines=[sales.line(), sales.line("Taart", "2", "46.00")])
    menu = page(an.get(sent.get_absolute_url()))
    assert menu.xpath("//input[@name='credits']/@value") == [str(sent.pk)]
    an.post(url("creator_new", space), {"credits": sent.pk})
    draft = Invoice.objects.get(document_status=DocumentStatus.DRAFT)
    assert draft.document.preceding[0].number == sent.number
    shown = posted(an, draft, "remove_line:0")
    assert form_of(shown)["preceding_number"] == sent.number
    posted(an, draft)
    assert ([line.name for line in fresh(draft).document.lines], fresh(draft).findings) == (["Taart"], [])


def test_a_credit_note_without_an_invoice_waits_until_a_person_says_that_it_stands_alone(space, an):
    known = sales.customer(space)
    an.post(url("creator_new", space), {"kind": Kind.SALES, "credit_note": "1"})
    draft = Invoice.objects.get()
    shown = posted(
        an,
        draft,
        f"choose_contact:{known.pk}",
        **{"lines-0-name": "Brood", "lines-0-net_price": "2", "lines-0-vat": "S:6"},
    )
    assert "This credit note names no invoice." in words(main(shown))
    alone = posted(an, draft, "stands_alone")
    assert "it belongs to no invoice" in words(main(alone))
    assert (fresh(draft).stands_alone, fresh(draft).error_count) == (True, 0)


def test_a_supplier_with_an_agreement_is_billed_in_its_name(space, an):
    agreed = sales.customer(
        space,
        is_supplier=True,
        self_billing=True,
        mandate_from=space.today() - timedelta(days=1),
    )
    assert "New self-billed invoice" in words(main(an.get(url("creator", space))))
    an.post(url("creator_new", space), {"kind": Kind.SELF_BILLED_OUT})
    draft = Invoice.objects.get()
    line = {"lines-0-name": "Meel", "lines-0-net_price": "10", "lines-0-vat": "S:6", "buyer_reference": "ADM"}
    posted(an, draft, f"choose_contact:{agreed.pk}", **line)
    assert fresh(draft).findings == []
    data = form_of(an.get(draft.get_absolute_url()))
    data.pop("files")
    an.post(url("creator_send", space, draft.pk), {**data, "way": "elsewhere"})
    assert fresh(draft).number == f"SB{agreed.pk}-{space.today().year}-0001"


def test_drafts_are_listed_here_and_nowhere_else_and_come_back_from_the_bin(space, an, draft):
    assert [row[0] for row in rows(an.get(url("creator", space)))] == ["Invoice for Hotel Ter Duinen NV"]
    assert rows(an.get(url("sales_list", space))) == []
    assert an.get(url("sales_detail", space, draft.pk)).url == url("creator_edit", space, draft.pk)
    gone = an.post(url("creator_discard", space, draft.pk), follow=True)
    assert rows(gone) == []
    assert "Restore" in words(main(an.get(url("sales_detail", space, draft.pk))))
    assert an.get(url("creator_edit", space, draft.pk)).url == url("sales_detail", space, draft.pk)
    back = an.post(url("sales_restore", space, draft.pk), follow=True)
    assert back.redirect_chain[-1][0] == url("creator_edit", space, draft.pk)


def test_items_are_kept_and_taken_out_of_the_offer(space, an, draft, browser_with):
    posted(an, draft, "keep_item:0")
    item = Item.objects.get()
    assert (item.name, str(item.price), str(item.vat_rate)) == ("Brood", "4.50", "6.00")
    entered = {"name": "Brood, rond", "code": "B1", "unit": "C62", "price": "4,75", "vat": "S:6"}
    an.post(url("item", space, item.pk), entered)
    assert [row[:3] for row in rows(an.get(url("items", space)))] == [["Brood, rond", "B1", "4.75"]]
    again = an.post(url("item_add", space), entered)
    assert (again.status_code, "Another item has the number B1." in words(main(again))) == (422, True)
    an.post(url("item_switch", space, item.pk))
    assert "not offered" in words(main(an.get(url("items", space))))
    assert "use_item" not in posted(an, draft, "find_item:0").content.decode()
    assert browser_with("AUD").post(url("item", space, item.pk), entered).status_code == 403


def test_the_numbering_of_a_space_is_changed_by_who_manages_it(space, an, person, browser_with):
    address = url("settings_numbering", space)
    change = {"series": "invoice", "invoice-pattern": "F{YY}/{###}", "invoice-starts_at": "41"}
    assert browser_with("SR").post(address, change).status_code == 403
    wrong = an.post(address, {**change, "invoice-pattern": "F"})
    assert (wrong.status_code, "Say once where the running number stands" in words(main(wrong))) == (422, True)
    an.post(address, change)
    assert NumberSeries.objects.get().pattern == "F{YY}/{###}"
    shown = words(main(an.get(address)))
    assert f"Next number F{space.today():%y}/041 Given last none yet" in shown
    sales.issued(space, person)
    late = an.post(address, {**change, "invoice-starts_at": "1"})
    assert (late.status_code, "given already" in words(main(late))) == (422, True)
    assert an.post(address, {**change, "series": "nonsense"}).status_code == 404


def test_a_stranger_finds_no_draft(stranger, space, draft):
    assert stranger.get(draft.get_absolute_url()).status_code == 404
    assert stranger.post(url("creator_send", space, draft.pk)).status_code == 404
