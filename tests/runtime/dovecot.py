"""A real IMAP server for tests: Debian's Dovecot, as a process of its own with a configuration of its own."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from tests.fakes import imap
from tests.runtime import processes

PROGRAM = "/usr/sbin/dovecot"
ADVICE = "Tests of a real IMAP server need Dovecot: run `apt install dovecot-imapd`"
USER, PASSWORD = imap.USER, imap.PASSWORD


def find():
    """The path of Dovecot on this machine, or None."""
    return shutil.which("dovecot") or (PROGRAM if Path(PROGRAM).exists() else None)


def ensure():
    """Installs one where its tests may not be skipped; nobody else gets a mail server on their machine unasked."""
    demanded = os.environ.get("BANQUP_TEST_SERVICES") == "required"
    if find() or not demanded or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    print("No IMAP server here: installing Debian's Dovecot with apt-get (its tests need one)", flush=True)
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    commands = [["update", "-qq"], ["install", "-qq", "--yes", "--no-install-recommends", "dovecot-imapd"]]
    for command in commands:
        if subprocess.run(["apt-get", *command], env=environ, stdout=subprocess.DEVNULL).returncode != 0:
            return


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def _answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


class Dovecot:
    """Speaks TLS and STARTTLS on free ports of 127.0.0.1; `authority` is a file for SSL_CERT_FILE.

    `extra` is more of its configuration. The mails of `USER` lie in `home`, one folder a mailbox folder (Maildir).
    """

    def __init__(self, extra=""):
        # Its sockets have long names, and a name of a socket may not be long.
        self._folder = tempfile.TemporaryDirectory(prefix="dc-", dir="/tmp")
        self._base = Path(self._folder.name)
        self.user, self.password = USER, PASSWORD
        self.authority, _context = imap.certificate(self._base)
        self.port, self.plain_port = _free_port(), _free_port()
        self.home = self._base / "mail"
        self.home.mkdir()
        self._conf = self._base / "dovecot.conf"
        self._conf.write_text(self._configuration() + extra)
        (self._base / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
        self._base.chmod(0o755)
        if os.geteuid() == 0:
            shutil.chown(self.home, "nobody", "nogroup")

    def _configuration(self) -> str:
        base, root = self._base, os.geteuid() == 0
        own = (
            "" if root else f"default_internal_user = {os.environ['USER']}\ndefault_login_user = {os.environ['USER']}\n"
        )
        return (
            own
            + f"""\
protocols = imap
listen = 127.0.0.1
base_dir = {base}/run
state_dir = {base}/state
log_path = /dev/stderr
ssl = required
ssl_cert = <{base}/certificate.pem
ssl_key = <{base}/key.pem
disable_plaintext_auth = yes
mail_location = maildir:{self.home}/Maildir
mail_home = {self.home}
mail_uid = {"nobody" if root else os.geteuid()}
mail_gid = {"nogroup" if root else os.getegid()}
first_valid_uid = 1
first_valid_gid = 1
default_vsz_limit = 0
auth_failure_delay = 0 secs
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {base}/users
}}
userdb {{
  driver = static
  args = uid={"nobody" if root else os.geteuid()} gid={"nogroup" if root else os.getegid()} home={self.home}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {self.plain_port}
  }}
  inet_listener imaps {{
    port = {self.port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""
        )

    def __enter__(self):
        self.process = processes.Spawned([find(), "-F", "-c", self._conf])
        try:
            self.process.wait_for_output("starting up")
            processes.eventually(lambda: _answers(self.port), message="Dovecot takes no connections")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc):
        self.process.stop()
        self._folder.cleanup()

    def put(self, data: bytes, folder: str = "INBOX") -> None:
        """As a mail server delivers: whole, or not at all."""
        where = self._maildir(folder)
        for name in ("new", "cur", "tmp"):
            (where / name).mkdir(parents=True, exist_ok=True)
            if os.geteuid() == 0:
                for each in (where, where / name):
                    shutil.chown(each, "nobody", "nogroup")
        number = len(list(self.home.rglob("*")))
        path = where / "tmp" / f"{number}.test"
        path.write_bytes(data)
        if os.geteuid() == 0:
            shutil.chown(path, "nobody", "nogroup")
        path.rename(where / "new" / path.name)

    def lying_in(self, folder: str) -> list[bytes]:
        """Without those marked as deleted (`T` in the name)."""
        found = [path for name in ("new", "cur") for path in sorted((self._maildir(folder) / name).glob("*"))]
        return [
            path.read_bytes() for path in found if "T" not in path.name.rpartition(":2,")[2] or ":2," not in path.name
        ]

    def _maildir(self, folder: str) -> Path:
        inbox = self.home / "Maildir"
        return inbox if folder == "INBOX" else inbox / f".{folder}"
