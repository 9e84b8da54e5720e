"""No request of ours reaches into a private network, whatever the address says or its name resolves to."""

import socket

import pytest

from integrations import addresses, http
from integrations.base import BrokenConfiguration, TryAgain

PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "fe80::1",
    "fe80::1%lo",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "2001:db8::1",
]
PUBLIC = ["8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
NEVER = [
    "169.254.169.254",
    "0.0.0.0",
    "224.0.0.1",
    "::",
    "fe80::1",
    "ff02::1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
]


@pytest.fixture
def production(settings):
    settings.BANQUP_ALLOW_PRIVATE_WEBHOOKS = False


class FakeNames:
    """A resolver whose answers the test chooses, one list of addresses a call; the last one stays."""

    def __init__(self, monkeypatch, *answers):
        self.answers, self.asked = list(answers), []
        monkeypatch.setattr(addresses, "resolve", self)

    def __call__(self, host, port):
        self.asked.append(host)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [(socket.AF_INET, (address, port)) for address in found]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_may_not_be_called(address, production):
    assert addresses.may_connect(address) is False


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_called(address, production):
    assert addresses.may_connect(address) is True


@pytest.mark.parametrize("address", NEVER)
def test_machine_metadata_and_groups_may_not_be_called_even_where_private_networks_may(address):
    assert addresses.may_connect(address) is False


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "192.168.1.1", "::1", "fd12:3456::1", "8.8.8.8"])
def test_where_private_networks_are_allowed_they_may_be_called(address):
    assert addresses.may_connect(address) is True


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://localhost/",
        "https://LOCALHOST./",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://0/",
        "https://100.64.0.1/",
        "https://[fe80::1]/",
    ],
)
def test_every_way_to_write_our_own_machine_is_refused_before_a_byte_is_sent(url, production):
    with pytest.raises((BrokenConfiguration, TryAgain)) as raised:
        http.request("POST", url)
    assert raised.value.message.endswith(
        ("Enter a public address.", "can't be found.", "like https://example.com/banqup.")
    )


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://example.com/", "Enter an address that begins with https://."),
        ("file:///etc/passwd", "Enter an address that begins with https://."),
        ("gopher://example.com/", "Enter an address that begins with https://."),
        ("//example.com/", "Enter an address that begins with https://."),
        ("example.com", "Enter an address that begins with https://."),
        ("https://", "Enter an address that begins with https://."),
        ("", "Enter an address that begins with https://."),
        (
            "https://user:word@example.com/",
            "Leave user name and password out of the address; the signature proves who sends.",
        ),
        (
            "https://user@example.com/",
            "Leave user name and password out of the address; the signature proves who sends.",
        ),
        ("https://example.com:22/", "Port 22 can't be used. Use 443."),
        ("https://example.com:6379/", "Port 6379 can't be used. Use 443."),
        ("https://example.com:80/", "Port 80 can't be used. Use 443."),
        ("https://exa mple.com/", "This is not a web address. Enter one like https://example.com/banqup."),
        ("https://example.com\\@127.0.0.1/", "This is not a web address. Enter one like https://example.com/banqup."),
        (
            "https://example.com/\r\nX-Header: 1",
            "This is not a web address. Enter one like https://example.com/banqup.",
        ),
        ("https://[::1", "This is not a web address. Enter one like https://example.com/banqup."),
        ("https://example.com:0/", "Port 0 can't be used. Use 443."),
        ("https://example.com:99999/", "Port 99999 can't be used. Use 443."),
    ],
)
def test_an_address_of_a_wrong_form_is_refused_in_words(url, words, production):
    with pytest.raises(addresses.AddressRefused) as raised:
        addresses.check_url(url)
    assert str(raised.value) == words


@pytest.mark.parametrize("url", ["https://example.com/a?b=c", "https://example.com:8443/", "https://bücher.example/"])
def test_a_public_https_address_has_the_right_form(url, production):
    assert addresses.check_url(url) is None


@pytest.mark.parametrize(
    ("port", "allowed"), [(80, True), (8000, True), (9999, True), (22, False), (5432, False), (10000, False)]
)
def test_where_private_networks_are_allowed_only_ports_of_web_servers_are(port, allowed):
    try:
        addresses.check_url(f"http://127.0.0.1:{port}/")
    except addresses.AddressRefused:
        assert not allowed
    else:
        assert allowed


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch, production):
    FakeNames(monkeypatch, ["93.184.216.34", "10.0.0.1"])
    with pytest.raises(BrokenConfiguration) as raised:
        http.request("POST", "https://mixed.example/")
    assert (
        raised.value.message
        == "mixed.example leads into a private network, where nothing may be sent. Enter a public address."
    )


def test_a_name_that_changes_its_mind_is_judged_anew_for_each_connection(monkeypatch, sink):
    """DNS rebinding: harmless when it was entered, our metadata service when it is called."""
    names = FakeNames(monkeypatch, ["127.0.0.1"], ["169.254.169.254"])
    url = f"http://rebinding.example:{sink.port}/hook"
    assert http.request("POST", url, body=b'{"type": ""}').status == 200
    http.forget_connections()
    with pytest.raises(BrokenConfiguration):
        http.request("POST", url, body=b'{"type": ""}')
    assert names.asked == ["rebinding.example", "rebinding.example"]


def test_the_connection_goes_to_the_judged_address_and_names_the_host(monkeypatch, sink):
    """The name is asked for once: a second answer could be another one."""
    names = FakeNames(monkeypatch, ["127.0.0.1"], ["203.0.113.1"])
    http.request("POST", f"http://shop.example:{sink.port}/hook", body=b'{"type": ""}')
    assert names.asked == ["shop.example"]
    assert sink.requests[0].headers["host"] == f"shop.example:{sink.port}"


def test_a_name_that_does_not_resolve_is_tried_again(monkeypatch, production):
    def unknown(*args, **kwargs):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(TryAgain) as raised:
        http.request("POST", "https://typo.example/")
    assert raised.value.message == "The name typo.example can't be found."
