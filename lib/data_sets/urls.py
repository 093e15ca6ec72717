"""The addresses of data sets."""

from datetime import date

from django.urls import path, register_converter

from . import views


class DayConverter:
    """A day in ISO form."""

    regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()


register_converter(DayConverter, "day")

urlpatterns = [
    path("", views.DataSetPage.as_view(), name="data_sets"),
    path("latest.<str:ending>", views.LatestFile.as_view(), name="latest_data_set_file"),
    path("<day:day>/<str:name>", views.DataSetFile.as_view(), name="data_set_file"),
]
