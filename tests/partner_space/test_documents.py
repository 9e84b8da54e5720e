"""*Client documents*: tabs, clients, search, and what a row says."""

import pytest

from banqup.exports.models import ExportState
from banqup.invoices.models import Invoice
from banqup.invoices.statuses import DocumentStatus

from .helpers import HTMX, exported, integration, numbers, page, processed, rail, released, tabs, texts, undecided, url


def groups(response) -> list[str]:
    return texts(response, "//tr[contains(@class, 'group-row')]")


def row(response, invoice) -> str:
    (found,) = texts(response, f"//tr[@id='invoice-{invoice.pk}']//td[contains(@class, 'cell-status')]")
    return found


@pytest.fixture
def world_of_two(bakery, engagement, other_client):
    """Of each sort one or two, in two clients."""
    released(bakery, "A-1")
    released(bakery, "A-2")
    undecided(bakery, "A-3")
    processed(bakery, "A-4")
    released(other_client, "B-1")
    undecided(other_client, "B-2", status=DocumentStatus.VALIDATED)


def test_the_tabs_count_and_hold_their_documents(sofie, office, world_of_two):
    shown = {
        tab: sofie.get(url("documents", office), {"tab": tab})
        for tab in ("", "client-action-needed", "processed", "all")
    }
    assert tabs(shown[""]) == {"To check": "3", "Client action needed": "2", "Processed": "1", "All": "6"}
    assert {tab: numbers(response) for tab, response in shown.items()} == {
        "": ["B-1", "A-1", "A-2"],
        "client-action-needed": ["B-2", "A-3"],
        "processed": ["A-4"],
        "all": ["B-2", "B-1", "A-4", "A-3", "A-2", "A-1"],
    }


def test_the_rows_stand_under_their_clients_and_the_rail_counts_both(sofie, office, world_of_two):
    shown = sofie.get(url("documents", office))
    assert groups(shown) == ["Aannemingen Thijs NV 1 to check", "Bakkerij Janssens BV 2 to check"]
    assert rail(shown) == [
        ["All clients", "3", "2"],
        ["Aannemingen Thijs NV", "1", "1"],
        ["Bakkerij Janssens BV", "2", "1"],
    ]


def test_one_client_alone(sofie, office, bakery, world_of_two):
    shown = sofie.get(url("documents", office), {"client": bakery.pk})
    assert (numbers(shown), groups(shown)) == (["A-1", "A-2"], ["Bakkerij Janssens BV 2 to check"])
    assert tabs(shown) == {"To check": "2", "Client action needed": "1", "Processed": "1", "All": "4"}


@pytest.mark.parametrize("client", ["0", "x", "9" * 30])
def test_a_client_that_is_not_there_is_not_found(sofie, office, engagement, client):
    assert sofie.get(url("documents", office), {"client": client}).status_code == 404


def test_a_strangers_business_is_no_filter(sofie, office, engagement, strangers):
    assert sofie.get(url("documents", office), {"client": strangers.pk}).status_code == 404


def test_the_search_looks_in_documents_and_in_the_names_of_clients(sofie, office, bakery, world_of_two):
    Invoice.objects.update(search_text="elektro maes bv 943.80")
    Invoice.objects.filter(number="A-1").update(search_text="molens de ster 1573.00")
    thijs = ["B-2", "B-1"]
    expected = {"1573": ["A-1"], "MOLENS ster": ["A-1"], "thijs": thijs, "thijs 943": thijs, "nothing": []}
    found = {q: numbers(sofie.get(url("documents", office), {"q": q, "tab": "all"})) for q in expected}
    assert found == expected
    counted = tabs(sofie.get(url("documents", office), {"q": "thijs"}))
    assert counted == {"To check": "1", "Client action needed": "1", "Processed": "0", "All": "2"}


def test_the_jump_box_searches_every_tab(sofie, office, world_of_two):
    answer = sofie.get(url("documents_search", office), {"q": "maes & zoon"})
    assert (answer.status_code, answer["Location"]) == (303, url("documents", office) + "?tab=all&q=maes+%26+zoon")


def test_htmx_gets_the_results_with_tabs_and_rail_beside(sofie, office, world_of_two):
    part = sofie.get(url("documents", office), {"tab": "processed"}, headers=HTMX)
    text = part.text
    assert ("<html" in text, 'id="rail" hx-swap-oob="true"' in text, 'id="tabs"' in text) == (False, True, True)
    assert part["Vary"].find("HX-Request") >= 0


def test_without_clients_the_page_says_how_to_get_one(sofie, office):
    assert "No clients yet" in sofie.get(url("documents", office)).text


