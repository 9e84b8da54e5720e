"""One set-up for many clients: what a template holds, what applying it does to each, and what it leaves alone."""

import pytest
from django.test import override_settings

from banqup.actions import engagements
from banqup.common import secrets
from banqup.exports.models import Integration, IntegrationTemplate, TemplateRow, TemplateRun, TemplateUse
from integrations import office_templates, registry, setup, tasks, template_plans, template_runs
from integrations.setup import SetupRefused
from integrations.template_runs import Chosen
from tests.factories import world
from tests.fakes.yuki import ADMINISTRATION, KEY, OTHER, Yuki

from . import helpers

pytestmark = pytest.mark.django_db

BAKERY_VALUES = {"administration": ADMINISTRATION, "domain": ""}


@pytest.fixture
def office(db):
    return world.partner()


@pytest.fixture
def sofie(office):
    return world.member(office, "ACC", email="sofie@delvaux.example")


@pytest.fixture
def clients(space, office):
    """The engagements with the bakery, a florist and a garage."""
    others = [
        world.business(slug=slug, name=name, vat_id="", company_id="", endpoint_id="")
        for slug, name in (("ooms", "Bloemen Ooms BV"), ("thijs", "Garage Thijs"))
    ]
    return [world.engaged(business, office) for business in (space, *others)]


def made(office, connector, name, by, **fields) -> IntegrationTemplate:
    form = office_templates.form(registry.get(connector), data=fields)
    assert form.is_valid(), form.errors
    return office_templates.make(office=office, connector=connector, name=name, cleaned=form.cleaned_data, by=by)[0]


def changed(template, by, **fields) -> IntegrationTemplate:
    form = office_templates.form(registry.get(template.connector), template, fields)
    assert form.is_valid(), form.errors
    return office_templates.change(template=template, name=template.name, cleaned=form.cleaned_data, by=by)[0]


def chosen(template, engagements, values=None) -> list[Chosen]:
    """These clients, as a page announces them."""
    found = template_plans.plans(template, engagements)
    values = values or {}
    return [Chosen(plan.engagement, plan.kind, values.get(plan.engagement.pk, plan.values)) for plan in found]


def applied(template, engagements, by, *, values=None, activate=True) -> dict[str, tuple[str, str]]:
    """Name of the client → (outcome, words), when the workers are through."""
    run, _is_new = template_runs.start(
        template=template,
        version=template.version,
        chosen=chosen(template, engagements, values),
        activate=activate,
        by=by,
    )
    return worked_off(run)


def worked_off(run) -> dict[str, tuple[str, str]]:
    tasks.work_template_run(run.pk)
    assert TemplateRun.objects.get(pk=run.pk).finished_at
    rows = TemplateRow.objects.filter(run=run).select_related("engagement__business")
    return {row.engagement.business.slug: (row.outcome, row.words) for row in rows}


def kinds(template, engagements) -> list[str]:
    return [plan.kind.value for plan in template_plans.plans(template, engagements)]


def test_a_webhook_goes_to_three_clients_tested_and_active(office, sofie, clients, sink, secret):
    template = made(office, "webhook", "Our books", sofie, url=sink.url, secret=secret, attach_files="on")
    assert applied(template, clients, sofie) == {
        slug: ("done", "Tested, and active from now on.") for slug in ("janssens", "ooms", "thijs")
    }
    rows = Integration.objects.order_by("pk")
    assert [(one.space.slug, one.engagement, one.name, one.state.value) for one in rows] == [
        (one.business.slug, one, "Our books", "active") for one in clients
    ]
    assert [one.read_secrets() for one in rows] == [{"secret": secret}] * 3
    assert len(sink.requests) == 3
    assert kinds(template, clients) == ["as_it_is"] * 3


def test_secrets_are_sealed_for_each_and_open_nowhere_else(office, sofie, clients, sink, secret):
    template = made(office, "webhook", "Our books", sofie, url=sink.url, secret=secret)
    applied(template, clients, sofie)
    blobs = [template.sealed_secrets, *Integration.objects.values_list("sealed_secrets", flat=True)]
    assert len(set(blobs)) == 4
    with pytest.raises(secrets.SecretsUnreadable):
        secrets.open_(str(Integration.objects.first().identity), template.sealed_secrets)


def test_each_client_keeps_what_is_its_own(office, sofie, clients, settings):
    with Yuki() as yuki:
        settings.BANQUP_BASE_URLS = {"yuki.be": yuki.url}
        template = made(office, "yuki", "Yuki", sofie, country="be", access_key=KEY, mode="documents")
        assert template.config == {"country": "be", "mode": "documents", "process": False}
        values = {clients[0].pk: BAKERY_VALUES, clients[1].pk: {"administration": OTHER}}
        results = applied(template, clients, sofie, values=values)
        assert [results[slug][0] for slug in ("janssens", "ooms", "thijs")] == ["done", "done", "not_done"]
        assert results["thijs"][1].startswith(
            "Set up, but its test has not passed. No administration of Yuki is chosen."
        )
        changed(template, sofie, country="be", mode="booking")
        template.refresh_from_db()
        assert kinds(template, clients) == ["update"] * 3
        applied(template, clients[:2], sofie)
    configs = Integration.objects.order_by("pk").values_list("config", flat=True)
    assert [(one["administration"], one["mode"]) for one in configs] == [
        (ADMINISTRATION, "booking"),
        (OTHER, "booking"),
        ("", "documents"),
    ]


