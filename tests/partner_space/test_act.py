"""One action for one or many documents of the list: what was done, what was not and why, and the way back."""

import pytest

from banqup.exports.models import Export, ExportState
from banqup.invoices.models import Event, Invoice
from banqup.invoices.statuses import DocumentStatus

from .helpers import HTMX, exported, integration, messages, page, processed, released, tabs, undecided, url


@pytest.fixture
def exact(bakery, engagement):
    return integration(bakery, engagement=engagement, name="Exact Online")


@pytest.fixture
def three(bakery, engagement):
    return [released(bakery, f"A-{n}") for n in (1, 2, 3)]


def value(invoice):
    """What the checkbox of its row holds."""
    return f"{invoice.pk}-{invoice.document_status}"


def act(browser, office, action, invoices=(), query="", **headers):
    data = {"action": action, "ids": [value(invoice) for invoice in invoices]}
    return browser.post(url("documents_act", office) + query, data, follow=not headers, headers=headers or None)


def statuses():
    return dict(Invoice.objects.order_by("pk").values_list("number", "accounting_status"))


def sent():
    return sorted(Export.objects.values_list("invoice__number", "integration__name", "state"))


def test_one_is_marked_and_taken_back(sofie, sofie_herself, office, three):
    shown = act(sofie, office, "mark_as_processed", three[:1])
    assert messages(shown) == ["1 document marked as processed."]
    assert statuses() == {"A-1": "PROCESSED", "A-2": "READY_TO_PROCESS", "A-3": "READY_TO_PROCESS"}
    assert Invoice.objects.get(number="A-1").processed_by == sofie_herself
    (undo,) = page(shown).xpath("//form[contains(@action, '/undo/')]/@action")
    assert messages(sofie.post(undo, follow=True)) == ["1 document is back in To check."]
    assert set(statuses().values()) == {"READY_TO_PROCESS"}
    assert list(Event.objects.values_list("verb", flat=True)) == ["unprocessed", "processed"]


def test_many_are_marked_and_exactly_those_are_taken_back(sofie, office, bakery, three):
    earlier = processed(bakery, "A-0")
    shown = act(sofie, office, "mark_as_processed", [*three, earlier])
    assert messages(shown) == [f"3 documents marked as processed. 1 was skipped: {earlier.title} is processed already."]
    (undo,) = page(shown).xpath("//form[contains(@action, '/undo/')]/@action")
    assert messages(sofie.post(undo, follow=True)) == ["3 documents are back in To check."]
    assert statuses()["A-0"] == "PROCESSED"


def test_what_was_refused_or_disputed_since_it_was_shown_is_left_for_a_person(sofie, office, three):
    for invoice, status in zip(three, (DocumentStatus.REFUSED, DocumentStatus.DISPUTED), strict=False):
        Invoice.objects.filter(pk=invoice.pk).update(document_status=status)
    shown = act(sofie, office, "mark_as_processed", three)
    assert messages(shown) == [
        f"1 document marked as processed. 2 were skipped: {three[0].title} was refused meanwhile. "
        f"{three[1].title} was disputed meanwhile."
    ]
    again = [Invoice.objects.get(pk=invoice.pk) for invoice in three[:2]]
    assert messages(act(sofie, office, "mark_as_processed", again)) == ["2 documents marked as processed."]


def test_what_waits_for_the_client_is_skipped_with_the_reason(sofie, office, bakery, three):
    waiting = undecided(bakery, "A-9")
    shown = act(sofie, office, "mark_as_processed", [waiting])
    assert messages(shown) == [f"1 was skipped: {waiting.title} waits for the client's approval."]
    assert page(shown).xpath("//form[contains(@action, '/undo/')]") == []


