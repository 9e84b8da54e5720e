"""Destinations in bad weather: the fakes of tests/fakes, which fail now and then by the dice.

What they do while they fail is theirs to tell afterwards: `injected` counts it.
"""

import time
from collections import Counter
from datetime import timedelta

from django.utils import timezone

from tests.fakes.dropbox import Dropbox
from tests.fakes.exact_online import ExactOnline
from tests.fakes.peppyrus import Peppyrus
from tests.fakes.recommand import Recommand
from tests.fakes.server import FakeServer, Reply, hang_up, html, lose_answer, status
from tests.fakes.yuki import Yuki
from tests.integrations.yuki.destination import FAULT

# In the number of a document that its destination never takes.
NEVER = "NEVER"
SLOW_SECONDS = 0.3


class Hook(FakeServer):
    """Somebody's own system behind a webhook: keeps one document an id, whatever comes again."""

    def __init__(self):
        super().__init__()
        self.documents: dict[str, dict] = {}
        self.bodies: dict[str, bytes] = {}

    def reply(self, request) -> Reply:
        if request.json["type"] == "document.approved":
            key = request.headers["webhook-id"]
            self.documents.setdefault(key, request.json)
            assert self.bodies.setdefault(key, request.body) == request.body
        return Reply(200, b"thank you")


class Weather:
    """Beside a fake: which request meets which failure."""

    # Of a hundred requests so many meet one.
    bad = 8
    failures = {
        "500": status(500, b"Something broke."),
        "429": status(429, b"Slow down.", Retry_After="30"),
        "lost answer": lose_answer(),
        "hung up": hang_up(),
        "HTML": html(),
        "slow": None,
    }

    def __init__(self, dice):
        super().__init__()
        self.dice, self.injected, self.calm = dice, Counter(), False
        self.at_work = 0  # requests that it has not answered yet

    def answer(self, request):
        with self.lock:
            self.at_work += 1
        try:
            return self._in_weather(request)
        finally:
            with self.lock:
                self.at_work -= 1

    def _in_weather(self, request):
        if self.calm or self.is_spared(request):
            return super().answer(request)
        if self.is_delivery(request) and NEVER in request.headers.get(
            "dropbox-api-arg", request.body.decode("latin-1")
        ):
            self.injected["refused"] += 1
            return self.refusal(request)
        with self.lock:
            failure = self.dice.choice(list(self.failures)) if self.dice.randrange(100) < self.bad else ""
            if failure:
                self.injected[failure] += 1
        if failure == "slow":
            time.sleep(SLOW_SECONDS)
        elif failure:
            self.next(self.failures[failure], when=lambda each: each is request)
        return super().answer(request)

    def is_spared(self, request) -> bool:
        """A person's browser on its way through the consent."""
        return request.method == "GET" and "/oauth2/" in request.path

    def is_delivery(self, request) -> bool:
        return True

    def refusal(self, request) -> Reply:
        return Reply(422, b"We do not take this one.")


class StormyHook(Weather, Hook):
    failures = {**Weather.failures, "HTML": html(502)}


class StormyDropbox(Weather, Dropbox):
    def is_delivery(self, request) -> bool:
        return request.path == "/2/files/upload"

    def refusal(self, request) -> Reply:
        return Reply(400, b"We do not take this one.")


class StormyExact(Weather, ExactOnline):
    # Six requests a document: each of them may fail.
    bad = 3

    def __init__(self, dice):
        super().__init__(dice)
        self.failures = {**Weather.failures, "429": self._used_up}

    def _used_up(self, server, request) -> Reply:
        reset = str(int((timezone.now() + timedelta(minutes=1)).timestamp() * 1000))
        return Reply(429, b"", {"X-RateLimit-Minutely-Remaining": "0", "X-RateLimit-Minutely-Reset": reset})

    def is_delivery(self, request) -> bool:
        return request.path.endswith("documents/Documents") and request.method == "POST"

    def refusal(self, request) -> Reply:
        return Reply(400, b'{"error": {"message": {"value": "We do not take this one."}}}')


class StormyYuki(Weather, Yuki):
    bad = 5

    def is_delivery(self, request) -> bool:
        return b"UploadDocument" in request.body

    def refusal(self, request) -> Reply:
        return Reply(500, FAULT, {"Content-Type": "text/xml"})


class StormyPeppyrus(Weather, Peppyrus):
    pass


class StormyRecommand(Weather, Recommand):
    pass