def test_a_consent_is_asked_of_each_client_and_never_copied(office, sofie, clients):
    source = helpers.integration(
        clients[0].business, "dropbox", engagement=clients[0], config={"pattern": "{space_vat}/{number}"}
    )
    template = office_templates.make_from(integration=source, name="", by=sofie)
    assert (template.name, template.config) == ("Dropbox", {"pattern": "{space_vat}/{number}"})
    words = "Set up. Connect it: a consent is given for each client by itself. Then try again here."
    assert applied(template, clients[1:], sofie) == {"ooms": ("connect", words), "thijs": ("connect", words)}
    assert not [one for one in Integration.objects.all() if hasattr(one, "grant")]


def test_a_template_made_from_a_clients_integration_counts_as_its_origin(office, sofie, clients, sink, secret):
    source = helpers.integration(
        clients[0].business,
        "webhook",
        engagement=clients[0],
        config={"url": sink.url, "attach_files": True},
        secrets={"secret": secret},
    )
    template = office_templates.make_from(integration=source, name="For all", by=sofie)
    assert template.read_secrets() == {"secret": secret}
    assert kinds(template, clients) == ["as_it_is", "make", "make"]


def test_what_was_changed_by_hand_is_named_and_left_alone_unless_it_was_announced(
    office, sofie, clients, sink, secret, delivered
):
    template = made(office, "folder", "Archive", sofie, folder="", pattern="{year}/{number}")
    applied(template, clients, sofie)
    one = Integration.objects.first()
    seen = chosen(template, clients)
    setup.configure(integration=one, cleaned={"folder": "", "pattern": "{month}/{number}"}, by=sofie)
    [plan, *_others] = template_plans.plans(template, clients)
    assert (plan.kind, plan.words) == ("override", "Changed by hand since: Folders and name. That is taken back.")
    run, _is_new = template_runs.start(template=template, version=1, chosen=seen, activate=True, by=sofie)
    assert worked_off(run)["janssens"] == (
        "not_done",
        "Not as it was when you looked: Changed by hand since: Folders and name. That is taken back.",
    )
    again, _is_new = template_runs.again(run=run, by=sofie)
    assert worked_off(again)["janssens"][0] == "not_done"
    assert Integration.objects.first().config["pattern"] == "{month}/{number}"
    assert applied(template, clients[:1], sofie)["janssens"] == ("done", "Tested, and active.")
    assert Integration.objects.first().config["pattern"] == "{year}/{number}"


def test_a_changed_template_reaches_those_made_from_it_and_what_was_switched_off_stays_off(
    office, sofie, clients, delivered
):
    template = made(office, "folder", "Archive", sofie, folder="", pattern="{year}/{number}")
    applied(template, clients, sofie)
    setup.deactivate(integration=Integration.objects.last(), by=sofie)
    template = changed(template, sofie, folder="", pattern="{month}/{number}")
    assert template.version == 2
    results = applied(template, clients, sofie)
    assert results["janssens"] == ("done", "Tested, and active.")
    assert results["thijs"] == ("done", "Tested. It was switched off before, and stays off.")
    assert Integration.objects.count() == 3
    assert {one.config["pattern"] for one in Integration.objects.all()} == {"{month}/{number}"}


def test_a_client_that_has_one_already_is_told_of_before_another_is_made(office, sofie, clients, delivered):
    helpers.integration(
        clients[0].business, "folder", engagement=clients[0], name="By hand", config={"folder": "delvaux"}
    )
    template = made(office, "folder", "Archive", sofie, folder="", pattern="")
    plan = template_plans.plans(template, clients)[0]
    assert (plan.kind, plan.is_suggested) == ("another", False)
    assert plan.words.startswith("Has “By hand” already, not made from this template.")


def test_what_fails_is_tried_again_alone(office, sofie, clients, sink, secret):
    template = made(office, "webhook", "Our books", sofie, url=sink.url, secret=secret)
    sink.then(sink.status(200), sink.status(500))
    run, _is_new = template_runs.start(
        template=template, version=1, chosen=chosen(template, clients), activate=True, by=sofie
    )
    results = worked_off(run)
    assert [results[slug][0] for slug in ("janssens", "ooms", "thijs")] == ["done", "not_done", "done"]
    assert "answered 500" in results["ooms"][1]
    second, is_new = template_runs.again(run=run, by=sofie)
    assert is_new
    assert worked_off(second) == {"ooms": ("done", "Tested, and active from now on.")}
    assert Integration.objects.filter(is_active=True).count() == 3