def test_an_empty_queue_says_what_waits_for_clients(sofie, office, bakery, engagement):
    undecided(bakery)
    text = sofie.get(url("documents", office)).text
    assert "Nothing to check" in text and "1 document waits for its client." in text


# --- what a row says --------------------------------------------------------------------------------


@pytest.fixture
def exact(bakery, engagement):
    return integration(bakery, engagement=engagement, name="Exact Online")


def test_the_export_column_shows_the_worst_of_the_offices_integrations(sofie, office, bakery, engagement, exact):
    winbooks = integration(bakery, engagement=engagement, name="WinBooks")
    integration(bakery, name="The client's own")
    integration(bakery, engagement=engagement, name="Octopus", active=False)
    there, failed, part, waiting, never = [released(bakery, f"A-{n}") for n in range(5)]
    for invoice, first, second in (
        (there, ExportState.DELIVERED, ExportState.DELIVERED),
        (failed, ExportState.DELIVERED, ExportState.FAILED),
        (part, ExportState.DELIVERED, ExportState.CANCELLED),
        (waiting, ExportState.DELIVERED, ExportState.WAITING),
    ):
        exported(invoice, exact, first)
        exported(invoice, winbooks, second)
    shown = sofie.get(url("documents", office))
    assert [row(shown, invoice) for invoice in (there, failed, part, waiting, never)] == [
        "Exact Online, WinBooks",
        f"Failed Resend {failed.title}",
        f"Not sent Send {part.title}",
        "Waiting",
        f"Not sent Send {never.title}",
    ]


def test_the_clients_own_exports_are_not_told(sofie, office, bakery, engagement):
    invoice = released(bakery, "A-1")
    exported(invoice, integration(bakery, name="Their Dropbox"), ExportState.FAILED)
    shown = sofie.get(url("documents", office))
    assert (row(shown, invoice), "Their Dropbox" in shown.text) == ("", False)


@pytest.mark.parametrize(
    ("status", "words"),
    [(DocumentStatus.DISPUTED, "Disputed – do not pay"), (DocumentStatus.REFUSED, "Refused – do not book")],
)
def test_an_objection_after_the_release_stands_in_the_row(sofie, office, bakery, exact, status, words):
    invoice = released(bakery, "A-1")
    exported(invoice, exact, ExportState.DELIVERED)
    Invoice.objects.filter(pk=invoice.pk).update(document_status=status)
    assert row(sofie.get(url("documents", office)), invoice) == words


def test_what_waits_for_the_client_says_for_what(sofie, office, bakery, engagement):
    made = [
        undecided(bakery, "A-1", error_count=2, payable=100),
        undecided(bakery, "A-2", status=DocumentStatus.VALIDATED, payable=100),
        undecided(bakery, "A-3"),
        undecided(bakery, "A-4", status=DocumentStatus.DISPUTED, payable=100),
    ]
    shown = sofie.get(url("documents", office), {"tab": "client-action-needed"})
    assert [row(shown, one) for one in made] == ["its input (2)", "its approval", "its input", "the end of the dispute"]
    assert page(shown).xpath("//input[@name='ids']") == []


def test_refused_before_the_approval_stands_in_all_only(sofie, office, bakery, engagement):
    undecided(bakery, "A-1", status=DocumentStatus.REFUSED)
    shown = sofie.get(url("documents", office), {"tab": "all"})
    assert (numbers(shown), list(tabs(shown).values())) == (["A-1"], ["0", "0", "0", "1"])


def test_type_and_vat_rates_are_columns(sofie, office, bakery, engagement):
    invoice = released(bakery, "A-1")
    data = {
        **invoice.data,
        "vat_breakdown": [{"category": "S", "rate": "21"}, {"category": "S", "rate": "6.0"}, {"category": "E"}],
    }
    Invoice.objects.filter(pk=invoice.pk).update(data=data)
    cells = texts(
        sofie.get(url("documents", office)), f"//tr[@id='invoice-{invoice.pk}']/td[contains(@class, 'priority-3')]"
    )
    assert cells == ["Purchase", "6 · 21 %"]


@pytest.mark.parametrize("breakdown", [None, "x", [1], [{"rate": "a"}], {"rate": 1}])
def test_odd_content_does_not_break_the_list(sofie, office, bakery, engagement, breakdown):
    invoice = released(bakery, "A-1")
    Invoice.objects.filter(pk=invoice.pk).update(data={**invoice.data, "vat_breakdown": breakdown})
    assert numbers(sofie.get(url("documents", office))) == ["A-1"]
