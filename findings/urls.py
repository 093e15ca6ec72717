"""The public addresses of findings, responses and plans."""

from django.urls import path

from lib.charts.pages import chart_paths

from . import change_views, deadline_views, views

app_name = "findings"

urlpatterns = [
    path("changes/", change_views.ChangeList.as_view(), name="change_list"),
    path("corrections/", change_views.CorrectionList.as_view(), name="correction_list"),
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
    *chart_paths("themes/", views.ThemeList, "theme_list_chart"),
    path("themes/<slug:slug>/", views.ThemeDetail.as_view(), name="theme_detail"),
    path("plans/", views.PlanList.as_view(), name="plan_list"),
    *chart_paths("plans/", views.PlanList, "plan_list_chart"),
    path("plans/<slug:slug>/", views.PlanDetail.as_view(), name="plan_detail"),
    path("plans/<slug:slug>/plan.pdf", views.PlanPaper.as_view(), name="plan_paper_file"),
    path(
        "plans/<slug:slug>/due-dates/",
        deadline_views.PlanDueDates.as_view(),
        name="plan_due_dates",
    ),
    *chart_paths(
        "plans/<slug:slug>/due-dates/", deadline_views.PlanDueDates, "plan_due_dates_chart"
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
