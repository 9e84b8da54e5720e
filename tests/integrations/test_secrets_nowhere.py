"""A whole life of several connectors, with failures that echo what was sent; afterwards no secret stands anywhere.

Searched: every page that a business, its accountant and an admin can reach, files that they can fetch, every
column of the database, sessions and the cache, mails, tasks, the dump, all loggers at DEBUG, error reports.
"""

import base64
import contextlib
import importlib
import io
import logging
import re
import sys
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.core.signals import got_request_exception
from django.db import connection
from django.test import Client
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.views.debug import ExceptionReporter
from lxml import html

from banqup.exports.models import Export, ExportAttempt, Grant, Integration, IntegrationTemplate, OAuthApp
from banqup.mailboxes.models import ArrivedMail, Mailbox
from banqup.sending.models import AccessPoint, TransmissionAttempt
from banqup.spaces.models import User
from integrations import (
    access_points,
    delivery,
    fetching,
    gate,
    http,
    mailbox_polling,
    oauth,
    registry,
    sending_gate,
    setup,
    tasks,
    transmitting,
)
from integrations.webhook.forms import generate_secret
from tests.factories import mails, network, sales, world
from tests.fakes.imap import ImapServer, say
from tests.fakes.server import FakeServer, Reply

from . import helpers

pytestmark = pytest.mark.django_db

# Every connector that holds a secret: a key, a session, a signature, a consent with and without rotation, a password.
KEYS = ("yuki", "octopus", "webhook", "exact_online", "dropbox", "google_drive", "sftp", "s3")
PASSWORD = "a-recognisable-password"
# The pages that say something of integrations, and the files that can be fetched there.
FOLLOWED = re.compile(
    r"/(extensions|integrations|sending|templates|exports|history|audit|attempts|health|notifications|intake)/|format=csv|/csv"
    r"|/(purchase|sales|documents)/\d+/$|/clients/\d+/$|^/admin/((exports|sending|mailboxes)/[^/]+/)?(\d+/change/)?$"
)
PAGES_OF_ONE_KIND = 1


