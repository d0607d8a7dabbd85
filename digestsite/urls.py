from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("publishing.urls")),
]

handler400 = "digestsite.refused.bad_request"
