"""Where the files of a document land in a Google Drive, and what each of its answers means."""

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.utils import timezone

from banqup.exports.models import Export, ExportAttempt, Grant, Integration
from banqup.invoices.statuses import Kind
from integrations import base, delivery, oauth, setup
from integrations.google_drive import client
from integrations.google_drive.connector import GoogleDriveConnector, _account
from integrations.google_drive.forms import GoogleDriveForm
from tests.factories import clock, world
from tests.fakes.google_drive import FOLDER, GoogleDrive, Item, denied
from tests.fakes.server import hang_up, html, lose_answer, path, status
from tests.integrations import helpers

pytestmark = pytest.mark.django_db

XML = b"<Invoice>2026-0042Molens Van Damme NV</Invoice>"
FOLDERS = "Invoice_import/BE0702451135/AP/2026/03"
STEM = f"{FOLDERS}/2026-03-14_Molens Van Damme NV_2026-0042"
BOTH = {f"{STEM}.xml": [XML], f"{STEM}.pdf": [helpers.PDF]}
UPLOAD = path("/upload/")


@pytest.fixture
def there(settings):
    settings.BANQUP_ALLOW_PRIVATE_WEBHOOKS = True
    with GoogleDrive() as running:
        settings.BANQUP_BASE_URLS = running.base_urls
        yield running


@pytest.fixture
def drive(space, there):
    made = helpers.integration(space, "google_drive")
    helpers.consented(made, there.consent)
    return made


@pytest.fixture
def export(space, drive):
    return helpers.queued(helpers.released(space), drive)


@pytest.fixture
def in_pieces(monkeypatch, there):
    monkeypatch.setattr(client, "ONE_CALL_AT_MOST", 100)
    monkeypatch.setattr(client, "PIECE", 40)
    there.one_call_at_most, there.unit = 100, 20


def push_one(space, drive, **fields) -> Export:
    return helpers.push(helpers.queued(helpers.released(space, **fields), drive))


def calls(there):
    return [(request.method, request.path.split("/drive/v3/")[-1]) for request in there.requests]


def test_the_e_invoice_and_the_pdf_stand_in_the_tree_of_the_space(export, there):
    done = helpers.push(export)
    assert (done.state, done.remote_label, there.tree()) == ("delivered", f"/{STEM}.xml", BOTH)
    assert done.remote_url == f"https://drive.google.com/file/d/{there.named('.xml').id}/view"
    assert there.folders() == ["/".join(FOLDERS.split("/")[:depth]) for depth in range(1, 6)]


def test_a_second_document_of_the_month_needs_five_calls(export, space, drive, there):
    helpers.push(export)
    before = len(there.requests)
    push_one(space, drive, number="2026-0043")
    files, upload = ("GET", "files"), ("POST", "files")
    assert calls(there)[before:] == [files, files, ("GET", "files/generateIds"), upload, upload]
    assert len(there.folders()) == 5


def test_sales_credit_notes_and_self_billed_documents_arrive_as_what_they_are(space, drive, there):
    Integration.objects.update(config={"pattern": "{direction}/{kind}/{number}"})
    kinds = [(Kind.SALES, False), (Kind.SALES, True), (Kind.SELF_BILLED_IN, False), (Kind.SELF_BILLED_OUT, True)]
    for number, (kind, is_credit_note) in enumerate(kinds):
        invoice = helpers.released(space, str(number), kind=kind)
        type(invoice).objects.filter(pk=invoice.pk).update(is_credit_note=is_credit_note)
        helpers.push(helpers.queued(invoice, drive))
    assert [name for name in there.tree() if name.endswith(".xml")] == [
        "AR/invoice/0.xml",
        "AR/credit-note/1.xml",
        "AR/invoice/2.xml",
        "AP/credit-note/3.xml",
    ]


def test_attachments_follow_with_awkward_names_made_harmless(space, drive, there):
    appendices = [("../o'clock \\ “é” ☂.csv", "text/csv", b"hours"), ("copy.pdf", "application/pdf", helpers.PDF)]
    push_one(space, drive, appendices=appendices, number="it's № 1/2")
    again = push_one(space, drive, appendices=appendices, number="it's № 1/2", xml=b"<other/>", pdf=b"%PDF-other")
    stem = f"{STEM[:-9]}it's № 1-2"
    own = f"{FOLDERS}/{again.remote['at']}"
    assert again.remote["at"].startswith("2026-03-14_Molens Van Damme NV_it's № 1-2-")
    assert there.tree() == {
        f"{stem}.xml": ["<Invoice>it's № 1/2Molens Van Damme NV</Invoice>".encode()],
        f"{stem}.pdf": [helpers.PDF],
        f"{stem}_1_o'clock - “é” ☂.csv": [b"hours"],
        f"{own}.xml": [b"<other/>"],
        f"{own}.pdf": [b"%PDF-other"],
        f"{own}_1_o'clock - “é” ☂.csv": [b"hours"],
        f"{own}_2_copy.pdf": [helpers.PDF],
    }