def test_more_skipped_than_one_reads_are_counted(sofie, office, bakery, three):
    shown = act(sofie, office, "mark_as_processed", [processed(bakery, f"P-{n}") for n in range(5)])
    (words,) = messages(shown)
    assert (words.startswith("5 were skipped:"), words.endswith("And 2 more."), words.count("processed already")) == (
        True,
        True,
        3,
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"action": "mark_as_processed"}, "Choose at least one document."),
        ({"action": "send"}, "Choose at least one document."),
        ({"action": "mark_as_processed", "ids": ["x", "-1", "9" * 30]}, "Choose at least one document."),
        ({"action": "delete", "ids": ["1"]}, None),
        ({}, "Choose what to do with the documents."),
    ],
)
def test_nothing_chosen_changes_nothing(sofie, office, three, data, words):
    if data.get("action") == "delete":
        data, words = {"action": "delete", "ids": [value(three[0])]}, "Choose what to do with the documents."
    shown = sofie.post(url("documents_act", office), data, follow=True)
    assert (messages(shown), set(statuses().values())) == ([words], {"READY_TO_PROCESS"})


def test_the_page_comes_back_where_it_was(sofie, office, bakery, three):
    query = f"?client={bakery.pk}&q=mol&tab=all"
    answer = sofie.post(url("documents_act", office) + query, {"action": "mark_as_processed", "ids": [value(three[0])]})
    assert (answer.status_code, answer["Location"]) == (
        303,
        f"{url('documents', office)}?tab=all&client={bakery.pk}&q=mol",
    )


def test_htmx_gets_the_list_with_counts_message_and_rail(sofie, office, three):
    part = act(sofie, office, "mark_as_processed", three[:2], **HTMX)
    assert (part.status_code, "<html" in part.text, "A-3" in part.text, "A-1" in part.text) == (200, False, True, False)
    assert tabs(part) == {"To check": "1", "Client action needed": "0", "Processed": "2", "All": "3"}
    assert messages(part) == ["2 documents marked as processed."]
    assert 'id="rail" hx-swap-oob="true"' in part.text


def test_a_get_changes_nothing(sofie, office, three):
    answers = [sofie.get(url(name, office) + f"?ids={three[0].pk}") for name in ("documents_act", "documents_undo")]
    answers.append(sofie.get(url("document_process", office, three[0].pk)))
    assert ([answer.status_code for answer in answers], set(statuses().values())) == ([405] * 3, {"READY_TO_PROCESS"})


def test_a_forged_undo_address_reaches_ones_own_documents_only(sofie, office, three, strangers):
    theirs = processed(strangers, "S-1")
    assert sofie.post(url("documents_undo", office) + f"?ids={theirs.pk}").status_code == 404
    assert statuses()["S-1"] == "PROCESSED"


# --- sending ----------------------------------------------------------------------------------------


def test_only_what_is_missing_is_sent_and_only_to_the_office(sofie, office, bakery, engagement, exact, three):
    integration(bakery, name="The client's own")
    second = integration(bakery, engagement=engagement, name="WinBooks")
    exported(three[0], exact, ExportState.DELIVERED)
    exported(three[0], second, ExportState.FAILED)
    exported(three[1], exact, ExportState.DELIVERED)
    exported(three[1], second, ExportState.QUEUED)
    before = Export.objects.count()
    shown = act(sofie, office, "send", three)
    assert messages(shown) == [
        "2 documents are being sent. Statuses and bookkeeping do not change. "
        f"1 was skipped: {three[1].title} is there already, or on its way."
    ]
    new = Export.objects.order_by("pk")[before:].values_list(
        "invoice__number", "integration__name", "state", "sequence"
    )
    assert sorted(new) == [
        ("A-1", "WinBooks", "queued", 2),
        ("A-3", "Exact Online", "queued", 1),
        ("A-3", "WinBooks", "queued", 1),
    ]
    assert set(statuses().values()) == {"READY_TO_PROCESS"}


def test_the_word_beside_a_row_sends_that_row_whatever_is_ticked(sofie, office, exact, three):
    act(sofie, office, f"send-{three[0].pk}", three[1:])
    assert sent() == [("A-1", "Exact Online", "queued")]


def test_why_nothing_is_sent(sofie, office, bakery, engagement, three):
    waiting = undecided(bakery, "A-9")
    assert messages(act(sofie, office, "send", [three[0], waiting])) == [
        f"2 were skipped: {three[0].title}: no integration of yours is active for this client. "
        f"{waiting.title} waits for the client's approval."
    ]
    assert sent() == []
