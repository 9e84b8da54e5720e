"""Files, page images, receipts, attempts and missed documents: the side doors to what a document says."""

import pytest
from django.urls import reverse

from banqup.invoices.models import Attachment, Invoice
from banqup.spaces.models import InboundAddress

from .addresses import Rows
from .scene import facts
from .test_addresses import browser_of, ours  # noqa: F401

pytestmark = pytest.mark.django_db


def business(name, space, *args):
    return reverse(f"business:{name}", args=[space.slug, *args])


def partner(name, office, *args):
    return reverse(f"partner:{name}", args=[office.slug, *args])


def test_the_file_of_another_document_is_not_found_at_ones_own(scene, ours: Rows):  # noqa: F811
    """Own document, somebody else's file: also within one space."""
    client, office = browser_of(scene.owner), browser_of(scene.accountant)
    purchase, sale = ours.purchase, ours.sales
    for browser, url in (
        (client, business("purchase_file", scene.space, purchase.invoice.pk, sale.file.pk)),
        (client, business("sales_file", scene.space, sale.invoice.pk, purchase.file.pk)),
        (office, partner("document_file", scene.office, purchase.invoice.pk, sale.file.pk)),
    ):
        assert browser.get(url).status_code == 404


def test_a_document_of_one_list_is_not_found_in_the_other(scene, ours: Rows):  # noqa: F811
    client = browser_of(scene.owner)
    for name in ("detail", "document", "attempts", "resend", "payment", "dispute", "refuse", "resolve", "delete"):
        assert client.get(business(f"purchase_{name}", scene.space, ours.sales.invoice.pk)).status_code == 404, name
        assert client.get(business(f"sales_{name}", scene.space, ours.purchase.invoice.pk)).status_code == 404, name


def test_a_payment_is_only_undone_at_its_own_document(scene, ours: Rows):  # noqa: F811
    client, before = browser_of(scene.owner), facts()
    url = business("purchase_payment_undo", scene.space, ours.purchase.invoice.pk, ours.sales.payment.pk)
    assert client.post(url).status_code == 404
    assert facts() == before


def test_an_export_is_only_sent_again_at_its_own_integration(scene, ours: Rows):  # noqa: F811
    client, office, before = browser_of(scene.owner), browser_of(scene.accountant), facts()
    theirs, own = ours.purchase.office_export, ours.purchase.export
    assert client.post(business("export_resend", scene.space, scene.integration.pk, theirs.pk)).status_code == 404
    assert client.get(business("extension", scene.space, scene.office_integration.pk)).status_code == 404
    assert client.get(business("extension_missed", scene.space, scene.office_integration.pk)).status_code == 404
    client_pk = scene.space.pk
    url = partner("client_export_resend", scene.office, client_pk, scene.office_integration.pk, own.pk)
    assert office.post(url).status_code == 404
    assert office.get(partner("client_extension", scene.office, client_pk, scene.integration.pk)).status_code == 404
    assert office.post(partner("export_resend", scene.office, own.pk)).status_code == 404
    assert facts() == before


@pytest.mark.parametrize("who", ["office ADM", "office CM"])
def test_who_is_no_accountant_reads_no_file_of_a_client(scene, ours: Rows, who):  # noqa: F811
    client, pk = browser_of(scene.people[who]), ours.purchase.invoice.pk
    for url in (
        partner("document_file", scene.office, pk, ours.purchase.file.pk),
        partner("document_page", scene.office, pk, 1),
        partner("document_attempts", scene.office, pk),
        partner("document", scene.office, pk),
        partner("exports", scene.office),
    ):
        answer = client.get(url)
        assert answer.status_code == 403, url
        assert ours.purchase.invoice.number not in answer.text


def test_the_file_of_a_draft_or_a_deleted_document_is_not_the_accountants(scene):
    client = browser_of(scene.accountant)
    for state in ("sales draft", "purchase deleted", "sales deleted"):
        invoice = scene.documents[state]
        file = Attachment.objects.create(
            invoice=invoice, role="original", filename="x.pdf", mime_type="application/pdf", size=1, sha256="0" * 64
        )
        assert client.get(partner("document", scene.office, invoice.pk)).status_code == 404, state
        assert client.get(partner("document_file", scene.office, invoice.pk, file.pk)).status_code == 404, state


def test_many_documents_at_once_reach_no_further_than_one(scene):
    """The bulk actions of the accountant's list, with the documents of another office's client."""
    client, before = browser_of(scene.people["an accountant of another office"]), facts()
    ids = [str(pk) for pk in Invoice.objects.values_list("pk", flat=True)]
    for action in ("mark_as_processed", "undo_processed", "send", f"send-{ids[0]}"):
        url = partner("documents_act", scene.other_office)
        assert client.post(url, {"action": action, "ids": ids}).status_code == 404
    url = partner("documents_undo", scene.other_office)
    assert client.post(f"{url}?ids={'.'.join(ids)}").status_code == 404
    assert client.get(partner("documents", scene.other_office), {"client": scene.space.pk}).status_code == 404
    assert facts() == before


def test_a_revoked_inbound_address_takes_nothing_in(scene):
    from banqup.actions import people

    address, token = InboundAddress.issue(space=scene.space, name="Soon gone", by=scene.owner)
    people.revoke_inbound_address(address=address, by=scene.owner)
    before = facts()
    answer = browser_of(scene.owner).post(
        reverse("integrations:inbound", args=[token]), b"<Invoice/>", content_type="application/xml"
    )
    assert answer.status_code == 404
    assert facts() == before
