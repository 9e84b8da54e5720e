"""Where the validator's socket is."""

from __future__ import annotations

import os

import pytest

from banqup.einvoicing import sockets


def test_the_path_given_comes_first_and_the_environment_second(tmp_path, monkeypatch):
    monkeypatch.setenv(sockets.ENVIRONMENT, "/tmp/from-environment.sock")
    assert sockets.choose("/tmp/given.sock") == "/tmp/given.sock"
    assert sockets.choose() == "/tmp/from-environment.sock"
    monkeypatch.delenv(sockets.ENVIRONMENT)
    assert str(os.getuid()) in sockets.choose()


def test_a_socket_path_that_is_too_long_gets_a_short_stand_in(tmp_path):
    long = tmp_path / ("x" * 120) / "v.sock"
    chosen = sockets.choose(long)
    assert len(os.fsencode(chosen)) <= 100
    assert chosen == sockets.choose(long), "service and client must agree"
    assert chosen != sockets.choose(tmp_path / ("y" * 120) / "v.sock")


def test_a_folder_others_can_write_in_is_not_trusted(tmp_path, monkeypatch):
    monkeypatch.setattr(sockets.tempfile, "gettempdir", lambda: "/tmp")
    open_folder = tmp_path / "open"
    open_folder.mkdir()
    open_folder.chmod(0o777)
    with pytest.raises(PermissionError):
        sockets.check_private(open_folder)