class Everything(logging.Handler):
    """What every logger says, tracebacks included, as a log would hold it."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.lines = []
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record):
        self.lines.append(self.format(record))


@pytest.fixture
def logged(settings):
    """LOG_LEVEL=DEBUG: everything but the loggers that the settings keep quiet at any level."""
    quiet = {name for name, one in settings.LOGGING["loggers"].items() if one.get("level") in ("INFO", "WARNING")}
    quiet -= {name for name in quiet if settings.LOGGING["loggers"][name].get("propagate")}
    handler, root = Everything(), logging.getLogger()
    loggers = [root, *(one for one in root.manager.loggerDict.values() if isinstance(one, logging.Logger))]
    before = [(one, one.level, one.propagate, one.disabled) for one in loggers]
    for one in loggers:
        one.setLevel(settings.LOGGING["loggers"][one.name]["level"] if one.name in quiet else logging.DEBUG)
        one.propagate, one.disabled = True, False
    others, root.handlers = root.handlers, [handler]  # the test runner's own would each write it all down, too
    yield handler.lines
    root.handlers = others
    for one, level, propagate, disabled in before:
        one.setLevel(level)
        one.propagate, one.disabled = propagate, disabled


class Scene:
    """A business, its office and an admin in their browsers; every connector at its fake; what must stay secret."""

    def __init__(self):
        self.space, self.office = world.business(), world.partner()
        self.engagement = world.engaged(self.space, self.office)
        self.owner, self.accountant = world.member(self.space), world.member(self.office)
        self.admin = User.objects.create_superuser(email="admin@banqup.example", password=world.PASSWORD)
        self.browsers = {}
        for person in (self.owner, self.accountant, self.admin):
            browser = Client(raise_request_exception=False)
            browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
            self.browsers[person] = browser
        self.destinations, self.secrets = {}, {}

    def add_secrets(self, key):
        """Whatever its fake knows by now; tokens come and go."""
        there = self.destinations[key]
        known = {f"{key} {name}": value for name, value in there.secrets.items()}
        if consent := getattr(there, "consent", None):
            known[f"{key} client secret"] = consent.client_secret
            known |= {f"{key} access token {n}": token for n, token in enumerate(consent.access_tokens)}
            known |= {f"{key} refresh token {token[:3]}": token for token in consent.refresh_tokens}
        for session in getattr(getattr(there, "fake", None), "sessions", {}):
            known[f"{key} session {session[:3]}"] = str(session)
        self.secrets |= {name: value for name, value in known.items() if value}

    def found_in(self, text: str, where: str) -> list[str]:
        return [f"{name} in {where}" for name, value in self.secrets.items() if value in text]


def in_the_cache() -> str:
    """All that it holds, in memory or in Redis."""
    kept = cache._cache
    if hasattr(kept, "values"):
        return str(list(kept.values()))
    client = kept.get_client(None)
    return str([client.get(key) for key in client.scan_iter(match=f"{cache.key_prefix}:*")])


def echo(code):
    """The destination answers with all that it was sent, as debugging proxies do."""

    def fault(server, request):
        sent = f"{request.method} {request.path} {request.query} {request.headers} "
        return Reply(code, sent.encode() + request.body[:3000], {"Content-Type": "text/plain"})

    return fault


@pytest.fixture
def scene(settings, tmp_path, monkeypatch, sink):
    cache.clear()
    http.forget_connections()
    made, base_urls = Scene(), {}
    with contextlib.ExitStack() as stack:
        for key in KEYS:
            module = importlib.import_module(f"tests.integrations.{key}.destination")
            made.destinations[key] = stack.enter_context(module.opened(settings, tmp_path, monkeypatch))
            base_urls |= settings.BANQUP_BASE_URLS
            settings.BANQUP_BASE_URLS = base_urls
        settings.BANQUP_ALLOW_PRIVATE_WEBHOOKS = True
        yield made


def life_of(scene, key, monkeypatch) -> Integration:
    """Set up in the browser, connected, tested, active; documents delivered, refused, echoed back, and a fault of ours."""
    there, connector, browser = scene.destinations[key], registry.get(key), scene.browsers[scene.owner]
    address = f"/s/{scene.space.slug}/settings/extensions/"
    entered = {**there.config, **there.secrets, "integration-name": connector.label}
    entered = {name: value for name, value in entered.items() if not isinstance(value, dict) and value is not None}
    answer = browser.post(f"{address}add/{key}/", entered)
    assert answer.status_code == 303, answer.content.decode()
    integration = Integration.objects.get(connector=key, engagement=None)
    if kept := there.config.get("booking"):
        integration.config["booking"] = kept
        integration.save(update_fields=["config"])
    if connector.asks_consent(integration.config):
        provider = connector.provider(integration.config)
        app, _is_new = OAuthApp.objects.get_or_create(
            name=provider.app, defaults={"client_id": there.consent.client_id}
        )
        app.keep_secret(there.consent.client_secret)
        app.save()
        away = browser.post(f"{address}{integration.pk}/connect/").url
        reply = there.consent._authorize(dict(parse_qsl(urlsplit(away).query)))
        back = urlsplit(reply.headers["Location"])
        assert browser.get(f"{back.path}?{back.query}").status_code == 303
        assert Grant.objects.filter(integration=integration).exists()
    scene.add_secrets(key)
    browser.post(f"{address}{integration.pk}/test/")
    integration.refresh_from_db()
    assert integration.test_passed, integration.test_steps
    browser.post(f"{address}{integration.pk}/activate/")
    deliver(scene, key, integration, monkeypatch)
    scene.add_secrets(key)
    return integration


def deliver(scene, key, integration, monkeypatch) -> None:
    there = scene.destinations[key]

    def pushed():
        Integration.objects.filter(pk=integration.pk).update(attention="")
        invoice = helpers.released(scene.space, f"{key}-{Export.objects.count()}")
        return helpers.push(helpers.queued(invoice, integration))

    assert pushed().state == "delivered"
    with monkeypatch.context() as patched:
        patched.setattr(type(delivery.configured(integration)), "push", broken)
        pushed()
    if isinstance(getattr(there, "fake", None), FakeServer):
        for code in (500, 403):
            there.fake.next(echo(code), when=lambda request: request.method in ("POST", "PUT"))
            pushed()
        if Grant.objects.filter(integration=integration).exists():
            token_path = there.consent.token_path
            scene.add_secrets(key)
            for code in (400, 500):
                Grant.objects.filter(integration=integration).update(
                    expires_at=timezone.now(), obtained_at=timezone.now() - timezone.timedelta(hours=1)
                )
                there.fake.next(echo(code), when=lambda request: request.path == token_path)
                pushed()
    if hasattr(there, "fake"):
        with there.refusing():
            pushed()
    outcomes = set(ExportAttempt.objects.filter(export__integration=integration).values_list("outcome", flat=True))
    assert {"delivered", gate.OUR_FAULT} <= outcomes, outcomes


def broken(self, payload, *, remote, keep):
    secrets = dict(self.secrets)
    raise RuntimeError(f"a fault of ours with {len(secrets)} secrets at hand")


def life_of_a_mailbox(scene, server) -> None:
    """Set up in the browser, tested, active; a mail taken in and one refused; servers that say the password back."""
    browser, address = scene.browsers[scene.owner], f"/s/{scene.space.slug}/settings/intake/mailboxes/"
    scene.secrets["mailbox password"] = server.password
    entered = {"user": server.user, "password": server.password, "host": "127.0.0.1", "port": server.port}
    entered |= {"security": "tls", "direction": "purchase", "folder": "INBOX", "done_folder": "Done"}
    assert browser.post(f"{address}add/", {**entered, "host": "not a server"}).status_code == 422
    assert browser.post(f"{address}add/", {**entered, "refused_folder": "Refused"}).status_code == 303
    mailbox = Mailbox.objects.get()
    server.next("LOGIN", say(f"NO {server.user} {server.password}"))
    for verb in ("test", "test", "activate"):
        browser.post(f"{address}{mailbox.pk}/{verb}/")
    server.put(mails.mail(("a.pdf", b"%PDF-1.7")))
    server.put(mails.mail(id="2@x"))
    for fault in ("NO [UNAVAILABLE]", "NO", "BAD"):
        server.next("LOGIN", say(f"{fault} you said {server.password}"))
        Mailbox.objects.update(poll_at=timezone.now())
        assert mailbox_polling.read(mailbox.pk) == 0
    Mailbox.objects.update(poll_at=timezone.now())
    assert mailbox_polling.read(mailbox.pk) == 2
    server.next("LOGIN", say(f"NO you said {server.password}"))
    Mailbox.objects.update(poll_at=timezone.now())
    mailbox_polling.read(mailbox.pk)
    assert Mailbox.objects.get().attention and ArrivedMail.objects.count() == 2


def share_with_the_office(scene) -> None:
    """A template from nothing, one from a client's integration, and a run of each."""
    browser, base = scene.browsers[scene.accountant], f"/p/{scene.office.slug}/settings/templates/"
    yuki = scene.destinations["yuki"]
    for key in ("yuki", "webhook"):
        there = scene.destinations[key]
        fields = {name: value for name, value in there.config.items() if not isinstance(value, dict)}
        browser.post(f"{base}add/{key}/", {**fields, **there.secrets, "template-name": f"Shared {key}"})
    assert IntegrationTemplate.objects.count() == 2
    for template in IntegrationTemplate.objects.all():
        form = {"version": 1, "client": scene.engagement.pk, f"kind-{scene.engagement.pk}": "make", "activate": "on"}
        form[f"value-{scene.engagement.pk}-administration"] = yuki.config["administration"]
        assert "/runs/" in browser.post(f"{base}{template.pk}/apply/", form).url
        tasks.work_template_run(template.runs.get().pk)
    assert Integration.objects.filter(engagement=scene.engagement, is_active=True).count() == 2


