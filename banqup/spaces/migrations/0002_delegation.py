import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("spaces", "0001_initial")]

    operations = [
        migrations.AddField("engagement", "delegates_approval", models.BooleanField(default=False, verbose_name="approves for the business")),
        migrations.AddField("engagement", "delegation_changed_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "engagement",
            "delegation_changed_by",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            "engagement",
            models.CheckConstraint(
                condition=models.Q(("delegates_approval", False), ("status", "active"), _connector="OR"),
                name="engagement_delegates_while_active",
            ),
        ),
    ]
