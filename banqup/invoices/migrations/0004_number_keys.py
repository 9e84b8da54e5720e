"""Fills the new column `number_key` of the documents that are there."""

from django.db import migrations

from banqup.invoices import numbers

_BATCH = 1000


def fill(apps, schema_editor):
    Invoice = apps.get_model("invoices", "Invoice")
    batch = []
    for invoice in Invoice.objects.exclude(number="").only("pk", "number").iterator(chunk_size=_BATCH):
        invoice.number_key = numbers.key(invoice.number)
        batch.append(invoice)
        if len(batch) == _BATCH:
            Invoice.objects.bulk_update(batch, ["number_key"])
            batch.clear()
    Invoice.objects.bulk_update(batch, ["number_key"])


class Migration(migrations.Migration):
    dependencies = [("invoices", "0003_duplicates")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
