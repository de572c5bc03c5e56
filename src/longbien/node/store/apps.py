"""The store as a Django application."""

import importlib

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """Names the application; it has no signals and starts nothing."""

    name = "longbien.node.store"
    label = "store"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Know the tables that stand in a module of their own."""
        importlib.import_module("longbien.node.store.officer_tables")
