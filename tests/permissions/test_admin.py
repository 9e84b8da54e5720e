"""The Django admin: nothing for staff without rights, and no status for anybody, superusers included."""

import pytest
from django.contrib import admin
from django.test import Client

from banqup.invoices.models import Invoice
from banqup.invoices.statuses import DeliveryStatus, DocumentStatus
from banqup.spaces.models import Engagement

from .scene import facts

pytestmark = pytest.mark.django_db

MODELS = list(admin.site._registry)
# Facts that a verb writes, by model: no form of the admin carries one.
FORGED = {
    "document_status": DocumentStatus.FULLY_APPROVED,
    "delivery_status": DeliveryStatus.RECEIVED,
    "general_status": "FULLY_PAID",
    "payment_status": "FULLY_PAID",
    "accounting_status": "PROCESSED",
    "released_at": "2026-11-01 12:00:00",
    "released_at_0": "2026-11-01",
    "released_at_1": "12:00:00",
    "processed_at": "2026-11-01 12:00:00",
    "processed_at_0": "2026-11-01",
    "processed_at_1": "12:00:00",
    "wont_be_paid_at": "",
    "deleted_at": "",
    "accepted_at": "2026-11-01",
    "paid": "121.00",
    "credited": "121.00",
    "content_sha256": "f" * 64,
    "version": "99",
    "status": Engagement.Status.ACTIVE,
    "state": "delivered",
    "outcome": "document",
    "test_passed": "on",
    "kind": "partner",
    "amount": "1.00",
    "_save": "Save",
}


def browser_of(user) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def pages(model):
    base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    row = model.objects.first()
    yield base
    yield f"{base}add/"
    if row is not None:
        yield from (f"{base}{row.pk}/{page}/" for page in ("change", "delete", "history"))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_staff_without_rights_get_nowhere_in_the_admin(scene, model):
    client, before = browser_of(scene.people["staff"]), facts()
    for url in pages(model):
        assert {client.get(url).status_code, client.post(url, FORGED).status_code} == {403}, url
    assert facts() == before


@pytest.mark.parametrize("who", ["ADM", "office ADM", "nobody", "an inactive member"])
def test_who_is_not_staff_is_sent_to_sign_in(scene, who):
    client, before = browser_of(scene.people[who]), facts()
    for model in MODELS:
        for url in pages(model):
            assert {client.get(url).status_code, client.post(url, FORGED).status_code} == {302}, url
    assert facts() == before


def test_a_superuser_changes_no_document_with_a_forged_form(scene):
    client, before = browser_of(scene.people["a superuser"]), facts()
    for document in scene.documents.values():
        url = f"/admin/invoices/invoice/{document.pk}/"
        assert client.post(f"{url}change/", FORGED).status_code == 403
        assert client.post(f"{url}delete/", {"post": "yes"}).status_code == 403
    listed = [str(document.pk) for document in scene.documents.values()]
    client.post(
        "/admin/invoices/invoice/", {"action": "delete_selected", "_selected_action": listed, "post": "yes", **FORGED}
    )
    rows = {f"form-{n}-{name}": value for n in range(3) for name, value in FORGED.items()}
    rows |= {f"form-{n}-id": listed[n] for n in range(3)} | {"form-TOTAL_FORMS": "3", "form-INITIAL_FORMS": "3"}
    client.post("/admin/invoices/invoice/", {**rows, "_save": "Save"})
    assert facts() == before


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_superuser_forges_no_fact_of_any_model(scene, model):
    client, before = browser_of(scene.people["a superuser"]), _protected(model)
    for row in model.objects.order_by("pk")[:3]:
        url = f"/admin/{model._meta.app_label}/{model._meta.model_name}/{row.pk}/change/"
        client.post(url, FORGED)
        form = getattr(client.get(url).context.get("adminform"), "form", None)
        offered = set(form.fields) if form is not None else set()
        assert not offered & (set(FORGED) - {"_save"}), f"{model.__name__} offers {offered & set(FORGED)}"
    assert _protected(model) == before


def _protected(model):
    names = {field.attname for field in model._meta.concrete_fields} & set(FORGED)
    return list(model.objects.order_by("pk").values_list("pk", *sorted(names)))


def test_no_row_is_lost_by_what_the_admin_was_sent(scene):
    assert Invoice.objects.count() == len(scene.documents)
