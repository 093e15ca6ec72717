"""What the suite lets no one get away with."""

import warnings

import pytest
from django.template.loader import render_to_string

from forces.models import Region


def test_a_template_of_ours_may_not_ask_for_what_nobody_gave():
    with pytest.raises(pytest.fail.Exception, match="does not know 'heading'"):
        render_to_string("components/empty.html")


def test_a_warning_fails():
    with pytest.raises(UserWarning):
        warnings.warn("careless", stacklevel=1)


def test_a_test_that_does_not_ask_for_the_database_has_none():
    with pytest.raises(RuntimeError, match="Database access not allowed"):
        Region.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", ["first", "second"])
def test_what_one_test_commits_the_next_does_not_see(time):
    region = Region.objects.get(slug="south-west")
    assert region.name == "South West"
    region.name = "Changed"
    region.save()
