"""The measures of `make bench`. Limits are promises (see the README); change them only with a reason."""

import contextlib
import itertools
import os
import signal

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from banqup import einvoicing
from banqup.actions import approval
from banqup.actions import intake as intake_verbs
from banqup.einvoicing import client as validator
from banqup.invoices.models import Invoice
from business_space.demo import paper
from tests.benchmarks import bulk, doctor, floor, pushing, sending, validation, writing
from tests.benchmarks.crowd import crowd
from tests.benchmarks.measure import Measure, milliseconds, side_by_side
from tests.benchmarks.server import Server
from tests.factories import einvoices, world

_numbers = itertools.count(1)
SOCKET = os.environ.get("BANQUP_VALIDATOR_SOCKET")


def every(*, quick: bool):
    """All measures, one after the other; `quick` takes fewer rounds, never smaller sizes."""
    rounds = 40 if quick else 200
    yield doctor.memory(quick=quick)  # first: it counts on a database that holds nothing else
    space = world.business()
    office = world.partner()
    engagement = world.engaged(space, office)
    world.integration(space, name="Ours")
    world.integration(space, name="Theirs", engagement=engagement)
    yield best_of(lambda: intake(space, rounds))
    yield best_of(lambda: approve(space, rounds))
    yield bulk.approvals()
    yield from lists(office, 15 if quick else 60)
    # One after the other: what a measure works with lives only until the next one is asked for.
    for family in (validation, writing, pushing, sending):
        for measure in family.every(quick=quick):
            yield best_of(measure)


def best_of(measure, tries: int = 3) -> Measure:
    """The lowest of up to `tries` ratios: what else the machine does can only make a ratio worse."""
    taken = [measure()]
    while not taken[-1].ok and len(taken) < tries:
        taken.append(measure())
    return min(taken, key=lambda each: each.value)


def five_lines(**overrides) -> bytes:
    lines = tuple(einvoices.line(number) for number in range(1, 6))
    return einvoices.invoice_bytes(number=f"B-{next(_numbers)}", lines=lines, **overrides)


def intake(space, rounds) -> Measure:
    """A five-line e-invoice from bytes to released (queued for two integrations), one process."""
    documents = [five_lines() for _ in range(rounds + 2)]
    arriving, alone = iter(documents), iter(documents)

    def whole():
        receipt = intake_verbs.receive_and_judge(
            space=space, data=next(arriving), filename="a.xml", channel="command", direction="purchase", by=None
        )
        assert receipt.invoice.is_released

    ours, rules = side_by_side(rounds, whole, lambda: einvoicing.validate(next(alone), socket_path=SOCKET))
    return Measure("intake to released : the rules alone", ours / rules, 2.0, milliseconds(ours, rules))


def approve(space, rounds) -> Measure:
    """Approve by HTTP, against one validation and a bare view that makes one INSERT: same server, same database."""
    person = world.member(space, "PR", "PA", email=f"bench{next(_numbers)}@janssens.example")
    signed_in = Client(enforce_csrf_checks=True)
    signed_in.force_login(person)
    signed_in.get(reverse("business:purchase_list", args=[space.slug]))
    cookies = {name: morsel.value for name, morsel in signed_in.cookies.items()}
    waiting = [_scan(space, person) for _ in range(rounds + 2)]
    todo, bytes_alone = iter(waiting), five_lines()
    floor.create_table()
    server = Server()

    def press():
        invoice = next(todo)
        path = reverse("business:purchase_approve", args=[space.slug, invoice.pk])
        fields = {"version": invoice.version, "csrfmiddlewaretoken": cookies["csrftoken"]}
        status = server.post(path, fields, cookies)
        assert status in (302, 303), status

    try:
        ours, rules, insert = side_by_side(
            rounds,
            press,
            lambda: einvoicing.validate(bytes_alone, socket_path=SOCKET),
            lambda: server.post("/bench/floor/"),
        )
    finally:
        server.stop()
    assert not Invoice.objects.filter(pk__in=[invoice.pk for invoice in waiting], released_at=None).exists()
    return Measure(
        "approve by HTTP : one validation + 8 bare inserts",
        ours / (rules + 8 * insert),
        1.0,
        milliseconds(ours, rules, insert),
    )


def _scan(space, person) -> Invoice:
    """A PDF whose data a person has entered and saved."""
    document = einvoices.document(number=f"A-{next(_numbers)}", lines=tuple(einvoices.line(n) for n in range(1, 6)))
    invoice = world.received(space, paper.pdf(document), filename="scan.pdf")
    return approval.save(invoice=invoice, document=document, by=person, version=invoice.version)


def lists(office, rounds):
    """The two busiest lists with 100,000 documents in one space, against 1,000; and their queries."""
    pages = {}
    for size in (1_000, 100_000):
        space = world.business(slug=f"crowd-{size}", vat_id="", endpoint_id="", company_id="")
        own_office = world.partner(slug=f"office-{size}", name=f"Office {size}")
        world.engaged(space, own_office)
        crowd(space, size)
        owner, accountant = Client(), Client()
        owner.force_login(world.member(space, email=f"owner@{size}.example"))
        accountant.force_login(world.member(own_office, email=f"accountant@{size}.example"))
        pages[size] = {
            "purchase list": (owner, reverse("business:purchase_list", args=[space.slug])),
            "To check": (accountant, reverse("partner:documents", args=[own_office.slug])),
        }
    analyse()
    for name in pages[1_000]:
        jobs = [lambda page=pages[size][name]: _get(*page) for size in (1_000, 100_000)]
        yield best_of(lambda name=name, jobs=jobs: _compared(f"{name} with 100,000 : with 1,000", rounds, jobs))
        queries = [_queries(*pages[size][name]) for size in (1_000, 100_000)]
        yield Measure(
            f"{name}: queries with 100,000 : with 1,000", queries[1] / queries[0], 1.0, f"{queries[1]} / {queries[0]}"
        )


def _compared(name, rounds, jobs) -> Measure:
    few, many = side_by_side(rounds, *jobs)
    return Measure(name, many / few, 1.5, milliseconds(many, few))


def _get(browser, url):
    answer = browser.get(url)
    assert answer.status_code == 200, (url, answer.status_code)


def _queries(browser, url) -> int:
    with CaptureQueriesContext(connection) as captured:
        _get(browser, url)
    return len(captured)


def analyse():
    """What a database in use has done by itself: statistics after a bulk load."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def stop_validator():
    with contextlib.suppress(Exception):
        os.kill(validator.ping(timeout=2)["pid"], signal.SIGTERM)
