"""The AdminSite. Its front page is the desk."""

from django.contrib import admin


class DeskSite(admin.AdminSite):
    site_header = "digestsite"
    site_title = "digestsite"
    index_title = "Desk"
