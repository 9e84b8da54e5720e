"""Deliveries in a storm: four destinations that fail, workers and a broker that die, a consent that ends.

Days pass in seconds: the fakes, the workers and the test read one clock (`tests.factories.clock`), and
whenever no worker can do anything before its next moment, that moment is made to come.
"""

import contextlib
import fcntl
import random
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
from django.conf import settings
from django.db import transaction
from django.db.models import Count, Min, Q
from django.utils import timezone
from redis import Redis, RedisError

from banqup.exports import outbox
from banqup.exports.models import CLAIMABLE, PENDING, Export, ExportAttempt, ExportState, Grant, Integration
from banqup.invoices.models import Event
from banqup.spaces.roles import Role
from integrations import oauth, setup, tasks
from integrations.base import DeliveryError
from integrations.webhook.forms import generate_secret
from tests.factories import world
from tests.integrations import helpers
from tests.integrations.dropbox.destination import Destination as DropboxDestination
from tests.integrations.exact_online.destination import Destination as ExactDestination
from tests.integrations.webhook.destination import Destination as HookDestination
from tests.integrations.yuki.destination import Destination as YukiDestination

from .weather import NEVER, StormyDropbox, StormyExact, StormyHook, StormyYuki

# So long what a killed worker had sent may still be on its way.
SECONDS_TO_ARRIVE = 1
# The destinations live in this process: while it looks whether the workers are done, they get no time to answer.
SECONDS_BETWEEN_LOOKS = 0.1
KINDS = {
    "webhook": (StormyHook, HookDestination),
    "dropbox": (StormyDropbox, DropboxDestination),
    "exact_online": (StormyExact, ExactDestination),
    "yuki": (StormyYuki, YukiDestination),
}


class Fleet:
    """The workers, what each is at, and their broker."""

    def __init__(self, folder: Path, broker, start_worker, app: str = "tests.storms.worker"):
        self.folder, self.broker, self._start_worker, self._app = folder, broker, start_worker, app
        self.workers, self._named, self._calm_at = {}, 0, 0.0

    def start(self, number: int) -> None:
        for _ in range(number):
            name, self._named = f"storm{self._named}", self._named + 1
            options = ["--hostname", name]
            self.workers[name] = self._start_worker(*options, broker=self.broker.url, app=self._app)

    def kill_one(self, dice) -> None:
        name = dice.choice(sorted(self.workers))
        self.workers.pop(name).kill()
        self._calm_at = time.monotonic() + SECONDS_TO_ARRIVE
        self.start(1)

    @contextlib.contextmanager
    def standing_still(self):
        """Inside no worker is at a task, and none begins one; False when one is at work at this moment.

        Only so may the clock be moved: a worker that lives keeps its lease.
        """
        with (self.folder / "still").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def is_quiet(self) -> bool:
        """Nobody works and nothing is queued, twice in a row; the next moment somebody may begin."""
        for _look in range(2):
            if time.monotonic() < self._calm_at or self._queued() or any(map(self._is_busy, self.workers)):
                return False
            time.sleep(0.04)
        return True

    def _queued(self) -> int:
        try:
            with Redis.from_url(self.broker.url, socket_timeout=5) as client:
                return client.llen(settings.REDIS_TRANSPORT_OPTIONS["global_keyprefix"] + "celery")
        except RedisError:
            return 1

    def _is_busy(self, name: str) -> bool:
        file = self.folder / name
        return file.exists() and bool(file.read_text())


