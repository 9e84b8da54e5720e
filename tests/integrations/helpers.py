"""Released documents and their exports, written straight into the tables: no rules, no validator."""

from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from banqup.einvoicing import Document, Party, PaymentMeans, VatSubtotal
from banqup.exports import outbox
from banqup.exports.models import Export, ExportAttempt, Grant, Integration, OAuthApp
from banqup.invoices import content, files
from banqup.invoices.models import Attachment, Invoice
from banqup.invoices.statuses import ISSUED_BY_US, DeliveryStatus, DocumentStatus, Kind
from integrations import delivery, registry
from tests.fakes.consent import Consent

PDF = b"%PDF-1.7\n%picture of an invoice\n"


def document(number="2026-0042", **fields) -> Document:
    defaults = {
        "type_code": "380",
        "issue_date": date(2026, 3, 14),
        "due_date": date(2026, 4, 13),
        "currency": "EUR",
        "seller": Party(name="Molens Van Damme NV", vat_id="BE0403019261", country="BE"),
        "buyer": Party(name="Bakkerij Janssens BV", vat_id="BE0702451135", country="BE"),
        "payment_means": (
            PaymentMeans(code="30", remittance_information="+++090/9337/55493+++", iban="BE71096123456769"),
        ),
        "vat_breakdown": (VatSubtotal("S", Decimal("21"), Decimal("100.00"), Decimal("21.00")),),
        "tax_exclusive_total": Decimal("100.00"),
        "tax_total": Decimal("21.00"),
        "tax_inclusive_total": Decimal("121.00"),
        "payable": Decimal("121.00"),
    }
    return Document(number=number, **{**defaults, **fields})


def released(space, number="2026-0042", *, xml=None, pdf=PDF, appendices=(), kind=Kind.PURCHASE, **fields) -> Invoice:
    """A document that was approved: PDF in, e-invoice out."""
    what = document(number, **fields)
    xml = xml if xml is not None else f"<Invoice>{number}{what.seller.name}</Invoice>".encode()
    invoice = Invoice.objects.create(
        space=space,
        kind=kind,
        channel="browser",
        document_status=DocumentStatus.FULLY_APPROVED,
        delivery_status=DeliveryStatus.SENT if kind in ISSUED_BY_US else DeliveryStatus.NONE,
        data=content.to_json(what),
        number=number,
        issue_date=what.issue_date,
        payable=what.payable,
        counterparty_name=(what.seller.name or "")[:200],
        released_at=timezone.now() - timedelta(minutes=1),
        content_sha256=files.digest(xml),
        is_credit_note=what.is_credit_note,
    )
    attach(invoice, Attachment.Role.ORIGINAL, "scan.pdf", "application/pdf", pdf)
    attach(invoice, Attachment.Role.E_INVOICE, "invoice.xml", "application/xml", xml)
    for name, mime_type, data in appendices:
        attach(invoice, Attachment.Role.APPENDIX, name, mime_type, data)
    return Invoice.objects.get(pk=invoice.pk)


def attach(invoice, role, name, mime_type, data) -> Attachment:
    sha256 = files.store(invoice.space_id, data)
    return Attachment.objects.create(
        invoice=invoice, role=role, filename=name, mime_type=mime_type, size=len(data), sha256=sha256
    )


def integration(space, connector="folder", *, config=None, secrets=None, active=True, **fields) -> Integration:
    """An integration that passed its test a while ago."""
    before = timezone.now() - timedelta(days=1)
    made = Integration(
        space=space,
        connector=connector,
        name=fields.pop("name", connector.title()),
        config=config or {},
        is_active=active,
        activated_at=before if active else None,
        **{"tested_at": before, "test_passed": True, **fields},
    )
    made.keep_secrets(secrets or {}, by=None)
    made.save()
    return made


def consented(to: Integration, consent: Consent) -> Grant:
    """A person has connected `to` at the fake whose `consent` it is."""
    provider, tokens, now = registry.get(to.connector).provider(to.config), consent.give(), timezone.now()
    app, _is_new = OAuthApp.objects.get_or_create(name=provider.app, defaults={"client_id": consent.client_id})
    app.keep_secret(consent.client_secret)
    app.save()
    grant = Grant(integration=to, account="person@example.test", obtained_at=now, connected_at=now)
    grant.expires_at = now + timedelta(seconds=int(tokens["expires_in"]))
    grant.seal(tokens)
    grant.save()
    return grant


def queued(invoice, to, **fields) -> Export:
    """An export of `invoice` that is due."""
    last = Export.objects.filter(invoice=invoice, integration=to).count()
    return Export.objects.create(
        invoice=invoice,
        integration=to,
        **{"content_sha256": invoice.content_sha256, "sequence": last + 1, "next_try_at": timezone.now(), **fields},
    )


def push(export) -> Export:
    """Push it as a worker does; its row as it is then."""
    delivery.push(export.pk)
    return Export.objects.get(pk=export.pk)


def push_again(export) -> Export:
    """The same when its next time has come."""
    Export.objects.filter(pk=export.pk).update(next_try_at=timezone.now())
    return push(export)


def worker_dies(export) -> None:
    """A worker claims the export, then its machine goes, then its lease ends."""
    assert outbox.claim(export.pk)
    Export.objects.filter(pk=export.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def tries(export) -> list[tuple[int, str]]:
    return list(ExportAttempt.objects.filter(export=export).values_list("number", "outcome"))
