"""A mark on every row that is read for what it says."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Old rows are marked by ``init --upgrade``."""

    dependencies = [("store", "0003_likeness")]

    operations = [
        migrations.AddField(
            model_name=name,
            name="mark",
            field=models.BinaryField(default=b""),
            preserve_default=False,
        )
        for name in ("askedlog", "caserow", "cosignature", "cosigned")
    ]
