"""Where the files of a document land in a Dropbox, and what each of its answers means."""

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.utils import timezone

from banqup.exports.models import Export, ExportAttempt, Grant, Integration
from banqup.invoices.statuses import Kind
from integrations import base, delivery, oauth, setup
from integrations.dropbox import client
from integrations.dropbox.connector import DropboxConnector, _account
from integrations.dropbox.forms import DropboxForm
from tests.factories import clock, world
from tests.fakes.dropbox import Dropbox, content_hash, fails
from tests.fakes.server import hang_up, html, lose_answer, path, status
from tests.integrations import helpers

pytestmark = pytest.mark.django_db

XML = b"<Invoice>2026-0042Molens Van Damme NV</Invoice>"
STEM = "/Invoice_import/BE0702451135/AP/2026/03/2026-03-14_Molens Van Damme NV_2026-0042"
UPLOAD, LOOK = path("/files/upload"), path("/get_metadata")


@pytest.fixture
def there(settings):
    settings.BANQUP_ALLOW_PRIVATE_WEBHOOKS = True
    with Dropbox() as running:
        settings.BANQUP_BASE_URLS = running.base_urls
        yield running


@pytest.fixture
def dropbox(space, there):
    made = helpers.integration(space, "dropbox")
    helpers.consented(made, there.consent)
    return made


@pytest.fixture
def export(space, dropbox):
    return helpers.queued(helpers.released(space), dropbox)


@pytest.fixture
def in_pieces(monkeypatch, there):
    monkeypatch.setattr(client, "ONE_CALL_AT_MOST", 100)
    monkeypatch.setattr(client, "PIECE", 40)
    there.one_call_at_most = 100


def push_one(space, dropbox, **fields) -> Export:
    return helpers.push(helpers.queued(helpers.released(space, **fields), dropbox))


def calls(there, part=""):
    return [request.path.rsplit("/2/", 1)[-1] for request in there.requests if part in request.path]


def test_the_e_invoice_and_the_pdf_stand_in_the_tree_of_the_space(export, there):
    done = helpers.push(export)
    assert (done.state, done.remote_label) == ("delivered", f"{STEM}.xml")
    assert done.remote_url == "https://www.dropbox.com/home/Apps/Banqup" + STEM.replace(" ", "%20") + ".xml"
    assert there.files == {f"{STEM}.xml": XML, f"{STEM}.pdf": helpers.PDF}
    assert done.remote["done"][".xml"]["id"] == there.ids[f"{STEM}.xml"]


def test_sales_credit_notes_and_self_billed_documents_arrive_as_what_they_are(space, dropbox, there):
    Integration.objects.update(config={"pattern": "{direction}/{kind}/{counterparty}/{number}"})
    kinds = [(Kind.SALES, False), (Kind.SALES, True), (Kind.SELF_BILLED_IN, False), (Kind.SELF_BILLED_OUT, True)]
    for number, (kind, is_credit_note) in enumerate(kinds):
        invoice = helpers.released(space, str(number), kind=kind)
        type(invoice).objects.filter(pk=invoice.pk).update(is_credit_note=is_credit_note)
        helpers.push(helpers.queued(invoice, dropbox))
    assert [name for name in there.files if name.endswith(".xml")] == [
        "/AR/invoice/Molens Van Damme NV/0.xml",
        "/AR/credit-note/Molens Van Damme NV/1.xml",
        "/AR/invoice/Molens Van Damme NV/2.xml",
        "/AP/credit-note/Molens Van Damme NV/3.xml",
    ]


def test_attachments_follow_with_awkward_names_made_harmless(space, dropbox, there):
    appendices = [
        ("../../naïve\x7f: “hours” ☂.csv", "text/csv", b"hours"),
        ("copy.pdf", "application/pdf", helpers.PDF),
    ]
    push_one(space, dropbox, appendices=appendices, number="№ 1/2 ☂")
    assert there.files == {
        f"{STEM[:-9]}№ 1-2 ☂.xml": "<Invoice>№ 1/2 ☂Molens Van Damme NV</Invoice>".encode(),
        f"{STEM[:-9]}№ 1-2 ☂.pdf": helpers.PDF,
        f"{STEM[:-9]}№ 1-2 ☂_1_naïve- “hours” ☂.csv": b"hours",
    }


