"""What operators ask: does it live, is it ready, how does it go; and who may ask."""

import json
from datetime import timedelta

import pytest
from django.conf import settings as installed
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from banqup.exports.models import ExportAttempt, Integration
from banqup.runtime import metrics, readiness
from tests.factories import world
from tests.integrations import helpers

TOKEN = "a-token-of-the-operator"


@pytest.fixture
def ready(db, settings, tmp_path, own_redis, validator):
    """A machine on which everything is there; a function that asks a new process."""
    settings.REDIS_URL, settings.MEDIA_ROOT = own_redis.url, tmp_path / "files"
    return lambda: Client().get("/healthz/ready")


def states(answer):
    return {name: check["ok"] for name, check in answer.json()["checks"].items()}


def words(answer, name):
    return answer.json()["checks"][name]["words"]


def numbers(answer) -> dict:
    """name{labels} → number, as Prometheus reads them."""
    assert answer.status_code == 200, answer.content
    families = text_string_to_metric_families(answer.content.decode())
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


# --- health -----------------------------------------------------------------------------------------


def test_a_process_lives_whatever_became_of_the_database():
    # No database may be touched in this test: one query would fail it.
    answer = Client().get("/healthz/live")
    assert (answer.status_code, answer.content, answer.headers["Cache-Control"]) == (200, b"ok\n", "no-store")


def test_it_is_ready_when_all_that_it_needs_is_there(ready):
    answer = ready()
    assert answer.status_code == 200 and answer.json()["ready"] is True
    assert states(answer) == dict.fromkeys(["database", "migrations", "broker", "validator", "storage"], True)
    assert answer.cookies == {} and "sessionid" not in str(answer.headers)


def test_what_is_away_makes_it_not_ready_and_is_named_without_addresses(ready, settings, own_redis, tmp_path):
    own_redis.kill()
    settings.BANQUP_VALIDATOR_SOCKET = str(tmp_path / "nobody.sock")
    settings.MEDIA_ROOT = tmp_path / "a file"
    settings.MEDIA_ROOT.write_text("in the way")
    answer = ready()
    assert answer.status_code == 503 and answer.json()["ready"] is False
    assert states(answer) == {
        "database": True,
        "migrations": True,
        "broker": False,
        "validator": False,
        "storage": False,
    }
    assert words(answer, "storage") == "Files can't be written (File exists)."
    assert words(answer, "validator").startswith("The service does not answer. Start it:")
    assert str(tmp_path) not in answer.text and own_redis.url not in answer.text


@pytest.mark.django_db(transaction=True)
def test_tables_that_are_not_there_yet_make_it_not_ready():
    (last,) = MigrationLoader(connection).graph.leaf_nodes("conversations")
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied(*last)
    try:
        answer = Client().get("/healthz/ready")
    finally:
        recorder.record_applied(*last)
    assert answer.status_code == 503 and states(answer)["migrations"] is False
    assert words(answer, "migrations") == "1 migration is not applied. Run manage.py migrate."
    assert states(Client().get("/healthz/ready"))["migrations"] is True


def test_a_machine_without_a_broker_is_ready_only_where_the_web_server_does_its_work(ready, settings):
    settings.REDIS_URL = ""
    assert words(ready(), "broker") == "None is set: approved documents are not sent. Set REDIS_URL."
    settings.BANQUP_INPROCESS_WORKER = True
    assert ready().status_code == 200


