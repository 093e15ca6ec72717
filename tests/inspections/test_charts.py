from datetime import date

import pytest

from forces.drawing import TEXT, breadth, narrowed
from inspections.charts import grades_through_time
from inspections.models import Grading


@pytest.mark.django_db
def test_on_a_phone_the_words_of_grades_through_time_fit_beside_it():
    gradings = list(Grading.objects.for_display().filter(organisation__slug="gloucestershire"))
    layout = narrowed(grades_through_time(gradings, date(2026, 11, 28)))["layout"]
    words = [word for label in layout["yaxis"]["ticktext"] for word in label.split("<br>")]
    assert max(breadth(word, TEXT) for word in words) + 8 <= layout["margin"]["l"]
