from django.contrib import admin
from django.urls import include, path

from . import views

urlpatterns = [
    path("", include("forces.urls")),
    path("", include("inspections.urls")),
    path("", include("findings.urls")),
    path("admin/", admin.site.urls),
    path("healthz", views.healthz, name="healthz"),
]

handler400 = views.bad_request
handler403 = views.forbidden
handler404 = views.not_found
handler500 = views.broken