def test_our_hash_is_dropboxs_own(monkeypatch):
    assert client.content_hash(b"abc") == "4f8b42c22dd3729b519ba6f68d2da7cc5b2d606d05daed5ad5128cc03e6c6358"
    many = bytes(range(256)) * 40_000
    assert client.content_hash(many) == content_hash(many)


# --- however badly it goes ------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(1, 5))
@pytest.mark.parametrize("fault", [lose_answer(), hang_up()], ids=["answer lost", "hung up"])
def test_whichever_call_is_lost_each_file_stands_there_once(export, there, number, fault):
    seen = []
    there.next(fault, when=lambda request: seen.append(request) or len(seen) == number)
    assert helpers.push(export).state == "waiting"
    assert helpers.push_again(export).state == "delivered"
    assert there.files == {f"{STEM}.xml": XML, f"{STEM}.pdf": helpers.PDF}


def test_a_retry_goes_on_after_the_files_that_are_there(export, there):
    there.next(status(500), when=lambda request: UPLOAD(request) and b"%PDF" in request.body)
    helpers.push(export)
    before = len(there.requests)
    assert helpers.push_again(export).state == "delivered"
    assert calls(there)[before:] == ["files/get_metadata", "files/upload"]


def test_a_resend_of_an_unchanged_document_writes_nothing(export, dropbox, there):
    first = helpers.push(export)
    before = len(calls(there, "/upload"))
    again = helpers.push(helpers.queued(export.invoice, dropbox))
    assert (again.state, again.remote_label, len(calls(there, "/upload"))) == ("delivered", first.remote_label, before)


def test_a_resend_brings_back_what_was_taken_away(export, dropbox, there):
    helpers.push(export)
    del there.files[f"{STEM}.pdf"]
    helpers.push(helpers.queued(export.invoice, dropbox))
    assert there.files == {f"{STEM}.xml": XML, f"{STEM}.pdf": helpers.PDF}


def test_another_document_of_one_name_and_a_changed_file_are_left_alone(export, space, dropbox, there):
    helpers.push(export)
    other = push_one(space, dropbox, xml=b"<Invoice>other</Invoice>", pdf=b"%PDF-other")
    own = other.remote["at"]
    assert own.startswith(STEM + "-") and len(own) == len(STEM) + 9
    there.files[f"{own}.xml"] = b"my notes"
    again = helpers.push(helpers.queued(other.invoice, dropbox))
    assert again.remote["at"] == f"{own}-2"
    assert there.files == {
        f"{STEM}.xml": XML,
        f"{STEM}.pdf": helpers.PDF,
        f"{own}.xml": b"my notes",
        f"{own}.pdf": b"%PDF-other",
        f"{own}-2.xml": b"<Invoice>other</Invoice>",
        f"{own}-2.pdf": b"%PDF-other",
    }


def test_names_that_differ_in_case_only_are_one_name_there(space, dropbox, there):
    Integration.objects.update(config={"pattern": "{number}"})
    push_one(space, dropbox, number="abc")
    push_one(space, dropbox, number="ABC")
    assert len(there.files) == 4
    assert len({name.lower() for name in there.files}) == 4


def test_a_name_taken_between_looking_and_writing_is_not_overwritten(export, there):
    def somebody_is_faster(server, request):
        server.files[f"{STEM}.xml"] = b"theirs"
        return server.reply(request)

    there.next(somebody_is_faster, when=UPLOAD)
    done = helpers.push(export)
    assert (done.state, there.files[f"{STEM}.xml"], there.files[done.remote["at"] + ".xml"]) == (
        "delivered",
        b"theirs",
        XML,
    )


# --- large files ----------------------------------------------------------------------------------

LARGE = b"%PDF-1.7\n" + bytes(range(256))


def test_a_large_file_goes_in_pieces(space, dropbox, there, in_pieces):
    push_one(space, dropbox, pdf=LARGE)
    assert there.files == {f"{STEM}.xml": XML, f"{STEM}.pdf": LARGE}
    sent = [request for request in there.requests if "upload_session" in request.path]
    assert [len(request.body) for request in sent] == [0, 40, 40, 40, 40, 40, 40, 25, 0]


