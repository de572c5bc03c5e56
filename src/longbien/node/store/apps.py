"""The store as a Django application."""

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """Names the application; it has no signals and starts nothing."""

    name = "longbien.node.store"
    label = "store"
    default_auto_field = "django.db.models.BigAutoField"