def test_a_pattern_without_folders_writes_at_the_top(export, there):
    Integration.objects.update(config={"pattern": "{number}"})
    assert helpers.push(export).state == "delivered"
    assert (set(there.tree()), there.folders()) == ({"2026-0042.xml", "2026-0042.pdf"}, [])


# --- however badly it goes ------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(1, 14))
@pytest.mark.parametrize("fault", [lose_answer(), hang_up()], ids=["answer lost", "hung up"])
def test_whichever_call_is_lost_each_file_and_folder_stands_there_once(export, there, number, fault):
    seen = []
    there.next(fault, when=lambda request: seen.append(request) or len(seen) == number)
    assert helpers.push(export).state == "waiting"
    assert helpers.push_again(export).state == "delivered"
    assert (there.tree(), len(there.folders())) == (BOTH, 5)


def test_where_a_search_does_not_see_yet_what_was_made_its_id_does(export, there):
    """The answer to an upload is lost, and the search is behind: the id chosen before tells."""
    there.next(lose_answer(), when=UPLOAD)
    helpers.push(export)

    def behind(server, request):
        return status(200, b'{"files": []}')(server, request)

    there.next(behind, when=lambda request: "in parents" in request.query.get("q", ""))
    assert helpers.push_again(export).state == "delivered"
    assert there.tree() == BOTH
    assert ("GET", f"files/{there.named('.xml').id}") in calls(there)


def test_a_file_thrown_away_between_two_tries_is_made_under_another_id(export, there):
    there.next(lose_answer(), when=UPLOAD)
    helpers.push(export)
    there.named(".xml").is_trashed = True
    assert helpers.push_again(export).state == "delivered"
    assert there.tree() == BOTH


def test_an_id_that_is_refused_for_ever_is_tried_again_later(export, there):
    there.next(denied("fileIdInUse", 409), denied("fileIdInUse", 409), when=UPLOAD)
    done = helpers.push(export)
    assert (done.state, helpers.tries(export)) == ("waiting", [(1, "try_again")])
    assert helpers.push_again(export).state == "delivered"
    assert there.tree() == BOTH


def test_a_retry_goes_on_after_the_files_that_are_there(export, there):
    there.next(status(500), when=lambda request: UPLOAD(request) and b"%PDF" in request.body)
    helpers.push(export)
    before = len(there.requests)
    assert helpers.push_again(export).state == "delivered"
    assert calls(there)[before:] == [("GET", "files"), ("GET", "files"), ("POST", "files")]


def test_a_resend_of_an_unchanged_document_writes_nothing(export, drive, there):
    first = helpers.push(export)
    before = len(there.requests)
    again = helpers.push(helpers.queued(export.invoice, drive))
    assert (again.state, again.remote_url, there.tree()) == ("delivered", first.remote_url, BOTH)
    assert calls(there)[before:] == [("GET", "files"), ("GET", "files")]


def test_a_resend_finds_a_file_that_a_person_moved_and_brings_back_one_that_was_thrown_away(export, drive, there):
    helpers.push(export)
    there.named(".xml").parent = "0AROOTofMyDrive"
    there.named(".pdf").is_trashed = True
    helpers.push(helpers.queued(export.invoice, drive))
    assert there.tree() == {"2026-03-14_Molens Van Damme NV_2026-0042.xml": [XML], f"{STEM}.pdf": [helpers.PDF]}


def test_a_file_that_a_person_changed_is_left_alone(export, drive, there):
    helpers.push(export)
    there.named(".xml").data = b"my notes"
    again = helpers.push(helpers.queued(export.invoice, drive))
    assert again.state == "delivered"
    own = f"{FOLDERS}/{again.remote['at']}.xml"
    assert there.tree() == BOTH | {f"{STEM}.xml": [b"my notes"], own: [XML]}


