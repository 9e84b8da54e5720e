"""Django admin: facts are looked at, statuses and secrets are out of reach."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from banqup.exports.models import Integration
from banqup.invoices.models import Invoice, Receipt
from banqup.payments.models import Allocation, Payment
from banqup.spaces.models import Engagement, InboundAddress, Membership, Space, User
from tests.factories import world
from tests.integrations import helpers

SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def root(db):
    return browser(world.user(email="root@banqup.example", is_staff=True, is_superuser=True))


@pytest.fixture
def things(db):
    """One of everything, with secrets."""
    space, office = world.business(), world.partner()
    person = world.member(space, email="an@janssens.example")
    world.engaged(space, office)
    invoice = helpers.released(space)
    integration = helpers.integration(
        space, "webhook", config={"url": "https://example.com"}, secrets={"secret": SECRET}
    )
    helpers.queued(invoice, integration)
    _address, token = InboundAddress.issue(space=space, name="Access point", by=person)
    Authenticator.objects.create(user=person, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    payment = Payment.objects.create(
        space=space, amount="10.00", currency="EUR", paid_on="2026-11-01", recorded_by=person
    )
    Allocation.objects.create(payment=payment, invoice=invoice, amount="10.00")
    Receipt.objects.create(
        space=space, direction="purchase", channel="browser", filename="scan.pdf", size=3, sha256="0" * 64
    )
    return {"space": space, "invoice": invoice, "person": person, "token": token}


def url(model, page="", pk=None):
    base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    return base if not page and pk is None else f"{base}{pk}/change/" if pk else f"{base}{page}/"


def models():
    return list(admin.site._registry)


def test_a_superuser_sees_everything_and_no_secret(root, things):
    for model in models():
        listed = root.get(url(model))
        assert listed.status_code == 200, model
        pages = [listed.text]
        for row in model.objects.all()[:3]:
            shown = root.get(url(model, pk=row.pk))
            assert shown.status_code == 200, row
            pages.append(shown.text)
        for text in pages:
            for secret in (SECRET, things["token"], InboundAddress.digest(things["token"]), "JBSWY3DPEHPK3PXP"):
                assert secret not in text, model


def test_staff_without_rights_see_nothing(things):
    client = browser(world.user(email="staff@banqup.example", is_staff=True))
    assert "permission" in client.get("/admin/").text
    for model in models():
        assert client.get(url(model)).status_code == 403, model


def test_everybody_else_is_sent_to_sign_in(things):
    assert browser(things["person"]).get("/admin/").status_code == 302
    assert Client().get("/admin/").status_code == 302


FACTS = [Invoice, Payment, Allocation, Receipt, Engagement, Authenticator]


@pytest.mark.parametrize("model", FACTS)
def test_facts_are_never_added_changed_or_deleted(root, things, model):
    before = list(model.objects.values())
    row = model.objects.first()
    assert root.get(url(model, "add")).status_code == 403
    assert (
        root.post(url(model, pk=row.pk), {"document_status": "FULLY_APPROVED", "status": "active"}).status_code == 403
    )
    if model is not Authenticator:
        assert root.post(f"{url(model)}{row.pk}/delete/", {"post": "yes"}).status_code == 403
        root.post(url(model), {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
    assert list(model.objects.values()) == before


def test_no_status_has_a_field_to_change(root, things):
    shown = root.get(url(Invoice, pk=things["invoice"].pk)).text
    for name in (
        "document_status",
        "delivery_status",
        "general_status",
        "released_at",
        "processed_at",
        "content_sha256",
    ):
        assert f'name="{name}"' not in shown
    assert 'name="_save"' not in shown
    assert things["invoice"].get_document_status_display() in shown


def test_people_and_spaces_are_not_deleted(root, things):
    for model in (User, Space):
        row = model.objects.first()
        assert root.post(f"{url(model)}{row.pk}/delete/", {"post": "yes"}).status_code == 403
        assert model.objects.filter(pk=row.pk).exists()


def test_a_space_is_checked_and_keeps_its_kind(root, things):
    space = things["space"]
    form = root.get(url(Space, pk=space.pk)).context["adminform"].form
    data = {name: form.initial.get(name) or "" for name in form.fields}
    for prefix in ("memberships", "inbound_addresses"):
        data |= {f"{prefix}-{name}": 0 for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS")}
    answer = root.post(url(Space, pk=space.pk), {**data, "vat_id": "BE0702451136"})
    assert answer.status_code == 200 and "check digits" in answer.text
    answer = root.post(url(Space, pk=space.pk), {**data, "name": "Renamed", "kind": "partner", "slug": "other"})
    assert answer.status_code == 302, answer.context["errors"]
    space.refresh_from_db()
    assert (space.name, space.kind, space.slug, space.endpoint_id) == ("Renamed", "business", "janssens", "0702451135")


def test_a_person_is_made_with_a_lower_case_address(root):
    data = {"email": "Lies@Janssens.example", "name": "Lies", "usable_password": "false"}
    answer = root.post(url(User, "add"), data)
    assert answer.status_code == 302, answer.context["errors"]
    assert not User.objects.get(email="lies@janssens.example").has_usable_password()


def test_a_waiting_receipt_is_judged_again_and_a_judged_one_stays(root, things):
    waiting = Receipt.objects.get()
    Receipt.objects.update(next_try_at=timezone.now() + timedelta(hours=1))
    answer = root.post(url(Receipt), {"action": "judge_again", "_selected_action": [waiting.pk]}, follow=True)
    assert "1 receipt is judged again" in answer.text
    waiting.refresh_from_db()
    assert waiting.next_try_at <= timezone.now() and waiting.outcome == "waiting"


def test_looking_at_receipts_does_not_give_the_right_to_judge_them(things):
    viewer = world.user(email="viewer@banqup.example", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_receipt"))
    before = Receipt.objects.get().next_try_at
    answer = browser(viewer).post(
        url(Receipt), {"action": "judge_again", "_selected_action": [Receipt.objects.get().pk]}, follow=True
    )
    assert "This needs the right to change receipts." in answer.text
    assert Receipt.objects.get().next_try_at == before


OURS = [model for model in models() if model.__module__.startswith("banqup.") and model is not Integration]


@pytest.mark.parametrize("model", OURS)
def test_a_longer_list_costs_no_more_queries(root, things, model):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert root.get(url(model)).status_code == 200
        return len(queries)

    first = cost()
    more = world.business(slug="more", name="More BV", vat_id="")
    for n in range(5):
        person = world.user(email=f"p{n}@more.example", name=f"P{n}")
        Membership.objects.create(user=person, space=more, roles=["AUD"])
        invoice = helpers.released(more, f"M-{n}", pdf=bytes([n]))
        helpers.queued(invoice, helpers.integration(more))
        payment = Payment.objects.create(
            space=more, amount="1.00", currency="EUR", paid_on="2026-11-01", recorded_by=person
        )
        Allocation.objects.create(payment=payment, invoice=invoice, amount="1.00")
        Receipt.objects.create(space=more, direction="sales", channel="browser", size=1, sha256=f"{n}" * 64)
        client, office = world.business(slug=f"c{n}", vat_id=""), world.partner(slug=f"o{n}")
        Engagement.objects.create(business=client, partner=office, invited_side="partner")
    assert cost() <= first + 1
