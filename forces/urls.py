"""The public addresses of regions, organisations and staff."""

from django.urls import path

from lib.charts.pages import chart_paths

from . import views

app_name = "forces"

urlpatterns = [
    path("", views.RegionList.as_view(), name="region_list"),
    *chart_paths("", views.RegionList, "region_list_chart"),
    path("regions/<slug:slug>/", views.RegionDetail.as_view(), name="region_detail"),
    path("regions/<slug:slug>/region.pdf", views.RegionPaper.as_view(), name="region_paper_file"),
    *chart_paths("regions/<slug:slug>/", views.RegionDetail, "region_chart"),
    path("forces/", views.OrganisationList.as_view(), name="organisation_list"),
    path("forces/<slug:slug>/", views.OrganisationDetail.as_view(), name="organisation_detail"),
    path(
        "forces/<slug:slug>/summary/",
        views.OrganisationSummary.as_view(),
        name="organisation_summary",
    ),
    path(
        "forces/<slug:slug>/summary/summary.pdf",
        views.OrganisationPaper.as_view(),
        name="organisation_paper_file",
    ),
    path(
        "embed/forces/<slug:slug>/",
        views.OrganisationCard.as_view(),
        name="organisation_embed",
    ),
    *chart_paths("forces/<slug:slug>/", views.OrganisationDetail, "organisation_chart"),
    path("compare/", views.Compare.as_view(), name="compare"),
    *chart_paths("compare/", views.Compare, "compare_chart"),
]