def test_a_folder_that_was_renamed_is_used_and_one_thrown_away_is_made_again(export, space, drive, there):
    helpers.push(export)
    there.named("AP/2026/03").name = "March"
    push_one(space, drive, number="2")
    assert f"{FOLDERS[:-2]}March/2026-03-14_Molens Van Damme NV_2.xml" in there.tree()
    there.named("2026/March").is_trashed = True
    push_one(space, drive, number="3")
    assert f"{FOLDERS}/2026-03-14_Molens Van Damme NV_3.xml" in there.tree()


def test_a_persons_own_folder_of_that_name_is_not_seen_and_not_used(export, there):
    there.items["theirs"] = Item("theirs", "Invoice_import", FOLDER, "0AROOTofMyDrive", {}, by_this_app=False)
    assert helpers.push(export).state == "delivered"
    assert [item for item in there.items.values() if item.parent == "theirs"] == []


def test_a_folder_that_goes_while_we_write_is_made_again_at_the_next_try(export, there):
    there.next(denied("notFound", 404), when=UPLOAD)
    done = helpers.push(export)
    assert (done.state, done.reason) == (
        "waiting",
        "The folder at Google Drive has just gone; it is made again.",
    )
    assert helpers.push_again(export).state == "delivered"
    assert there.tree() == BOTH


def test_the_accountants_copy_in_another_folder_of_the_same_account_is_one_of_its_own(export, space, drive, there):
    other = helpers.integration(space, "google_drive", name="Other", config={"pattern": "office/{number}"})
    helpers.consented(other, there.consent)
    helpers.push(export)
    helpers.push(helpers.queued(export.invoice, other))
    assert there.tree() == BOTH | {"office/2026-0042.xml": [XML], "office/2026-0042.pdf": [helpers.PDF]}


# --- large files ----------------------------------------------------------------------------------


def test_pieces_are_of_a_size_that_drive_takes():
    assert client.PIECE % (256 * 1024) == 0


LARGE = b"%PDF-1.7\n" + bytes(range(256))


def test_a_large_file_goes_in_pieces(space, drive, there, in_pieces):
    push_one(space, drive, pdf=LARGE)
    assert there.tree() == {f"{STEM}.xml": [XML], f"{STEM}.pdf": [LARGE]}
    sent = [len(request.body) for request in there.requests if request.method == "PUT"]
    assert sent == [40, 40, 40, 40, 40, 40, 25]


@pytest.mark.parametrize("number", range(1, 9))
@pytest.mark.parametrize("fault", [lose_answer(), hang_up(), status(503)], ids=["answer lost", "hung up", "503"])
def test_a_large_file_goes_on_where_it_broke(space, drive, there, in_pieces, number, fault):
    export, seen = helpers.queued(helpers.released(space, pdf=LARGE), drive), []

    def is_hit(request):
        in_session = request.method == "PUT" or request.query.get("uploadType") == "resumable"
        return in_session and (seen.append(request) or len(seen) == number)

    there.next(fault, when=is_hit)
    assert helpers.push(export).state == "waiting"
    assert helpers.push_again(export).state == "delivered"
    assert there.tree() == {f"{STEM}.xml": [XML], f"{STEM}.pdf": [LARGE]}
    assert sum(len(request.body) for request in there.requests if request.method == "PUT") <= len(LARGE) + 40


def test_a_session_that_is_gone_is_begun_anew(space, drive, there, in_pieces):
    export = helpers.queued(helpers.released(space, pdf=LARGE), drive)
    there.next(status(503), when=lambda request: request.method == "PUT")
    helpers.push(export)
    there.uploads.clear()
    assert helpers.push_again(export).state == "delivered"
    assert there.tree()[f"{STEM}.pdf"] == [LARGE]


def test_an_upload_without_progress_is_tried_again(space, drive, there, in_pieces):
    export = helpers.queued(helpers.released(space, pdf=LARGE), drive)
    there.next(*[status(308)] * 3, when=lambda request: request.method == "PUT")
    done = helpers.push(export)
    name = "2026-03-14_Molens Van Damme NV_2026-0042.pdf"
    assert done.reason == f"The upload of {name} got out of step; it is tried again."
    assert helpers.push_again(export).state == "delivered"


def test_pieces_and_our_token_go_to_google_only(space, drive, there, in_pieces):
    export = helpers.queued(helpers.released(space, pdf=LARGE), drive)
    elsewhere = status(200, b"", Location="http://127.0.0.1:9/upload")
    there.next(elsewhere, when=lambda request: request.query.get("uploadType") == "resumable")
    assert helpers.push(export).reason == "Google Drive named no address for a large file; it is tried again."


