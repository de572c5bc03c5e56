"""Officers and their tokens."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """The officers of a node, and the tokens of their systems."""

    dependencies = [
        ("store", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="OfficerRow",
            fields=[
                (
                    "officer",
                    models.CharField(max_length=64, primary_key=True, serialize=False),
                ),
                ("authority", models.CharField(max_length=64)),
                ("duties", models.CharField(max_length=255)),
                ("added_at", models.BigIntegerField()),
                ("mark", models.BinaryField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="TokenRow",
            fields=[
                (
                    "token",
                    models.CharField(max_length=64, primary_key=True, serialize=False),
                ),
                ("officer", models.CharField(db_index=True, max_length=64)),
                ("sha256", models.BinaryField()),
                ("scopes", models.CharField(max_length=255)),
                ("issued_at", models.BigIntegerField()),
                ("expires_at", models.BigIntegerField()),
                ("revoked_at", models.BigIntegerField(null=True)),
                ("mark", models.BinaryField()),
            ],
            options={
                "abstract": False,
            },
        ),
    ]
