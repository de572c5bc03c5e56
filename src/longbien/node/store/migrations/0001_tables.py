"""The first tables."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Everything that a node keeps, but its officers."""

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Ahead",
            fields=[
                ("witness", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("size", models.BigIntegerField()),
                ("root", models.BinaryField()),
                ("mark", models.BinaryField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Arrival",
            fields=[
                ("transfer", models.CharField(max_length=36, primary_key=True, serialize=False)),
                ("case", models.CharField(max_length=36)),
                ("peer", models.CharField(max_length=2)),
                ("sealed", models.BinaryField()),
                ("mark", models.BinaryField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="AskedLog",
            fields=[
                ("origin", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("note", models.BinaryField()),
                ("asked", models.IntegerField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="AuditRecord",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.BigIntegerField(db_index=True)),
                ("actor", models.CharField(max_length=64)),
                ("action", models.CharField(max_length=64)),
                ("subject", models.CharField(db_index=True, max_length=255)),
                ("facts", models.BinaryField()),
                ("mark", models.BinaryField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CaseKey",
            fields=[
                ("case", models.CharField(max_length=36, primary_key=True, serialize=False)),
                ("wrapped", models.BinaryField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Cosigned",
            fields=[
                ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                ("root", models.BinaryField()),
                ("note", models.BinaryField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Log",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("origin", models.CharField(max_length=255)),
                ("size", models.BigIntegerField()),
                ("root", models.BinaryField()),
                ("note", models.BinaryField()),
                ("last_at", models.BigIntegerField()),
                ("is_behind", models.BooleanField(default=False)),
                ("tallies", models.BinaryField()),
                ("mark", models.BinaryField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Pin",
            fields=[
                ("peer", models.CharField(max_length=2, primary_key=True, serialize=False)),
                ("pins", models.BinaryField()),
                ("mark", models.BinaryField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Probe",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("number", models.BigIntegerField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SplitView",
            fields=[
                ("sha256", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("origin", models.CharField(max_length=255)),
                ("proof", models.BinaryField()),
                ("mark", models.BinaryField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Tile",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("data", models.BinaryField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="VaultObject",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("case", models.CharField(db_index=True, max_length=36)),
                ("sealed", models.BinaryField()),
                ("mark", models.BinaryField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Witnessing",
            fields=[
                ("origin", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("size", models.BigIntegerField()),
                ("root", models.BinaryField()),
                ("note", models.BinaryField()),
                ("mark", models.BinaryField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("scope", models.CharField(max_length=255)),
                ("key", models.CharField(max_length=255)),
                ("request_sha256", models.BinaryField()),
                ("case", models.CharField(max_length=36)),
                ("sealed", models.BinaryField()),
                ("mark", models.BinaryField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("scope", "key"), name="answer_key")
                ],
            },
        ),
        migrations.CreateModel(
            name="CaseRow",
            fields=[
                ("case", models.CharField(max_length=36, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=64)),
                ("side", models.CharField(max_length=16)),
                ("own", models.CharField(max_length=64)),
                ("peer", models.CharField(max_length=64)),
                ("peer_state", models.CharField(max_length=2)),
                ("state", models.CharField(max_length=64)),
                ("lane", models.SmallIntegerField()),
                ("exercise", models.BooleanField()),
                ("opened_at", models.BigIntegerField()),
                ("changed_at", models.BigIntegerField()),
                ("version", models.IntegerField()),
                ("due_at", models.BigIntegerField()),
                ("due_clock", models.CharField(max_length=64)),
                ("due_rule", models.CharField(max_length=255)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["own", "due_at", "case"], name="case_due"),
                    models.Index(fields=["own", "state", "due_at", "case"], name="case_s"),
                    models.Index(fields=["own", "kind", "due_at", "case"], name="case_k"),
                    models.Index(fields=["own", "peer_state", "due_at", "case"], name="case_p"),
                    models.Index(fields=["own", "kind", "state", "due_at", "case"], name="case_ks"),
                    models.Index(
                        fields=["own", "peer_state", "state", "due_at", "case"], name="case_ps"
                    ),
                    models.Index(
                        fields=["own", "peer_state", "kind", "due_at", "case"], name="case_pk"
                    ),
                    models.Index(
                        fields=["own", "peer_state", "kind", "state", "due_at", "case"],
                        name="case_pks",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Chore",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=64)),
                ("case", models.CharField(max_length=36)),
                ("subject", models.CharField(max_length=255)),
                ("not_before", models.BigIntegerField()),
                ("is_open", models.BooleanField(default=True)),
                ("ready_at", models.BigIntegerField()),
                ("fence", models.BigIntegerField(default=0)),
                ("attempts", models.IntegerField(default=0)),
                ("code", models.CharField(default="", max_length=64)),
                ("mark", models.BinaryField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_open", True)),
                        fields=["ready_at"],
                        name="chore_ready",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Cosignature",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=255)),
                ("size", models.BigIntegerField(db_index=True)),
                ("line", models.BinaryField()),
            ],
            options={
                "indexes": [models.Index(fields=["name", "-size"], name="cosignature_name")],
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("leaf", models.BigIntegerField(primary_key=True, serialize=False)),
                ("case", models.CharField(max_length=36)),
                ("version", models.IntegerField()),
                ("event", models.CharField(max_length=36)),
                ("kind", models.CharField(max_length=64)),
                ("at", models.BigIntegerField()),
                ("entry", models.BinaryField()),
                ("is_own", models.BooleanField()),
                ("sealed", models.BinaryField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("case", "version"), name="event_case_version")
                ],
            },
        ),
        migrations.CreateModel(
            name="Inbox",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("peer", models.CharField(max_length=2)),
                ("message", models.CharField(max_length=36)),
                ("sender", models.CharField(max_length=64)),
                ("thread", models.CharField(max_length=36)),
                ("sequence", models.IntegerField()),
                ("sha256", models.BinaryField()),
                ("received_at", models.BigIntegerField()),
                ("outcome", models.CharField(max_length=16)),
                ("code", models.CharField(max_length=64)),
                ("receipt", models.BinaryField()),
                ("keep_until", models.BigIntegerField()),
                ("mark", models.BinaryField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("peer", "message"), name="inbox_message"),
                    models.UniqueConstraint(
                        fields=("thread", "peer", "sequence"), name="inbox_sequence"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Outbox",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("message", models.CharField(max_length=36, unique=True)),
                ("thread", models.CharField(max_length=36)),
                ("kind", models.CharField(max_length=64)),
                ("sequence", models.IntegerField()),
                ("recipient", models.CharField(max_length=64)),
                ("peer", models.CharField(max_length=2)),
                ("lane", models.SmallIntegerField()),
                ("created_at", models.BigIntegerField()),
                ("expires_at", models.BigIntegerField()),
                ("is_own", models.BooleanField()),
                ("envelope", models.BinaryField()),
                ("is_open", models.BooleanField(default=True)),
                ("ready_at", models.BigIntegerField()),
                ("fence", models.BigIntegerField(default=0)),
                ("attempts", models.IntegerField(default=0)),
                ("code", models.CharField(default="", max_length=64)),
                ("outcome", models.CharField(default="", max_length=16)),
                ("receipt", models.BinaryField(default=b"")),
                ("mark", models.BinaryField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_open", True)),
                        fields=["lane", "ready_at"],
                        name="outbox_ready",
                    ),
                    models.Index(
                        condition=models.Q(("is_open", True)),
                        fields=["thread", "peer"],
                        name="outbox_open",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("thread", "peer", "sequence"), name="outbox_sequence"
                    )
                ],
            },
        ),
    ]