def crawled(browser, *starts) -> dict[str, str]:
    """Address → text, over every link, a few addresses of each kind."""
    texts, seen, waiting = {}, {}, list(starts)
    while waiting:
        address = waiting.pop(0)
        path = urlsplit(address).path
        with contextlib.suppress(Resolver404):
            kind = resolve(path).view_name, "format=csv" in address
            if address in texts or not (address in starts or FOLLOWED.search(address)):
                continue
            if seen.get(kind, 0) >= PAGES_OF_ONE_KIND:
                continue
            seen[kind] = seen.get(kind, 0) + 1
            answer = browser.get(address)
            content = b"".join(answer) if answer.streaming else answer.content
            texts[address] = content.decode("utf-8", "replace") + str(answer.headers)
            if answer.status_code in (301, 302, 303):
                waiting.append(answer.url)
            elif "text/html" in answer.headers.get("Content-Type", "") and content.strip():
                links = html.fromstring(content).xpath("//a/@href")
                base = path if path.endswith("/") else path.rpartition("/")[0] + "/"
                waiting += [_absolute(link, path, base) for link in links if not urlsplit(link).netloc]
    return texts


def _absolute(link, path, base) -> str:
    if link.startswith("?"):
        return path + link
    return link if link.startswith("/") else base + link


