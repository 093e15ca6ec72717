"""Every constraint is broken on purpose somewhere, and says in a sentence what is wrong."""

from pathlib import Path

import pytest
from django.apps import apps

TESTS = Path(__file__).parent
# Names that are made for several models alike, each with its own test.
MADE_ALIKE = ("_is_chosen_by_its_slug", "_is_of_our_time", "_cites_a_place_once")
CONSTRAINTS = [
    pytest.param(constraint, id=constraint.name)
    for app in ("audit", "forces", "inspections", "findings")
    for model in apps.get_app_config(app).get_models()
    for constraint in model._meta.constraints
]


@pytest.mark.parametrize("constraint", CONSTRAINTS)
def test_a_constraint_says_what_is_wrong(constraint):
    assert constraint.violation_error_message.endswith(".")
    assert constraint.violation_error_message != constraint.default_violation_error_message


def test_every_constraint_is_broken_in_some_test():
    tests = "".join(path.read_text() for path in TESTS.glob("*/**/test_*.py"))
    names = {
        next((end for end in MADE_ALIKE if case.id.endswith(end)), case.id) for case in CONSTRAINTS
    }
    assert {name for name in names if name not in tests} == set()
