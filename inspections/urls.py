"""The public addresses of inspections, gradings and sources."""

from django.urls import path

from lib.charts.pages import chart_paths

from . import views

app_name = "inspections"

urlpatterns = [
    path("inspections/", views.InspectionList.as_view(), name="inspection_list"),
    path("inspections/<slug:slug>/", views.inspection_detail, name="inspection_detail"),
    path("questions/", views.StrandList.as_view(), name="strand_list"),
    path("questions/<slug:slug>/", views.StrandDetail.as_view(), name="strand_detail"),
    *chart_paths("questions/<slug:slug>/", views.StrandDetail, "strand_chart"),
    path("gradings/", views.GradingList.as_view(), name="grading_list"),
    path("sources/", views.SourceList.as_view(), name="source_list"),
    path("sources/<slug:slug>/", views.SourceDetail.as_view(), name="source_detail"),
    path("about/", views.About.as_view(), name="about"),
    path("about/accessibility/", views.Accessibility.as_view(), name="accessibility"),
    path("about/privacy/", views.Privacy.as_view(), name="privacy"),
    path("about/grades/", views.Grades.as_view(), name="grades"),
    path("about/glossary/", views.Glossary.as_view(), name="glossary"),
]
