"""The public addresses of findings, responses and plans."""

from django.urls import path

from . import deadline_views, views

app_name = "findings"

urlpatterns = [
    path("search/", views.SiteSearch.as_view(), name="search"),
    path("findings/", views.FindingList.as_view(), name="finding_list"),
    path(
        "findings/<slug:reference>/",
        views.FindingByReference.as_view(),
        name="finding_by_reference",
    ),
    path(
        "findings/<slug:inspection>/<slug:reference>/",
        views.FindingDetail.as_view(),
        name="finding_detail",
    ),
    path("themes/", views.ThemeList.as_view(), name="theme_list"),
    path(
        "themes/charts/<str:name>.<str:ending>",
        views.ThemeListChart.as_view(),
        name="theme_list_chart",
    ),
    path("themes/<slug:slug>/", views.ThemeDetail.as_view(), name="theme_detail"),
    path("plans/", views.PlanList.as_view(), name="plan_list"),
    path(
        "plans/charts/<str:name>.<str:ending>",
        views.PlanListChart.as_view(),
        name="plan_list_chart",
    ),
    path("plans/<slug:slug>/", views.PlanDetail.as_view(), name="plan_detail"),
    path(
        "plans/<slug:slug>/due-dates/",
        deadline_views.PlanDueDates.as_view(),
        name="plan_due_dates",
    ),
    path(
        "plans/<slug:slug>/due-dates/charts/<str:name>.<str:ending>",
        deadline_views.PlanDueDatesChart.as_view(),
        name="plan_due_dates_chart",
    ),
    path(
        "plans/<slug:slug>/deadlines.ics",
        deadline_views.PlanCalendar.as_view(),
        name="plan_calendar_file",
    ),
    path(
        "forces/<slug:slug>/deadlines.ics",
        deadline_views.OrganisationCalendar.as_view(),
        name="organisation_calendar_file",
    ),
    path("evidence/<int:pk>/", views.evidence_file, name="evidence_file"),
    path("actions/", views.ActionList.as_view(), name="action_list"),
]