@pytest.mark.parametrize("number", range(1, 10))
@pytest.mark.parametrize("fault", [lose_answer(), hang_up(), status(503)], ids=["answer lost", "hung up", "503"])
def test_a_large_file_goes_on_where_it_broke(space, dropbox, there, in_pieces, number, fault):
    export, seen = helpers.queued(helpers.released(space, pdf=LARGE), dropbox), []
    in_session = path("upload_session")
    there.next(fault, when=lambda request: in_session(request) and (seen.append(request) or len(seen) == number))
    assert helpers.push(export).state == "waiting"
    assert helpers.push_again(export).state == "delivered"
    assert there.files == {f"{STEM}.xml": XML, f"{STEM}.pdf": LARGE}
    # No piece that was kept there is sent a second time, but for the one whose answer was lost.
    assert sum(len(request.body) for request in there.requests if "append" in request.path) <= len(LARGE) + 40


def test_a_session_that_is_gone_is_begun_anew(space, dropbox, there, in_pieces):
    export = helpers.queued(helpers.released(space, pdf=LARGE), dropbox)
    there.next(status(503), when=path("upload_session/finish"))
    helpers.push(export)
    there.sessions.clear()
    assert helpers.push_again(export).state == "delivered"
    assert there.files[f"{STEM}.pdf"] == LARGE


def test_an_upload_that_never_gets_in_step_is_tried_again(space, dropbox, there, in_pieces):
    export = helpers.queued(helpers.released(space, pdf=LARGE), dropbox)
    there.next(*[fails("closed")] * 5, when=path("append_v2"))
    done = helpers.push(export)
    assert (done.state, done.reason) == ("waiting", f"The upload of {STEM}.pdf got out of step; it is tried again.")
    assert helpers.push_again(export).state == "delivered"


# --- access ---------------------------------------------------------------------------------------


def test_a_token_that_ends_between_two_files_is_renewed(export, there):
    with clock.set_to(timezone.now()) as time:

        def a_long_upload(server, request):
            time.passes(hours=5)
            return server.reply(request)

        there.next(a_long_upload, when=LOOK)
        helpers.push(export)
        assert helpers.push_again(export).state == "delivered"
        assert (there.consent.refreshes, there.files) == (1, {f"{STEM}.xml": XML, f"{STEM}.pdf": helpers.PDF})


def test_a_token_taken_back_before_its_time_is_renewed_once_in_the_same_try(export, there):
    there.consent.access_tokens.clear()
    assert (helpers.push(export).state, there.consent.refreshes) == ("delivered", 1)


def test_a_revoked_consent_waits_for_a_person_and_then_goes_on(export, dropbox, there):
    there.consent.revoke()
    done = helpers.push(export)
    assert (done.state, helpers.tries(export)) == ("waiting", [(1, "reconnect_needed")])
    Grant.objects.all().delete()
    helpers.consented(dropbox, there.consent)
    setup.test(integration=dropbox, by=world.member(dropbox.space, "ADM"))
    assert helpers.push_again(export).state == "delivered"


def test_after_connecting_another_account_a_retry_brings_all_files_there(export, there):
    there.next(status(500), when=lambda request: UPLOAD(request) and b"%PDF" in request.body)
    helpers.push(export)
    there.files.clear()  # the other account's
    Grant.objects.update(account="other@example.test")
    assert helpers.push_again(export).state == "delivered"
    assert there.files == {f"{STEM}.xml": XML, f"{STEM}.pdf": helpers.PDF}


def test_a_missing_right_is_named(export, there):
    there.scopes.remove("files.content.write")
    assert helpers.push(export).reason == (
        "The consent lacks the right “files.content.write”. An administrator adds it to the app registration "
        "at Dropbox; then connect again."
    )


def test_the_token_request_carries_no_secret(export, there):
    with clock.set_to(timezone.now()) as time:
        time.passes(hours=5)
        assert helpers.push(export).state == "delivered"
    (asked,) = [request for request in there.requests if request.path == "/oauth2/token"]
    assert set(asked.form) == {"grant_type", "refresh_token", "client_id"}