def stored() -> dict[str, str]:
    """Every column of every table as text."""
    columns = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for name, value in zip(names, row, strict=True):
                    told = (
                        bytes(value).decode("utf-8", "replace") if isinstance(value, bytes | memoryview) else str(value)
                    )
                    columns[f"{table}.{name}"] = columns.get(f"{table}.{name}", "") + told + "\n"
    return columns


def traces(scene, logged, nudges, starts) -> tuple[list[str], list[str]]:
    """(where a secret was found, the addresses that were visited) of all that keeps or shows anything."""
    found, visited = [], []
    for person, addresses in starts.items():
        texts = crawled(scene.browsers[person], *addresses)
        visited += texts
        for address, text in texts.items():
            found += scene.found_in(text, address)
    for column, text in stored().items():
        found += scene.found_in(text, column)
    for session in Session.objects.all():
        found += scene.found_in(str(session.get_decoded()), "a session")
    found += scene.found_in(in_the_cache(), "the cache")
    found += scene.found_in("\n".join(str(one.message()) for one in mail.outbox), "a mail")
    found += scene.found_in(str(nudges), "the arguments of a task")
    found += scene.found_in("\n".join(logged), "the log")
    dump = io.StringIO()
    call_command("dumpdata", stdout=dump)
    return found + scene.found_in(dump.getvalue(), "dumpdata"), visited


@pytest.mark.timeout(600)
def test_no_secret_stands_anywhere_after_a_whole_life_of_connectors(scene, logged, nudges, settings, monkeypatch):
    scene.destinations["webhook"].secrets = {"secret": generate_secret()}
    for key in KEYS:
        life_of(scene, key, monkeypatch)
    with ImapServer(password="a-recognisable-mailbox-password") as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.authority))
        life_of_a_mailbox(scene, server)
        monkeypatch.delenv("SSL_CERT_FILE")
    share_with_the_office(scene)
    kinds = {name.partition(" ")[2].rstrip("0123456789 ") for name in scene.secrets if "token " not in name}
    assert {"access_key", "secret", "client secret", "password", "secret_key"} <= kinds
    assert {"access", "refresh"} == {name.split()[1] for name in scene.secrets if " token " in name}
    found, visited = traces(
        scene,
        logged,
        nudges,
        {
            scene.owner: [
                f"/s/{scene.space.slug}/",
                f"/s/{scene.space.slug}/settings/extensions/",
                f"/s/{scene.space.slug}/settings/intake/",
            ],
            scene.accountant: [f"/p/{scene.office.slug}/", f"/p/{scene.office.slug}/settings/templates/"],
            scene.admin: ["/admin/", "/admin/exports/", "/admin/mailboxes/"],
        },
    )
    for page in (
        r"/extensions/\d+/$",
        r"^/s/janssens/exports/$",
        r"/templates/\d+/$",
        r"/templates/runs/\d+/$",
        r"/integration/\d+/change/$",
        r"/intake/mailboxes/\d+/$",
        r"/intake/mails/$",
        r"/mailboxes/mailbox/\d+/change/$",
    ):
        assert any(re.search(page, address) for address in visited), (page, sorted(visited))
    assert any("csv" in address for address in visited), sorted(visited)
    assert "a fault of ours with" in "\n".join(logged)  # a traceback was written
    assert not found, "\n".join(sorted(set(found)))
    assert settings.CELERY_TASK_IGNORE_RESULT


