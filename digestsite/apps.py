from django.contrib.admin.apps import AdminConfig


class DeskConfig(AdminConfig):
    """The stock admin with our front page: the desk."""

    default_site = "digestsite.admin.DeskSite"