# --- what each answer means -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "state", "outcome", "words"),
    [
        (fails("path", "insufficient_space"), "waiting", "broken_configuration", "The Dropbox is full."),
        (fails("path", "no_write_permission"), "waiting", "broken_configuration", "Give the right to there"),
        (fails("path", "conflict", "file_ancestor"), "waiting", "broken_configuration", "A file stands where a folder"),
        (
            fails("path", "upload_traffic_limit_reached"),
            "waiting",
            "broken_configuration",
            "no more uploads this month",
        ),
        (fails("path", "disallowed_name"), "failed", "permanent", "Change the pattern"),
        (fails("content_hash_mismatch"), "waiting", "try_again", "was damaged on its way"),
        (fails("path", "too_many_write_operations"), "waiting", "wait_until", "it waits for its turn"),
        (fails("something_new"), "waiting", "refused", "(something_new)"),
        (status(400, b"bad header"), "waiting", "refused", "Dropbox refused the request (400)."),
        (status(401, b'{"error": {".tag": "user_suspended"}}'), "waiting", "broken_configuration", "is suspended"),
        (status(401, b'{"error": {".tag": "?"}}'), "waiting", "reconnect_needed", "Connect again."),
        (status(403, b"{}"), "waiting", "broken_configuration", "may not be used so (403)"),
        (status(422, b"{}"), "waiting", "broken_configuration", "may not be used so (422)"),
        (status(429, b"slow down"), "waiting", "wait_until", "Dropbox asks us to slow down."),
        (status(503), "waiting", "try_again", "Dropbox answered 503"),
        (html(), "waiting", "try_again", "something that is no data"),
        (status(302, Location="http://127.0.0.1/"), "waiting", "refused", "Dropbox refused the request (302)."),
    ],
)
def test_what_each_answer_means(export, there, fault, state, outcome, words):
    there.next(fault, when=UPLOAD)
    done = helpers.push(export)
    assert (done.state, helpers.tries(export)) == (state, [(1, outcome)])
    assert words in done.reason


@pytest.mark.parametrize("fault", [status(429, Retry_After="900"), status(503, Retry_After="900")])
def test_retry_after_is_honoured(export, there, fault):
    there.next(fault, when=UPLOAD)
    with clock.set_to(timezone.now()) as time:
        done = helpers.push(export)
        assert timedelta(seconds=899) < done.next_try_at - time.moment <= timedelta(seconds=900)


def test_what_dropbox_says_is_kept_without_our_token_and_with_the_id_for_its_support(export, dropbox, there):
    token = Grant.objects.get().read()["access_token"]
    there.next(status(400, f"bad token {token}".encode(), X_Dropbox_Request_Id="abc123"), when=UPLOAD)
    helpers.push(export)
    kept = ExportAttempt.objects.values_list("response_excerpt", flat=True).get()
    assert kept == "bad token •••\nX-Dropbox-Request-Id: abc123"
    assert token not in json.dumps(Export.objects.get().remote)


# --- set-up ---------------------------------------------------------------------------------------


def test_the_connection_test_reads_only(dropbox, there):
    steps = setup.test(integration=dropbox, by=world.member(dropbox.space, "ADM"))
    example = "/Invoice_import/Bakkerij Janssens BV/AP/2026/03/2026-03-14_Molens Van Damme NV_2026-0042.xml"
    assert steps == [
        base.TestStep("Sign in at Dropbox", True, "person@example.test"),
        base.TestStep("Look into the folder", True, example),
    ]
    assert calls(there) == ["users/get_current_account", "files/get_metadata"]


def test_the_connection_test_says_which_step_fails(dropbox, there):
    there.scopes.remove("files.metadata.read")
    steps = delivery.configured(dropbox).check()
    assert [(step.ok, "files.metadata.read" in step.message) for step in steps] == [(True, False), (False, True)]


def test_who_consented_is_asked_and_not_knowing_it_costs_nothing(there):
    tokens = there.consent.give()
    assert _account(tokens) == "person@example.test"
    there.next(status(500))
    assert _account(tokens) == ""


def test_a_person_connects_and_documents_go(export, dropbox, there):
    Grant.objects.all().delete()
    asked, kept = oauth.begin(DropboxConnector.provider({}))
    back = parse_qs(urlsplit(httpx.get(asked).headers["Location"]).query)
    assert back["state"] == [kept["state"]]
    by = world.member(dropbox.space, "ADM")
    grant = setup.connected(integration=dropbox, code=back["code"][0], verifier=kept["verifier"], by=by)
    assert grant.account == "person@example.test"
    assert all(step.ok for step in setup.test(integration=dropbox, by=by))
    assert helpers.push(export).state == "delivered"


def test_consent_is_asked_for_what_lasts(dropbox):
    asked, _kept = oauth.begin(DropboxConnector.provider({}))
    assert "token_access_type=offline" in asked and "code_challenge_method=S256" in asked


@pytest.mark.parametrize(("pattern", "valid"), [("", True), ("{number}", True), ("{nope}", False), ("../x", False)])
def test_the_form_takes_patterns_that_can_work(pattern, valid):
    assert DropboxForm({"pattern": pattern}).is_valid() is valid
