"""Partner settings > Integration templates: from one client's integration to all clients, as a person does it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from banqup.exports.models import Integration, IntegrationTemplate, TemplateRun
from integrations import tasks, template_plans
from tests.factories import world

from .helpers import HTMX, integration, messages, page, texts, url, words

SECRET = "whsec_" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB"


def main(response) -> str:
    return words(page(response).xpath("//main")[0])


@pytest.fixture
def archive(office, bakery, engagement, sofie):
    """A template that was made from what the bakery has."""
    source = integration(
        bakery, engagement=engagement, name="Archive", config={"folder": "delvaux", "pattern": "{number}"}
    )
    sofie.post(url("template_from", office), {"integration": source.pk, "name": "For everybody"})
    return IntegrationTemplate.objects.get()


def choice(template, *engagements, **fields) -> dict:
    """The form of the page as it stands, with these clients chosen."""
    found = template_plans.plans(template, engagements)
    kinds = {f"kind-{plan.engagement.pk}": plan.kind.value for plan in found}
    return {"version": template.version, "client": [one.pk for one in engagements], "activate": "on", **kinds, **fields}


def test_from_one_clients_integration_to_another_client(sofie, office, archive, other_client):
    assert (archive.name, archive.config) == ("For everybody", {"folder": "delvaux", "pattern": "{number}"})
    listed = main(sofie.get(url("templates", office)))
    assert "For everybody" in listed and "Folder · 1 client" in listed
    engagement = other_client.active_engagement()
    shown = sofie.get(url("template_apply", office, archive.pk))
    assert "A new integration is made." in main(shown) and "Is as the template says." in main(shown)
    answer = sofie.post(url("template_apply", office, archive.pk), choice(archive, engagement))
    run = TemplateRun.objects.get()
    assert answer.url == url("template_run", office, run.pk)
    assert "0 of 1" in main(sofie.get(answer.url))
    tasks.work_template_run(run.pk)
    assert sofie.get(answer.url, headers=HTMX).headers["HX-Refresh"] == "true"
    assert "Aannemingen Thijs NV Tested, and active from now on." in main(sofie.get(answer.url))
    made = Integration.objects.get(space=other_client)
    assert (made.engagement, made.name, made.state.value) == (engagement, "For everybody", "active")
    assert "Aannemingen Thijs NV" in main(sofie.get(url("template", office, archive.pk)))


def test_a_secret_is_shown_once_when_it_is_made_and_never_again(sofie, office):
    form = {"template-name": "Our books", "url": "https://93.184.216.34/hook", "secret": ""}
    answer = sofie.post(url("template_add", office, "webhook"), form)
    template = IntegrationTemplate.objects.get()
    secret = template.read_secrets()["secret"]
    assert secret in sofie.get(answer.url).text
    assert secret not in sofie.get(answer.url).text
    sofie.post(answer.url, {**form, "secret": SECRET})
    template.refresh_from_db()
    assert (template.version, template.read_secrets()["secret"]) == (2, SECRET)
    pages = [
        sofie.get(answer.url),
        sofie.get(f"{answer.url}?replace=secret"),
        sofie.get(url("template_apply", office, template.pk)),
    ]
    assert not [one for one in pages if SECRET in one.text]


def test_what_a_client_lacks_is_said_at_its_row_and_nothing_is_begun(sofie, office, bakery, engagement, other_client):
    form = {"template-name": "Octopus", "mode": "mailbox", "sign_in": "consent"}
    sofie.post(url("template_add", office, "octopus"), form)
    template = IntegrationTemplate.objects.get()
    assert "Each client has of its own: Mailbox of the dossier, Dossier." in main(
        sofie.get(url("template", office, template.pk))
    )
    other = other_client.active_engagement()
    both = choice(template, engagement, other, **{f"value-{engagement.pk}-mailbox": "bakery@octopus.example"})
    answer = sofie.post(url("template_apply", office, template.pk), both)
    assert answer.status_code == 422
    assert texts(answer, "//p[contains(@class, 'finding--error')]") == [
        "Mailbox of the dossier: Enter the mailbox that documents are mailed to."
    ]
    assert page(answer).xpath(f"//input[@name='value-{engagement.pk}-mailbox']/@value") == ["bakery@octopus.example"]
    assert not TemplateRun.objects.exists()


def test_clients_are_searched_and_those_without_one_are_chosen_together(sofie, office, archive, other_client):
    address = url("template_apply", office, archive.pk)
    assert texts(sofie.get(f"{address}?q=thijs"), "//main//h3") == ["Aannemingen Thijs NV"]
    without = sofie.get(f"{address}?show=without&all=1")
    assert texts(without, "//main//h3") == ["Aannemingen Thijs NV"]
    assert len(page(without).xpath("//input[@name='client'][@checked]")) == 1
    assert not page(sofie.get(address)).xpath("//input[@name='client'][@checked]")


def test_another_offices_template_run_and_clients_do_not_exist(sofie, office, archive, bakery):
    stranger = world.partner(slug="fidu", name="Fidu Noord")
    theirs = IntegrationTemplate.objects.create(office=stranger, connector="folder", name="Theirs")
    run = TemplateRun.objects.create(template=theirs, version=1, started_by=world.member(stranger))
    foreign = integration(bakery, name="The bakery's own")
    pages = [url(name, office, theirs.pk) for name in ("template", "template_apply", "template_remove")]
    pages.append(url("template_run", office, run.pk))
    assert [sofie.get(one).status_code for one in pages] == [404] * 4
    forms = [url(name, office, run.pk) for name in ("template_run_stop", "template_run_again")]
    assert [sofie.post(one).status_code for one in forms] == [404] * 2
    assert sofie.post(url("template_from", office), {"integration": foreign.pk}).status_code == 404


def test_who_may_not_manage_integrations_sees_that_there_are_templates(browser_with, office, archive):
    manager = browser_with("CM")
    assert "You can look here, not change." in main(manager.get(url("templates", office)))
    forbidden = [
        manager.get(url(name, office, archive.pk)) for name in ("template", "template_apply", "template_remove")
    ]
    forbidden.append(manager.get(url("template_add", office, "folder")))
    assert [one.status_code for one in forbidden] == [403] * 4


def test_a_removed_template_leaves_its_integrations(sofie, office, archive):
    assert "stays as it is and works on" in main(sofie.get(url("template_remove", office, archive.pk)))
    answer = sofie.post(url("template_remove", office, archive.pk), follow=True)
    assert messages(answer) == ["The template For everybody was removed."]
    assert Integration.objects.get().name == "Archive"


def test_the_page_asks_as_much_for_many_clients_as_for_one(sofie, office, archive):
    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            assert sofie.get(url("template_apply", office, archive.pk)).status_code == 200
        return len(found)

    asked()
    one = asked()
    for number in range(5):
        business = world.business(
            slug=f"b{number}", name=f"Business {number}", vat_id="", company_id="", endpoint_id=""
        )
        integration(business, engagement=world.engaged(business, office), name="Theirs")
    assert asked() == one


def test_an_integration_is_renamed_in_its_own_page(sofie, office, bakery, engagement):
    made = integration(bakery, engagement=engagement, name="Archive")
    address = url("client_extension_rename", office, bakery.pk, made.pk)
    assert page(sofie.get(address)).xpath("//input[@name='name']/@value") == ["Archive"]
    assert messages(sofie.post(address, {"name": " Books "}, follow=True)) == ["It is called Books now."]
    assert sofie.post(address, {"name": " "}).status_code == 422
    made.refresh_from_db()
    assert (made.name, made.state.value) == ("Books", "active")
