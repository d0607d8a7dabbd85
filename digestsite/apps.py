from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class DigestsiteConfig(AppConfig):
    """The house itself: it has commands, and no models."""

    name = "digestsite"


class DeskConfig(AdminConfig):
    """The stock admin with our front page: the desk."""

    default_site = "digestsite.admin.DeskSite"
