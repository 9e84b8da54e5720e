"""The connection test, and a disk that is missing, closed or full."""

import errno
import os

import pytest

from integrations import base, payload
from integrations.folder import connector as folder_connector
from integrations.folder import tree
from integrations.folder.connector import FolderConnector
from tests.integrations import helpers
from tests.integrations.folder.test_folder import files, push_one

pytestmark = pytest.mark.django_db


def test_the_connection_test_shows_an_example_and_leaves_nothing(delivered):
    config = {"folder": "janssens", "pattern": "{year}/{counterparty}_{number}"}
    assert FolderConnector(config=config, secrets={}).check() == [
        base.TestStep("Find the delivery folder", True, str(delivered)),
        base.TestStep("Write, read and remove a test file", True, f"{delivered}/janssens"),
        base.TestStep("Name an example", True, f"{delivered}/janssens/2026/Molens Van Damme NV_2026-0042.xml"),
    ]
    assert files(delivered) == {}


def test_a_missing_root_is_said_in_words(space, folder, delivered):
    delivered.rmdir()
    words = (
        f"The delivery folder {delivered} is missing on the server. "
        "Create it (or set BANQUP_FOLDER_ROOT), and let Banqup write there."
    )
    assert FolderConnector(config={}, secrets={}).check() == [base.TestStep("Find the delivery folder", False, words)]
    done = push_one(space, folder)
    assert (done.state, done.reason, helpers.tries(done)) == ("waiting", words, [(1, "broken_configuration")])


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_missing_rights_are_said_in_words(space, folder, delivered, monkeypatch, number):
    def no_rights(*args, **kwargs):
        raise OSError(number, os.strerror(number))

    export = helpers.queued(helpers.released(space), folder)
    monkeypatch.setattr(os, "mkdir", no_rights)
    words = "Banqup may not write to %s. Give the user it runs as the right to, then test again."
    done = helpers.push(export)
    assert (done.state, done.reason) == ("waiting", words % "janssens/AP/2026/2026-0042")
    assert helpers.tries(done) == [(1, "broken_configuration")]
    steps = FolderConnector(config={"folder": "janssens"}, secrets={}).check()
    assert steps[1] == base.TestStep("Write, read and remove a test file", False, words % f"{delivered}/janssens")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_tried_again_and_leaves_nothing_half_written(space, folder, delivered, monkeypatch, number):
    def full(*args):
        raise OSError(number, os.strerror(number))

    export = helpers.queued(helpers.released(space), folder)
    monkeypatch.setattr(os, "fsync", full)
    export = helpers.push(export)
    path = "janssens/AP/2026/2026-0042"
    words = f"The disk is full: {path} can't be written. Make room on the server; it is tried again."
    assert (export.state, export.reason, helpers.tries(export)) == ("waiting", words, [(1, "try_again")])
    assert files(delivered) == {}


def test_a_disk_that_is_full_for_real_leaves_no_half_file(space, folder, delivered, tmp_path):
    """The kernel itself refuses to write more: the limit of a child's file size."""
    import resource
    import signal

    export = helpers.queued(helpers.released(space, xml=b"<Invoice>" + b"x" * 100_000), folder)
    what = payload.build(export)
    loaded = [file.load() for file in what.files]
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
        try:
            with folder_connector._said("here"), tree.folder(delivered, ["janssens"]) as handle:
                tree.add(handle, "big.xml", loaded[1])
        except base.TryAgain as error:
            os._exit(0 if error.message.startswith("The disk is full") else 2)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert files(delivered) == {}
