"""The validator service with real processes: what happens when they hang, die or disappear."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from banqup.einvoicing import ValidatorUnavailable, begin_validation, client, sockets, validate
from banqup.einvoicing import service as service_module
from banqup.einvoicing.worker import Gone
from tests.factories.einvoices import invoice_bytes

COMMAND = [sys.executable, "-m", "banqup.einvoicing.service", "--socket"]


@pytest.fixture
def path(tmp_path):
    """A socket path that is short enough wherever pytest keeps its folders."""
    return sockets.choose(tmp_path / "v.sock")


@pytest.fixture
def start(spawn, eventually, path):
    """A function that starts a service with one child and waits until that child is ready."""

    def started(*options):
        process = spawn([*COMMAND, path, "--workers", "1", *options])
        eventually(lambda: answering(path) and client.ping(socket_path=path)["children"], 60, process.output)
        return process

    return started


@pytest.fixture
def background():
    with ThreadPoolExecutor(4) as pool:
        yield pool


def answering(path):
    with contextlib.suppress(ValidatorUnavailable):
        return client.ping(socket_path=path)


def only_child(path):
    [child] = client.ping(socket_path=path)["children"]
    return child


def gone(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"  # dead; in a container nobody may have collected it


def hang_on_a_request(path, background, eventually):
    """Freeze the child, send it a document, and give the child and the pending answer."""
    child = only_child(path)
    os.kill(child, signal.SIGSTOP)
    answer = background.submit(validate, invoice_bytes(), socket_path=path)
    eventually(lambda: client.ping(socket_path=path)["waiting"] == 1)
    return child, answer


def test_it_judges_over_its_socket(start, path):
    start()
    report = validate(invoice_bytes(), socket_path=path)
    assert report.valid and report.profile == "peppol-billing-3"
    assert [(layer.name, layer.judged) for layer in report.layers] == [
        ("UBL 2.1 schema", True),
        ("EN 16931", True),
        ("Peppol BIS Billing 3.0", True),
    ]


def test_its_socket_is_for_its_user_alone(start, path):
    start()
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_a_child_killed_in_the_middle_is_replaced_and_the_answer_still_comes(start, path, background, eventually):
    start()
    child, answer = hang_on_a_request(path, background, eventually)
    os.kill(child, signal.SIGKILL)
    assert answer.result(120).valid
    assert only_child(path) != child


def test_a_document_that_takes_too_long_is_a_finding_and_the_next_one_is_judged(start, path, background, eventually):
    start("--timeout", "1")
    child, answer = hang_on_a_request(path, background, eventually)
    report = answer.result(120)
    assert not report.valid
    assert [finding.rule for finding in report.findings] == ["TIMEOUT"]
    assert eventually(lambda: gone(child))
    assert validate(invoice_bytes(), socket_path=path).valid


def test_a_child_over_its_memory_limit_is_ended_and_the_document_gets_a_finding(start, path, background, eventually):
    start("--memory", "1")
    _, answer = hang_on_a_request(path, background, eventually)
    report = answer.result(120)
    assert [finding.rule for finding in report.findings] == ["ENGINE"]
    assert "memory" in report.findings[0].message


def test_a_child_that_has_grown_is_replaced_between_documents(start, path, eventually):
    start("--memory", "200")
    before = only_child(path)
    with contextlib.suppress(ValidatorUnavailable):
        validate(invoice_bytes(), socket_path=path)
    assert eventually(lambda: before not in client.ping(socket_path=path)["children"])


def test_a_document_that_kills_two_children_is_a_finding(monkeypatch):
    class Doomed:
        worn_out = False

        async def ask(self, *_):
            raise Gone("died")

        @classmethod
        async def start(cls, *_):
            return cls()

    monkeypatch.setattr(service_module, "Worker", Doomed)

    async def scenario():
        service = service_module.Service("unused", 1, 1.0, None, 1)
        service.idle.put_nowait(None)
        answer = await service._judge({}, b"<a/>")
        await asyncio.gather(*service.tasks)
        return answer, service.idle.qsize()

    answer, free = asyncio.run(scenario())
    assert [finding["rule"] for finding in answer["report"]["findings"]] == ["ENGINE"]
    assert free == 1, "the slot is free again"


def test_children_vanish_when_the_service_is_killed(start, path, eventually):
    process = start()
    child = only_child(path)
    process.signal(signal.SIGKILL)
    assert eventually(lambda: gone(child))


def test_it_ends_with_its_children_and_its_socket_on_request(start, path, eventually):
    process = start()
    child = only_child(path)
    process.signal(signal.SIGTERM)
    assert process.process.wait(120) == 0
    assert gone(child)
    assert not os.path.exists(path)


def test_it_ends_when_the_process_that_started_it_is_gone(path, spawn, eventually):
    starter = spawn(
        [
            sys.executable,
            "-c",
            "import subprocess, sys, time\nsubprocess.Popen(sys.argv[1:])\ntime.sleep(600)",
            *COMMAND,
            path,
            "--workers",
            "1",
        ]
    )
    pid = eventually(lambda: answering(path), 120)["pid"]
    starter.signal(signal.SIGKILL)
    starter.process.wait()
    assert eventually(lambda: gone(pid), 120)


def test_it_ends_by_itself_when_idle_if_asked_to(path, spawn):
    process = spawn([*COMMAND, path, "--workers", "1", "--idle-exit", "0.1"])
    assert process.process.wait(120) == 0
    assert "nothing asked" in process.output


def test_a_second_service_for_the_same_socket_leaves_quietly(start, path, spawn):
    start()
    second = spawn([*COMMAND, path, "--workers", "1"])
    assert second.process.wait(120) == 0
    assert validate(invoice_bytes(), socket_path=path).valid


def test_a_socket_left_over_by_a_dead_service_is_replaced(start, path):
    with socket.socket(socket.AF_UNIX) as left_over:
        left_over.bind(path)
    start()
    assert validate(invoice_bytes(), socket_path=path).valid


def test_it_ends_when_its_socket_is_taken_away(start, path):
    process = start()
    os.unlink(path)
    assert process.process.wait(120) == 0


def test_nonsense_on_the_socket_harms_nobody(start, path):
    start()
    for nonsense in (b"", b"GET / HTTP/1.1\r\n\r\n", b"\0" * 8, b"\xff" * 64):
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(path)
            line.sendall(nonsense)
    assert validate(invoice_bytes(), socket_path=path).valid


def test_many_clients_at_once_each_get_their_own_answer(start, path, background):
    start()
    numbers = [f"N-{n}" for n in range(12)]
    reports = list(background.map(lambda n: validate(invoice_bytes(type_code=n), socket_path=path), numbers))
    for number, report in zip(numbers, reports, strict=True):
        assert any(number in finding.message for finding in report.fatal)


def test_a_verdict_can_be_asked_for_now_and_fetched_later(start, path):
    start()
    finish = begin_validation(invoice_bytes(), socket_path=path)
    assert finish().valid


def test_a_verdict_fetched_later_is_asked_for_again_when_the_service_went_away(start, path, eventually):
    first = start()
    os.kill(only_child(path), signal.SIGSTOP)
    finish = begin_validation(invoice_bytes(), socket_path=path)
    first.signal(signal.SIGKILL)
    first.process.wait()
    start()
    assert finish().valid


def test_asking_now_raises_nothing_and_fetching_says_that_there_is_no_service(path, monkeypatch):
    monkeypatch.setattr(client.sys, "executable", "/bin/false")
    finish = begin_validation(invoice_bytes(), socket_path=path)
    with pytest.raises(ValidatorUnavailable):
        finish()


def test_the_client_starts_a_service_where_none_answers(path, eventually):
    try:
        assert validate(invoice_bytes(), socket_path=path).valid
        pid = client.ping(socket_path=path)["pid"]
    finally:
        with contextlib.suppress(ValidatorUnavailable):
            os.kill(client.ping(socket_path=path)["pid"], signal.SIGTERM)
    assert eventually(lambda: gone(pid))


def test_no_verdict_is_made_up_when_no_service_can_be_had(path, monkeypatch):
    monkeypatch.setattr(client.sys, "executable", "/bin/false")
    with pytest.raises(ValidatorUnavailable, match="while starting"):
        validate(invoice_bytes(), socket_path=path)


def test_a_service_that_does_not_answer_in_time_is_unavailable(path):
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(path)
        silent.listen()
        with pytest.raises(ValidatorUnavailable, match="did not answer"):
            validate(invoice_bytes(), socket_path=path, timeout=0.1)


def test_the_calling_process_never_loads_a_rule_engine(validator):
    script = (
        "import sys, banqup.einvoicing as e\n"
        "heavy = {'django', 'lxml', 'saxonche', 'mockeinvoice', 'facturx', 'pypdf', 'pypdfium2'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "from tests.factories.einvoices import invoice_bytes\n"
        "assert e.validate(invoice_bytes(), socket_path=sys.argv[1]).valid\n"
        "assert not (heavy - {'lxml'}) & set(sys.modules), (heavy - {'lxml'}) & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script, validator], check=True, timeout=180)


def test_the_web_process_starts_without_any_rule_engine():
    script = (
        "import sys, banqup.wsgi\n"
        "from django.urls import get_resolver\n"
        "get_resolver().url_patterns\n"
        "heavy = {'saxonche', 'mockeinvoice', 'facturx'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "banqup.settings.test"}
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60, env=environment)