@pytest.mark.parametrize("key", access_points.ACCESS_POINTS)
def test_no_key_of_an_access_point_stands_anywhere(key, logged, nudges, settings, monkeypatch):
    """Set up in the browser; a sale sent, refused with an echo, and broken by a fault of ours; mail fetched."""
    settings.BANQUP_ALLOW_PRIVATE_WEBHOOKS = True
    scene = Scene()
    browser, address = scene.browsers[scene.owner], f"/s/{scene.space.slug}/settings/sending/"
    with network.provider(key, settings) as (module, fake):
        keys = [module.SECRETS["api_key"], module.SECRETS.get("api_secret", "")]
        scene.secrets = {
            f"{key} key": keys[0],
            f"{key} header": base64.b64encode(":".join(keys).encode()).decode(),
        }
        browser.post(f"{address}add/{key}/", module.FORM)
        account = AccessPoint.objects.get()
        fake.next(echo(500))
        browser.post(f"{address}{account.pk}/test/")
        browser.post(f"{address}{account.pk}/test/")
        browser.post(f"{address}{account.pk}/activate/")
        account.refresh_from_db()
        assert account.is_active, account.test_steps
        faults = [None, echo(500), echo(401), echo(422), "ours"]
        for number, fault in enumerate(faults):
            invoice = sales.issued(scene.space, scene.owner, way="peppol", number=f"S-{number}")
            if fault == "ours":
                monkeypatch.setattr(type(access_points.ready(account)), "send", broken_sending)
            elif fault:
                fake.next(fault, when=lambda request: request.path.endswith(module.SENDING))
            transmitting.transmit(invoice.transmissions.get().pk)
        fake.next(echo(500))
        fetching.fetch(account.pk)
    outcomes = list(TransmissionAttempt.objects.order_by("pk").values_list("outcome", flat=True))
    assert (outcomes[0], outcomes[-1], len(outcomes)) == ("sent", sending_gate.OUR_FAULT, len(faults)), outcomes
    starts = {scene.owner: [f"/s/{scene.space.slug}/", address], scene.admin: ["/admin/", "/admin/sending/"]}
    found, visited = traces(scene, logged, nudges, starts)
    assert any(re.search(r"/sending/\d+/$", one) for one in visited), sorted(visited)
    assert not found, "\n".join(sorted(set(found)))


def broken_sending(self, message, *, remote, keep, hold):
    secrets = dict(self.secrets)
    raise RuntimeError(f"a fault of ours with {len(secrets)} secrets at hand")


@pytest.mark.parametrize("debug", [True, False], ids=["while developing", "in production"])
def test_an_error_report_holds_no_secret(scene, settings, monkeypatch, debug):
    """Each way of being handed a secret breaks at the worst moment."""
    settings.DEBUG = debug
    reports, browser = [], scene.browsers[scene.owner]

    def report(request, **_more):
        for is_email in (True, False):
            reporter = ExceptionReporter(request, *sys.exc_info(), is_email=is_email)
            reports.append(reporter.get_traceback_html() + reporter.get_traceback_text())

    got_request_exception.connect(report, weak=True)
    address = f"/s/{scene.space.slug}/settings/extensions/"
    entered = {"integration-name": "S", "host": "127.0.0.1", "user": "u", "password": PASSWORD, "port": "2222"}
    with monkeypatch.context() as patched:
        patched.setattr("banqup.common.secrets.seal", lambda owner, values: 1 / 0)
        answers = [browser.post(f"{address}add/sftp/", entered)]
    with monkeypatch.context() as patched:
        patched.setattr("integrations.sftp.forms.SftpForm.clean", lambda self: 1 / 0)
        answers.append(browser.post(f"{address}add/sftp/", entered))
    integration = helpers.integration(scene.space, "dropbox", active=False)
    grant = helpers.consented(integration, scene.destinations["dropbox"].consent)
    scene.add_secrets("dropbox")
    with monkeypatch.context() as patched:
        patched.setattr(setup, "test", lambda **kwargs: oauth._ask(kwargs, grant.read()))
        answers.append(browser.post(f"{address}{integration.pk}/test/"))
    got_request_exception.disconnect(report)
    assert [answer.status_code for answer in answers] == [500] * 3
    scene.secrets["password"] = PASSWORD
    texts = [*reports, *(answer.text for answer in answers)]
    assert len(reports) == 6
    assert not [one for text in texts for one in scene.found_in(text, "a report")]