def test_the_address_of_an_upload_is_kept_sealed(space, drive, there, in_pieces):
    export = helpers.queued(helpers.released(space, pdf=LARGE), drive)
    there.next(status(503), when=lambda request: request.method == "PUT")
    kept = json.dumps(helpers.push(export).remote)
    (session,) = there.uploads
    assert '"session": "gAAAA' in kept and session not in kept


# --- access ---------------------------------------------------------------------------------------


def test_a_token_that_ends_between_two_calls_is_renewed(export, there):
    with clock.set_to(timezone.now()) as time:

        def a_long_search(server, request):
            answer = server.reply(request)
            time.passes(hours=5)
            return answer

        there.next(a_long_search)
        helpers.push(export)
        assert helpers.push_again(export).state == "delivered"
        assert (there.consent.refreshes, there.tree()) == (1, BOTH)


def test_a_token_taken_back_before_its_time_is_renewed_once_in_the_same_try(export, there):
    there.consent.access_tokens.clear()
    assert (helpers.push(export).state, there.consent.refreshes) == ("delivered", 1)


def test_a_revoked_consent_waits_for_a_person_and_then_goes_on(export, drive, there):
    there.consent.revoke()
    done = helpers.push(export)
    assert (done.state, helpers.tries(export)) == ("waiting", [(1, "reconnect_needed")])
    Grant.objects.all().delete()
    helpers.consented(drive, there.consent)
    setup.test(integration=drive, by=world.member(drive.space, "ADM"))
    assert helpers.push_again(export).state == "delivered"


# --- what each answer means -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "state", "outcome", "words"),
    [
        (denied("storageQuotaExceeded"), "waiting", "broken_configuration", "The Google Drive is full."),
        (denied("insufficientFilePermissions"), "waiting", "broken_configuration", "the right to add files"),
        (denied("appNotAuthorizedToFile"), "waiting", "broken_configuration", "(appNotAuthorizedToFile)"),
        (denied("domainPolicy"), "waiting", "broken_configuration", "does not allow this app"),
        (denied("accessNotConfigured"), "waiting", "broken_configuration", "The Drive API is not switched on"),
        (denied("insufficientPermissions"), "waiting", "reconnect_needed", "lacks the right to store files"),
        (denied("userRateLimitExceeded"), "waiting", "wait_until", "Google Drive asks us to slow down."),
        (denied("rateLimitExceeded", 429), "waiting", "wait_until", "Google Drive asks us to slow down."),
        (denied("dailyLimitExceeded"), "waiting", "wait_until", "takes no more from this installation today"),
        (denied("invalid", 400), "waiting", "refused", "(400 invalid)"),
        (denied("backendError", 503), "waiting", "try_again", "Google Drive answered 503"),
        (status(403, b"<html>"), "waiting", "broken_configuration", "(403)"),
        (status(502, b'{"error": {"errors": []}}'), "waiting", "try_again", "Google Drive answered 502"),
        (html(), "waiting", "try_again", "something that is no data"),
        (status(302, Location="http://127.0.0.1/"), "waiting", "refused", "(302 )"),
    ],
)
def test_what_each_answer_means(export, there, fault, state, outcome, words):
    there.next(fault, when=UPLOAD)
    done = helpers.push(export)
    assert (done.state, helpers.tries(export)) == (state, [(1, outcome)])
    assert words in done.reason


def test_a_token_refused_twice_needs_a_person(export, there):
    there.next(*[denied("authError", 401)] * 2, when=path("/drive/v3"))
    helpers.push(export)
    assert helpers.tries(export) == [(1, "reconnect_needed")]


@pytest.mark.parametrize("reason", ["userRateLimitExceeded", "dailyLimitExceeded"])
def test_retry_after_is_honoured(export, there, reason):
    there.next(denied(reason, Retry_After="900"), when=UPLOAD)
    with clock.set_to(timezone.now()) as time:
        done = helpers.push(export)
        assert timedelta(seconds=899) < done.next_try_at - time.moment <= timedelta(seconds=900)


def test_fewer_ids_than_asked_for_are_not_used(export, there):
    there.next(status(200, b'{"ids": ["x"]}'), when=path("generateIds"))
    assert helpers.push(export).reason == "Google Drive gave no ids for new files; it is tried again."


def test_what_google_says_is_kept_without_our_tokens(export, there):
    kept = Grant.objects.get().read()
    there.next(status(400, f"{kept['access_token']} {kept['refresh_token']}".encode()), when=UPLOAD)
    helpers.push(export)
    assert ExportAttempt.objects.values_list("response_excerpt", flat=True).get() == "••• •••"