class Storm:
    """`clock` is shared with the workers; `destinations` stand by the key of their connector."""

    def __init__(self, *, clock, fakes: dict, fleet: Fleet, seed: int):
        self.clock, self.fleet, self.dice = clock, fleet, random.Random(seed)  # noqa: S311
        self.destinations = {key: KINDS[key][1](fake) for key, fake in fakes.items()}
        self.happened, self.waited_at_most, self._before = Counter(), 0, None
        self.space, office = world.business(), world.partner()
        engagement = world.engaged(self.space, office)
        self.people = {place: world.member(place, Role.ADMINISTRATOR) for place in (self.space, office)}
        self.integrations = {
            key: self._integration(key, engagement if key in ("exact_online", "yuki") else None) for key in KINDS
        }

    def _integration(self, key: str, engagement) -> Integration:
        there = self.destinations[key]
        secrets = {"secret": generate_secret()} if key == "webhook" else there.secrets
        made = helpers.integration(self.space, key, config=there.config, secrets=secrets, engagement=engagement)
        if hasattr(there, "consent"):
            helpers.consented(made, there.consent)
        return made

    def run(self, *, documents: int, blows: dict[str, int], refused: int, seconds: float) -> None:
        """Release `documents`, of which no destination ever takes `refused`, while the `blows` fall; till all is settled."""
        ends = time.monotonic() + seconds
        pushes = documents * len(KINDS)
        falling = [blow for blow, times in blows.items() for _ in range(times)]
        self.dice.shuffle(falling)
        moments = sorted(self.dice.sample(range(pushes // 20, pushes * 9 // 10), len(falling)))
        self.blows = list(zip(moments, falling, strict=True))
        never = set(self.dice.sample(range(documents), refused))
        for number in range(documents):
            self._release(number, f"S-{number:05}" + (f"-{NEVER}" if number in never else ""))
            if number % 10 == 9:
                self._strike()
        while Export.objects.filter(state__in=PENDING).exists():
            assert time.monotonic() < ends, f"not settled\n{self.table()}\n{self._left()}"
            self._strike()
            if self.fleet.is_quiet() and not any(there.fake.at_work for there in self.destinations.values()):
                self._go_on()
            else:
                time.sleep(SECONDS_BETWEEN_LOOKS)
        for there in self.destinations.values():
            there.fake.calm = True

    def _release(self, number: int, name: str) -> None:
        pdf, xml = b"%%PDF-1.7 picture %d" % number, f"<Invoice>{name}</Invoice>".encode()
        invoice = helpers.released(self.space, name, pdf=pdf, xml=xml)
        with transaction.atomic():
            outbox.release(invoice)

    # --- what befalls it ---

    def _strike(self) -> None:
        while self.blows and ExportAttempt.objects.count() >= self.blows[0][0]:
            blow = self.blows.pop(0)[1]
            self.happened[blow] += 1
            match blow:
                case "worker killed":
                    self.fleet.kill_one(self.dice)
                case "broker killed":
                    self.fleet.broker.kill()
                    self.fleet.broker.start()
                case "broker flushed":
                    with Redis.from_url(self.fleet.broker.url, socket_timeout=5) as client:
                        client.flushall()
                case "consent revoked":
                    exact = self.destinations["exact_online"].fake
                    with exact.lock:
                        exact.consent.revoke()

    def _go_on(self) -> None:
        """Nobody can do anything: a person repairs, the scheduler sweeps, and when that was all, time passes."""
        self._repair()
        state = (ExportAttempt.objects.count(), Export.objects.filter(state__in=CLAIMABLE).count())
        if state != self._before and outbox.due().exists():
            self._before = state
        else:
            self._before = None
            self._time_passes()
        tasks.sweep()

    def _time_passes(self) -> None:
        now = timezone.now()
        coming = Export.objects.aggregate(
            tried=Min("next_try_at", filter=Q(state__in=CLAIMABLE, next_try_at__gt=now)),
            freed=Min("lease_until", filter=Q(state=ExportState.SENDING, lease_until__gt=now)),
        )
        moments = [moment for moment in coming.values() if moment]
        wait = min(moments) - now if moments else timedelta(0)
        with self.fleet.standing_still() as still:
            if still:
                self.clock.passes(seconds=wait.total_seconds() + self.dice.uniform(1, 60))
            self.happened["time passed" if still else "time waited for a worker"] += 1

    def _repair(self) -> None:
        """Who may connect does so once the consent has ended, and tests what is not tested."""
        for integration in Integration.objects.filter(
            Q(grant__is_dead=True) | Q(test_passed=None) | Q(test_passed=False)
        ):
            person = self.people[integration.owner]
            if Grant.objects.filter(integration=integration, is_dead=True).exists():
                assert integration.attention
                waiting = Export.objects.filter(integration=integration, state=ExportState.WAITING).count()
                self.waited_at_most = max(self.waited_at_most, waiting)
                if not self._connect(integration, person):
                    continue
                self.happened["reconnected"] += 1
            setup.test(integration=integration, by=person)

    def _connect(self, integration: Integration, person) -> bool:
        address, kept = oauth.begin(setup.provider(integration))
        sent_back = urlsplit(httpx.get(address).headers["location"])
        code = dict(parse_qsl(sent_back.query))["code"]
        try:
            setup.connected(integration=integration, code=code, verifier=kept["verifier"], by=person)
        except DeliveryError:
            self.happened["consent not given"] += 1
            return False  # the weather: tried again
        return True

    # --- what must be so afterwards ---

    def check(self) -> None:
        """Each delivered document stands there once, byte for byte; every other one has its reason."""
        for key, integration in self.integrations.items():
            there = Counter(self.destinations[key].contents())
            ours = set()
            for export in Export.objects.filter(integration=integration).select_related("invoice"):
                files = [file.load() for file in export.invoice.attachments.all()]
                ours.update(files)
                counts = {there[file] for file in files}
                is_delivered, name = export.state == ExportState.DELIVERED, export.invoice.number
                told = f"{name} at {key} is {export.state}: {export.reason}; its files stand there {counts} times"
                assert counts == {1} if is_delivered else counts <= {0, 1}, told
                assert bool(export.reason) != is_delivered, told
                if NEVER in name:
                    assert (export.state, counts) == (ExportState.FAILED, {0}), told
            assert (key, set(there) - ours) == (key, set())
        delivered = Export.objects.filter(state=ExportState.DELIVERED).count()
        assert Event.objects.filter(verb="export_delivered").count() == delivered

    def act(self) -> None:
        """A person resends what was refused, now that it is taken."""
        refused = Export.objects.filter(state=ExportState.FAILED, invoice__number__endswith=NEVER)
        for export in refused.select_related("invoice", "integration"):
            with transaction.atomic():
                again = outbox.resend(export.invoice, export.integration, by=None)
            while helpers.push_again(again).state != ExportState.DELIVERED:
                self._before = None
                self._time_passes()

    def table(self) -> str:
        """States, tries and failures, a column for each connector."""
        states = Export.objects.values_list("state", "integration").annotate(number=Count("pk"))
        outcomes = ExportAttempt.objects.values_list("outcome", "export__integration").annotate(number=Count("pk"))
        rows = {f"  {state}": {} for state in ("delivered", "failed", "cancelled")}
        keys = {integration.pk: key for key, integration in self.integrations.items()}
        for state, integration, number in states:
            rows.setdefault(f"  {state}", {})[keys[integration]] = number
        tried = {}
        for outcome, integration, number in outcomes:
            tried.setdefault(f"  {outcome or 'worker died'}", {})[keys[integration]] = number
        injected = {}
        for key, there in self.destinations.items():
            for failure, number in there.fake.injected.items():
                injected.setdefault(f"  {failure}", {})[key] = number
        consents = {
            key: there.consent.refreshes for key, there in self.destinations.items() if hasattr(there, "consent")
        }
        lines = [f"{'':22}" + "".join(f"{key:>14}" for key in KINDS)]
        for title, part in (("documents", rows), ("tries", tried), ("failures injected", injected)):
            lines.append(title)
            lines += [_line(name, row) for name, row in sorted(part.items())]
        lines.append(_line("tokens renewed", consents))
        told = ", ".join(f"{what} {number}×" for what, number in sorted(self.happened.items()))
        passed = timedelta(seconds=round(self.clock.added))
        lines.append(f"{told}; at most {self.waited_at_most} waited for a new consent; {passed} passed")
        return "\n".join(lines)

    def _left(self) -> str:
        left = Export.objects.filter(state__in=PENDING)
        rows = left.values("pk", "integration__connector", "state", "reason", "next_try_at", "attempt_count")
        return "\n".join(f"{timezone.now()} {row}" for row in rows[:10])


def _line(name: str, row: dict) -> str:
    return f"{name:22}" + "".join(f"{row.get(key, 0):>14}" for key in KINDS)
