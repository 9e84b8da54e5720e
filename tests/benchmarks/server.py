"""The production web server on the benchmark's database, with the floor's view beside the product's.

Run as a program it serves; `Server` starts that program and talks to it over one kept-alive connection.
"""

import http.client
import os
import socket
import sys
from urllib.parse import urlencode

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "banqup.settings.test")


def application(environ, start_response):
    return _application(environ, start_response)


def _load():
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application

    django.setup()
    settings.ROOT_URLCONF = "tests.benchmarks.floor"
    return get_wsgi_application()


if os.environ.get("BANQUP_BENCH_SERVER"):
    _application = _load()


class Server:
    """Started on a free port; `post` and `get` answer with the status code."""

    def __init__(self, broker: str = ""):
        """`broker`: where its nudges go; without one they are lost."""
        from django.db import connection

        from tests.runtime import processes

        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
        command += ["--port", str(self.port), "--workers", "1", "--blocking-threads", "1", "--log-level", "warning"]
        environ = {"BANQUP_TEST_DATABASE": processes.database_url(connection), "BANQUP_BENCH_SERVER": "1"}
        if broker:
            environ["BANQUP_TEST_BROKER"] = processes.celery_url(broker)
        self.process = processes.Spawned([*command, "tests.benchmarks.server:application"], environ)
        processes.eventually(self._answers, 30, f"the server did not start:\n{self.process.output}")
        self.line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def _answers(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def post(self, path: str, fields: dict | None = None, cookies: dict | None = None) -> int:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, urlencode(fields or {}), headers, cookies)

    def get(self, path: str, cookies: dict | None = None) -> int:
        return self._ask("GET", path, None, {}, cookies)

    def _ask(self, method: str, path: str, body, headers: dict, cookies: dict | None) -> int:
        if cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        self.line.request(method, path, body, headers)
        answer = self.line.getresponse()
        answer.read()
        return answer.status

    def stop(self):
        self.line.close()
        self.process.stop()
