from datetime import date

import pytest

from inspections.charts import grades_through_time
from inspections.choices import Grade, Scale
from inspections.models import Grading, Inspection, Programme
from inspections.summaries import Run
from lib.charts.layout import TEXT, narrow_figure, text_width


@pytest.mark.parametrize(
    ("first", "months"), [(2062, 12), (2026, 12), (2013, 12), (2012, 24), (1990, 36)]
)
def test_grades_through_time_name_as_many_years_as_fit(first, months):
    inspection = Inspection(published_on=date(first, 3, 1), programme=Programme(scale=Scale.FIVE))
    run = Run([Grading(grade=Grade.GOOD, inspection=inspection)], is_break=False)
    figure = grades_through_time([run], date(2026, 11, 28))
    assert figure["layout"]["xaxis"]["dtick"] == f"M{months}"


@pytest.mark.django_db
def test_on_a_phone_the_words_of_grades_through_time_fit_beside_it():
    gradings = list(Grading.objects.for_display().filter(organisation__slug="gloucestershire"))
    figure = grades_through_time([Run(gradings, is_break=False)], date(2026, 11, 28))
    layout = narrow_figure(figure)["layout"]
    words = [word for label in layout["yaxis"]["ticktext"] for word in label.split("<br>")]
    assert max(text_width(word, TEXT) for word in words) + 8 <= layout["margin"]["l"]
