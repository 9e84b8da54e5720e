"""Addresses of destinations: the public one, unless the installation names another."""

from banqup.settings.base import pairs
from integrations.destinations import base_url


def test_an_address_is_the_public_one_unless_another_is_named(settings):
    settings.BANQUP_BASE_URLS = {"dropbox.api": "http://127.0.0.1:8123/"}
    assert base_url("dropbox.api", "https://api.dropboxapi.com") == "http://127.0.0.1:8123"
    assert base_url("dropbox.content", "https://content.dropboxapi.com/") == "https://content.dropboxapi.com"


def test_the_setting_is_a_list_of_names_and_addresses(monkeypatch):
    monkeypatch.setenv("BANQUP_BASE_URLS", "a.b=http://127.0.0.1:8123, c=https://c.example/?x=1")
    assert pairs("BANQUP_BASE_URLS") == {"a.b": "http://127.0.0.1:8123", "c": "https://c.example/?x=1"}
    monkeypatch.delenv("BANQUP_BASE_URLS")
    assert pairs("BANQUP_BASE_URLS") == {}
