"""The tables of officers and their tokens: maps only, no rules (``officers`` has them)."""

from django.db import models

from longbien.node.store.models import Row


class OfficerRow(Row):
    """An officer."""

    officer: "models.CharField[str, str]" = models.CharField(max_length=64, primary_key=True)
    authority: "models.CharField[str, str]" = models.CharField(max_length=64)
    duties: "models.CharField[str, str]" = models.CharField(max_length=255)
    added_at: "models.BigIntegerField[int, int]" = models.BigIntegerField()
    mark: "models.BinaryField[bytes, bytes]" = models.BinaryField()


class TokenRow(Row):
    """A token of an officer."""

    token: "models.CharField[str, str]" = models.CharField(max_length=64, primary_key=True)
    officer: "models.CharField[str, str]" = models.CharField(max_length=64, db_index=True)
    sha256: "models.BinaryField[bytes, bytes]" = models.BinaryField()
    scopes: "models.CharField[str, str]" = models.CharField(max_length=255)
    issued_at: "models.BigIntegerField[int, int]" = models.BigIntegerField()
    expires_at: "models.BigIntegerField[int, int]" = models.BigIntegerField()
    revoked_at: "models.BigIntegerField[int | None, int | None]" = models.BigIntegerField(null=True)
    mark: "models.BinaryField[bytes, bytes]" = models.BinaryField()
