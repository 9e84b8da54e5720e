"""The way out over HTTP: limits of time and size, no redirects, nothing remembered, nothing told."""

import socket
import ssl
import threading
import time

import pytest

from integrations import http
from integrations.base import BrokenConfiguration, TryAgain, UnknownOutcome

BODY = b'{"type": "test"}'


def post(sink):
    return http.request("POST", sink.url, body=BODY)


def test_an_answer_of_any_status_is_an_answer(sink):
    sink.then(sink.status(500, b"sorry"), sink.status(404))
    answers = [post(sink), post(sink), post(sink)]
    assert [(answer.status, answer.body) for answer in answers] == [(500, b"sorry"), (404, b""), (200, b"thank you")]


def test_connections_are_used_again(sink):
    for _ in range(5):
        post(sink)
    assert (len(sink.requests), sink.connections) == (5, 1)


def test_a_redirect_is_not_followed(sink):
    sink.then(sink.status(302, b"", Location=sink.url + "/elsewhere"))
    assert (post(sink).status, [received.path for received in sink.requests]) == (302, ["/hook"])


def test_cookies_of_one_answer_do_not_come_with_the_next_request(sink):
    sink.then(sink.status(200, b"", Set_Cookie="session=1"))
    post(sink)
    post(sink)
    assert "cookie" not in sink.requests[1].headers


def test_proxies_of_the_environment_are_not_used(sink, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert post(sink).status == 200


def test_nothing_of_the_environment_or_of_ours_is_in_the_headers(sink):
    post(sink)
    assert sink.requests[0].headers == {
        "host": f"127.0.0.1:{sink.port}",
        "user-agent": "Banqup/1",
        "accept-encoding": "identity",
        "content-length": str(len(BODY)),
    }


def test_an_answer_that_never_comes_is_of_unknown_outcome(sink, short_patience):
    sink.then(sink.never())
    with pytest.raises(UnknownOutcome) as raised:
        post(sink)
    words = f"It was sent to {sink.url}, but the answer did not arrive. It is sent again under the same id."
    assert raised.value.message == words


def test_an_answer_that_drips_for_ever_ends_at_the_total_limit(sink, short_patience):
    sink.then(sink.drip())
    with pytest.raises(UnknownOutcome):
        post(sink)


def test_nothing_is_sent_by_a_machine_that_slept_since_it_decided_to(sink, monkeypatch):
    """Meanwhile another one may have sent it."""
    write, told, slept = http._Stream.write, time.clock_gettime, []

    def sleep_and_write(stream, *args, **options):
        slept.append(3600)
        return write(stream, *args, **options)

    def clock(which):
        return told(which) + (sum(slept) if which == time.CLOCK_BOOTTIME else 0)

    post(sink)
    monkeypatch.setattr(time, "clock_gettime", clock)
    monkeypatch.setattr(http._Stream, "write", sleep_and_write)
    with pytest.raises(TryAgain, match="broke while sending"):
        post(sink)
    assert len(sink.requests) == 1


def test_an_answer_without_end_is_read_to_the_limit_only(sink):
    sink.then(sink.endless())
    answer = post(sink)
    assert (answer.status, len(answer.body)) == (200, http.READ_AT_MOST)
    assert post(sink).status == 200


def test_a_connection_closed_after_reading_is_of_unknown_outcome(sink):
    sink.then(sink.lose_answer())
    with pytest.raises(UnknownOutcome):
        post(sink)


def test_a_closed_port_is_tried_again(sink):
    port = sink.port
    sink.__exit__()
    with pytest.raises(TryAgain) as raised:
        http.request("POST", f"http://127.0.0.1:{port}/hook?key=1", body=BODY)
    assert raised.value.message == f"http://127.0.0.1:{port}/hook can't be reached."


def test_a_server_that_does_not_take_the_connection_is_tried_again(short_patience):
    """Its queue is full: the connection is never accepted."""
    for port in range(9990, 9999):
        try:
            listener = socket.create_server(("127.0.0.1", port), backlog=0)
            break
        except OSError:
            continue
    waiting = []
    try:
        for _ in range(4):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
            waiting.append(client)
        with pytest.raises((TryAgain, UnknownOutcome)):
            http.request("POST", f"http://127.0.0.1:{port}/", body=BODY)
    finally:
        for each in [*waiting, listener]:
            each.close()


def test_a_certificate_that_nobody_trusts_is_a_broken_configuration(tmp_path):
    listener, url = _tls_server(tmp_path)
    try:
        with pytest.raises(BrokenConfiguration) as raised:
            http.request("POST", url, body=BODY)
    finally:
        listener.close()
    assert raised.value.message == f"The certificate of {url} is not trusted. Install a valid one there."


def _tls_server(tmp_path):
    """A server with a certificate it made itself; it says nothing but its greeting."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")]), datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    for port in range(9900, 9990):
        try:
            listener = socket.create_server(("127.0.0.1", port))
            break
        except OSError:
            continue

    def greet():
        try:
            context.wrap_socket(listener.accept()[0], server_side=True)
        except OSError:
            pass

    threading.Thread(target=greet, daemon=True).start()
    return listener, f"https://localhost:{port}/"


def test_a_child_process_opens_its_own_connections(sink):
    import os

    post(sink)
    before = http._shared_transport()
    child = os.fork()
    if child == 0:
        os._exit(0 if http._transport is None else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert http._shared_transport() is before


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see https://an:pw@shop.example:8443/a?token=1#x", "see https://shop.example:8443/a?•••"),
        ("Authorization: Bearer abc.def", "Authorization: ••• •••"),
        ('{"api_key": "12345", "name": "An"}', '{"api_key": •••, "name": "An"}'),
        ("password=hunter2&a=1", "password=•••&a=1"),
        ("signed with whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "signed with whsec_•••"),
        ("you sent swordfish twice: swordfish", "you sent ••• twice: •••"),
        ("Invoice 2026-0042 was not found.", "Invoice 2026-0042 was not found."),
    ],
)
def test_secrets_are_masked_in_what_people_see(text, shown):
    assert http.redact(text, secrets=["swordfish"]) == shown


def test_an_excerpt_is_readable_and_bounded():
    answer = http.Response(200, {}, b"\x1b[31mred\x00 " + b"x" * 10_000)
    assert answer.excerpt() == "�[31mred� " + "x" * (http.EXCERPT_AT_MOST - 10)
