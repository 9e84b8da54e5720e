from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("exports", "0007_integration_templates"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="export",
            index=models.Index(fields=["integration", "state", "settled_at"], name="export_by_integration"),
        ),
        migrations.RemoveIndex(model_name="export", name="export_of_integration"),
    ]
