"""What a test says of a row that breaks one of its model's constraints."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction


def message_of(row, constraint):
    return next(c.violation_error_message for c in row._meta.constraints if c.name == constraint)


def assert_refused(row, constraint):
    """The model refuses the row with the constraint's message, and the database even where nobody
    asks the model."""
    with pytest.raises(ValidationError) as refusal:
        row.full_clean()
    assert message_of(row, constraint) in refusal.value.messages
    assert_refused_by_database(row, constraint)


def assert_refused_by_database(row, constraint):
    with pytest.raises(IntegrityError, match=f'"{constraint}"'), transaction.atomic():
        row.save()