def test_a_worker_that_dies_in_between_makes_no_second_one(office, sofie, clients, sink, secret, monkeypatch):
    template = made(office, "webhook", "Our books", sofie, url=sink.url, secret=secret)
    run, _is_new = template_runs.start(
        template=template, version=1, chosen=chosen(template, clients[:1]), activate=True, by=sofie
    )

    class Killed(BaseException):
        pass

    def dies(**kwargs):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(setup, "test", dies)
        with pytest.raises(Killed):
            template_runs.work(run_id=run.pk)
    assert template_runs.left_behind() == [run.pk]
    assert template_runs.work(run_id=run.pk) is False  # its lease runs on
    assert Integration.objects.count() == 1
    TemplateRow.objects.update(lease_until=run.created_at)
    assert worked_off(run) == {"janssens": ("done", "Tested, and active from now on.")}
    assert Integration.objects.count() == 1


def test_one_run_at_a_time_and_the_rest_can_be_left_out(office, sofie, clients, sink, secret, nudges):
    template = made(office, "webhook", "Our books", sofie, url=sink.url, secret=secret)
    start = {"template": template, "version": 1, "activate": True, "by": sofie}
    run, is_new = template_runs.start(chosen=chosen(template, clients), **start)
    assert template_runs.start(chosen=chosen(template, clients[:1]), **start) == (run, False)
    with pytest.raises(SetupRefused, match="It is being applied at the moment"):
        office_templates.remove(template=template, by=sofie)
    assert (is_new, template_runs.stop(run=run, by=sofie)) == (True, 3)
    assert worked_off(run) == {slug: ("stopped", "") for slug in ("janssens", "ooms", "thijs")}
    assert not Integration.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_worker_is_woken_with_nothing_but_a_number(office, sofie, clients, sink, secret, nudges):
    template = made(office, "webhook", "Our books", sofie, url=sink.url, secret=secret)
    run, _is_new = template_runs.start(
        template=template, version=1, chosen=chosen(template, clients), activate=True, by=sofie
    )
    assert nudges == [("integrations.tasks.work_template_run", (run.pk,))]


def test_nothing_is_begun_with_an_old_version_a_bad_value_or_a_former_client(office, sofie, clients, settings):
    template = made(office, "octopus", "Octopus", sofie, mode="mailbox", sign_in="consent")
    start = {"template": template, "activate": True, "by": sofie}
    with pytest.raises(SetupRefused, match="Mailbox of the dossier: Enter the mailbox"):
        template_runs.start(version=1, chosen=chosen(template, clients), **start)
    values = {one.pk: {"mailbox": "a@octopus.example", "dossier": ""} for one in clients}
    with pytest.raises(SetupRefused, match="The template changed meanwhile"):
        template_runs.start(version=2, chosen=chosen(template, clients, values), **start)
    seen = chosen(template, clients, values)
    engagements.end(engagement=clients[1], by=world.member(office, "ADM"))
    with pytest.raises(SetupRefused, match="Bloemen Ooms BV is not a client any more"):
        template_runs.start(version=1, chosen=seen, **start)
    assert not TemplateRun.objects.exists()


def test_who_lost_the_right_meanwhile_sets_up_nothing(office, sofie, clients, sink, secret):
    template = made(office, "webhook", "Our books", sofie, url=sink.url, secret=secret)
    run, _is_new = template_runs.start(
        template=template, version=1, chosen=chosen(template, clients), activate=True, by=sofie
    )
    sofie.memberships.update(roles=["CM"])
    assert {outcome for outcome, _words in worked_off(run).values()} == {"not_done"}
    assert not Integration.objects.exists()


def test_removing_a_template_leaves_what_was_made_from_it(office, sofie, clients, delivered):
    template = made(office, "folder", "Archive", sofie, folder="", pattern="")
    applied(template, clients, sofie)
    office_templates.remove(template=template, by=sofie)
    assert [one.state.value for one in Integration.objects.all()] == ["active"] * 3
    assert not TemplateUse.objects.exists()


def test_a_new_address_asks_for_the_secret_anew(office, sofie):
    keys = {"endpoint": "http://127.0.0.1:9000", "region": "", "bucket": "books", "access_key": "A", "pattern": ""}
    with override_settings(BANQUP_ALLOW_PRIVATE_WEBHOOKS=True):
        template = made(office, "s3", "Store", sofie, secret_key="recognisable", **keys)
        assert changed(template, sofie, **keys).read_secrets() == {"secret_key": "recognisable"}
        moved = changed(template, sofie, **{**keys, "endpoint": "http://127.0.0.1:9001"})
    assert moved.read_secrets() == {}


def test_a_template_leaves_out_no_field_that_decides_who_sees_a_secret():
    for connector in registry.connectors().values():
        own, fields = set(connector.per_client_fields), set(connector.config_form.base_fields)
        assert own <= fields, connector.key
        assert not own & {*connector.secrets_are_for, *connector.secret_fields}, connector.key
        assert not connector.administration_field or connector.administration_field in own, connector.key