# --- shared drives and set-up ---------------------------------------------------------------------


@pytest.fixture
def shared(drive, there):
    there.shared_drives.add("0AShared_Drive")
    drive.config = {"shared_drive": "0AShared_Drive"}
    drive.save()
    return drive


def test_documents_go_to_a_shared_drive(shared, export, there):
    assert helpers.push(export).state == "delivered"
    assert there.tree() == BOTH
    assert there.named("Invoice_import").parent == "0AShared_Drive"
    assert helpers.push(helpers.queued(export.invoice, shared)).state == "delivered"
    assert there.tree() == BOTH
    made = [request for request in there.requests if request.method == "POST"]
    assert {request.query["supportsAllDrives"] for request in made} == {"true"}


def test_after_a_change_to_a_shared_drive_a_resend_goes_there(export, drive, there):
    helpers.push(export)
    there.shared_drives.add("0AShared_Drive")
    Integration.objects.update(config={"shared_drive": "0AShared_Drive"})
    helpers.push(helpers.queued(export.invoice, drive))
    assert there.tree() == {f"{STEM}.xml": [XML, XML], f"{STEM}.pdf": [helpers.PDF, helpers.PDF]}


def test_a_shared_drive_that_is_gone_is_said(shared, export, there):
    there.shared_drives.clear()
    words = "The shared drive is not found. Check its id, and that this account is a member."
    assert [step.message for step in delivery.configured(shared).check() if not step.ok] == [words]
    there.next(status(200, b'{"files": []}'), *[status(200, b'{"files": []}')] * 4)
    assert helpers.push(export).state == "waiting"
    assert helpers.tries(export) == [(1, "broken_configuration")]


def test_the_connection_test_reads_only(drive, there):
    steps = setup.test(integration=drive, by=world.member(drive.space, "ADM"))
    example = "/Invoice_import/Bakkerij Janssens BV/AP/2026/03/2026-03-14_Molens Van Damme NV_2026-0042.xml"
    assert steps == [
        base.TestStep("Sign in at Google Drive", True, "person@example.test"),
        base.TestStep("Find room for files", True, "There is room."),
        base.TestStep("Look into the drive", True, example),
    ]
    assert {request.method for request in there.requests} == {"GET"}


def test_the_connection_test_says_when_the_drive_is_full(drive, there):
    there.limit = 10
    there.items["x"] = Item("x", "x", "text/plain", "0AROOTofMyDrive", {}, b"0123456789")
    steps = delivery.configured(drive).check()
    assert [step.message for step in steps if not step.ok] == [
        "The Google Drive is full. Make room there, then test again."
    ]


def test_who_consented_is_asked_and_not_knowing_it_costs_nothing(there):
    tokens = there.consent.give()
    assert _account(tokens) == "person@example.test"
    there.next(status(500))
    assert _account(tokens) == ""


def test_a_person_connects_and_documents_go(export, drive, there):
    Grant.objects.all().delete()
    asked, kept = oauth.begin(GoogleDriveConnector.provider({}))
    back = parse_qs(urlsplit(httpx.get(asked).headers["Location"]).query)
    assert back["state"] == [kept["state"]]
    by = world.member(drive.space, "ADM")
    grant = setup.connected(integration=drive, code=back["code"][0], verifier=kept["verifier"], by=by)
    assert grant.account == "person@example.test"
    assert all(step.ok for step in setup.test(integration=drive, by=by))
    assert helpers.push(export).state == "delivered"


def test_consent_is_asked_for_what_lasts(drive):
    asked, _kept = oauth.begin(GoogleDriveConnector.provider({}))
    for part in ("access_type=offline", "prompt=consent", "code_challenge_method=S256", "drive.file"):
        assert part in asked


@pytest.mark.parametrize(
    ("entered", "kept"),
    [
        ("", ""),
        ("0AShared_Drive", "0AShared_Drive"),
        ("https://drive.google.com/drive/u/0/folders/0AShared_Drive?usp=sharing", "0AShared_Drive"),
        ("https://drive.google.com/drive/my-drive", None),
        ("short", None),
        ("0AShared' or name = '", None),
    ],
)
def test_the_form_takes_the_id_or_the_address_of_a_shared_drive(entered, kept):
    form = GoogleDriveForm({"shared_drive": entered, "pattern": ""})
    assert (form.cleaned_data["shared_drive"] if form.is_valid() else None) == kept
