import pytest

from findings.models import Action


@pytest.fixture
def successor(db):
    """An action of Gloucestershire's that may take the place of another."""
    return Action.objects.get(plan__slug="gloucestershire-rapid-improvement-plan")