def test_a_service_that_hangs_takes_nobody_with_it(ready, settings, monkeypatch):
    import socket

    monkeypatch.setattr(readiness, "PATIENCE_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes the connection, says nothing
        settings.REDIS_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        answer = ready()
    assert answer.status_code == 503 and states(answer)["broker"] is False
    assert "does not answer within" in words(answer, "broker")


def test_an_answer_counts_for_a_moment(ready, own_redis):
    browser = Client()
    assert browser.get("/healthz/ready").status_code == 200
    own_redis.kill()
    assert browser.get("/healthz/ready").status_code == 200  # still that of a moment ago
    assert ready().status_code == 503


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz/live", "/healthz/ready", "/metrics"])
def test_a_probe_needs_no_host_name_no_https_and_no_body(settings, path):
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["banqup.example"], True
    look, only_head = Client().get(path, headers={"Host": "10.0.0.7:8000"}), Client().head(path)
    assert look.status_code == only_head.status_code != 301 and look.status_code != 400
    assert only_head.content == b"" and int(only_head.headers["Content-Length"]) > 0
    assert Client().post(path).status_code == 405
    # Any other address is checked as ever.
    assert Client().get("/account/login/", headers={"Host": "10.0.0.7:8000"}).status_code in (301, 400)


# --- metrics: who may ask -----------------------------------------------------------------------------


@pytest.mark.django_db
def test_without_a_token_only_this_machine_reads_the_metrics():
    assert Client().get("/metrics").status_code == 200
    assert Client(REMOTE_ADDR="::1").get("/metrics").status_code == 200
    for other in (
        Client(REMOTE_ADDR="10.0.0.9"),
        Client(REMOTE_ADDR=""),
        Client(headers={"X-Forwarded-For": "203.0.113.9"}),
    ):
        answer = other.get("/metrics")
        assert answer.status_code == 403 and "BANQUP_METRICS_TOKEN" in answer.text and "banqup_" not in answer.text


@pytest.mark.django_db
def test_behind_a_proxy_of_ours_a_local_address_says_nothing(settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert Client().get("/metrics").status_code == 403


@pytest.mark.django_db
def test_with_a_token_whoever_has_it_reads_them_from_anywhere(settings):
    settings.BANQUP_METRICS_TOKEN = TOKEN
    away = Client(REMOTE_ADDR="203.0.113.9", headers={"X-Forwarded-For": "203.0.113.9"})
    for wrong in ({}, {"Authorization": "Bearer no"}, {"Authorization": f"Basic {TOKEN}"}, {"Authorization": "é"}):
        answer = away.get("/metrics", headers=wrong)
        assert answer.status_code == 401 and answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert "banqup_" not in answer.text
    assert Client().get("/metrics").status_code == 401  # this machine as well
    assert away.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


# --- metrics: what they say ---------------------------------------------------------------------------


@pytest.mark.django_db
def test_they_count_what_waits_failed_and_needs_somebody(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    space = world.business()
    books, files = helpers.integration(space, "folder"), helpers.integration(space, "webhook")
    Integration.objects.filter(pk=files.pk).update(test_passed=False)
    now = timezone.now()
    helpers.queued(helpers.released(space, "1"), books, state="delivered", settled_at=now)
    helpers.queued(helpers.released(space, "2"), books, next_try_at=now - timedelta(minutes=10))
    helpers.queued(helpers.released(space, "3"), books, next_try_at=now + timedelta(minutes=10), state="waiting")
    helpers.queued(helpers.released(space, "4"), books, state="sending", lease_until=now - timedelta(seconds=1))
    helpers.queued(helpers.released(space, "5"), files, state="failed", settled_at=now)
    found = numbers(Client().get("/metrics"))
    assert {state: found["banqup_exports", "folder", state] for state in ("delivered", "queued", "waiting")} == {
        "delivered": 1,
        "queued": 1,
        "waiting": 1,
    }
    assert (found["banqup_exports", "webhook", "failed"], found["banqup_exports", "webhook", "queued"]) == (1, 0)
    assert 600 <= found["banqup_export_oldest_due_seconds", "folder"] < 700
    assert found["banqup_export_oldest_due_seconds", "webhook"] == 0
    assert found["banqup_exports_left_behind",] == 1
    assert (
        found["banqup_integrations", "folder", "active"] == found["banqup_integrations", "webhook", "not_tested"] == 1
    )
    needing = [found["banqup_integrations_needing_attention", connector] for connector in ("folder", "webhook")]
    assert needing == [0, 1]
    assert found["banqup_receipts_waiting",] == found["banqup_bulk_rows_waiting",] == 0


@pytest.mark.django_db
def test_tries_count_on_and_two_processes_say_the_same(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    space = world.business()
    export = helpers.queued(helpers.released(space), helpers.integration(space, "folder"))

    def tried(number, outcome, ms, **ago):
        started = timezone.now() - timedelta(**ago)
        fields = {"outcome": outcome, "duration_ms": ms, "started_at": started}
        return ExportAttempt.objects.create(export=export, number=number, **fields)

    def counted(browser):
        found = numbers(browser.get("/metrics"))
        return {name[1:]: value for name, value in found.items() if name[0] == "banqup_push_attempts_total"}

    early, late = Client(), Client()
    tried(1, "try_again", 90, hours=2)
    running = tried(2, "", None, seconds=5)
    assert counted(early) == {("folder", "try_again"): 1, ("folder", "none"): 1}
    ExportAttempt.objects.filter(pk=running.pk).update(outcome="delivered", duration_ms=4_000)
    tried(3, "delivered", 700, seconds=1)
    assert counted(early) == counted(late) == {("folder", "try_again"): 1, ("folder", "delivered"): 2}
    found = numbers(early.get("/metrics"))
    buckets = {name[2]: value for name, value in found.items() if name[0] == "banqup_push_duration_seconds_bucket"}
    assert (buckets["0.1"], buckets["1.0"], buckets["5.0"], buckets["+Inf"]) == (1, 2, 3, 3)
    assert found["banqup_push_duration_seconds_sum", "folder"] == 4.79


@pytest.mark.django_db
def test_old_tries_are_read_once_by_a_process(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    space = world.business()
    export = helpers.queued(helpers.released(space), helpers.integration(space, "folder"))
    long_ago = timezone.now() - timedelta(days=1)
    for number in range(1, 6):
        ExportAttempt.objects.create(export=export, number=number, outcome="refused", started_at=long_ago)
    tries = metrics.Tries()
    list(tries.collect(timezone.now()))
    newest = ExportAttempt.objects.order_by("pk").last().pk
    with CaptureQueriesContext(connection) as queries:
        list(tries.collect(timezone.now()))
    assert all(f'"id" > {newest}' in query["sql"] for query in queries)


@pytest.mark.django_db
def test_the_broker_says_how_many_tasks_wait(settings, own_redis):
    import redis

    settings.REDIS_URL = own_redis.url
    with redis.from_url(own_redis.url) as server:
        server.rpush(f"{installed.REDIS_PREFIX}celery", "one", "two")
    found = numbers(Client().get("/metrics"))
    assert (found["banqup_broker_up",], found["banqup_tasks_waiting",]) == (1, 2)
    own_redis.kill()
    found = numbers(Client().get("/metrics"))
    assert found["banqup_broker_up",] == 0 and ("banqup_tasks_waiting",) not in found


def test_a_token_that_can_be_guessed_is_refused():
    from .test_settings import COMPLETE, manage

    done = manage("check", **COMPLETE, BANQUP_METRICS_TOKEN="short")
    assert done.returncode != 0 and "BANQUP_METRICS_TOKEN must have at least 16 characters." in done.stderr


def test_the_answer_of_ready_is_json_for_machines_and_people(ready):
    report = json.loads(ready().content)
    assert report.keys() == {"ready", "checks"}
    assert all(check.keys() == {"ok", "words", "ms"} for check in report["checks"].values())
