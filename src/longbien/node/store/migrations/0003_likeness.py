"""By what cases are found that are about the same thing."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Keyed hashes of what requests name; 'longbien rebuild' fills them for older cases."""

    dependencies = [
        ("store", "0002_officers"),
    ]

    operations = [
        migrations.CreateModel(
            name="Likeness",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("hash", models.CharField(max_length=64)),
                ("case", models.CharField(db_index=True, max_length=36)),
            ],
            options={
                "indexes": [models.Index(fields=["hash"], name="likeness_hash")],
            },
        ),
    ]
