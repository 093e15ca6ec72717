from django.urls import path

from . import views

app_name = "findings"

urlpatterns = [
    path("findings/", views.FindingList.as_view(), name="finding_list"),
    path("actions/", views.ActionList.as_view(), name="action_list"),
]
