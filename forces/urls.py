"""The public addresses of regions, organisations and staff."""

from django.urls import path

from . import views

app_name = "forces"

urlpatterns = [
    path("", views.RegionList.as_view(), name="region_list"),
    path(
        "charts/<str:name>.<str:ending>", views.RegionListChart.as_view(), name="region_list_chart"
    ),
    path("regions/<slug:slug>/", views.RegionDetail.as_view(), name="region_detail"),
    path(
        "regions/<slug:slug>/charts/<str:name>.<str:ending>",
        views.RegionChart.as_view(),
        name="region_chart",
    ),
    path("forces/", views.OrganisationList.as_view(), name="organisation_list"),
    path("forces/<slug:slug>/", views.OrganisationDetail.as_view(), name="organisation_detail"),
    path(
        "forces/<slug:slug>/summary/",
        views.OrganisationSummary.as_view(),
        name="organisation_summary",
    ),
    path(
        "forces/<slug:slug>/charts/<str:name>.<str:ending>",
        views.OrganisationChart.as_view(),
        name="organisation_chart",
    ),
    path("compare/", views.Compare.as_view(), name="compare"),
    path(
        "compare/charts/<str:name>.<str:ending>", views.CompareChart.as_view(), name="compare_chart"
    ),
]
