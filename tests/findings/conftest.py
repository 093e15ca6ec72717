import pytest
from django.db import transaction

from findings.models import Action


@pytest.fixture
def successor(db):
    """An action of Gloucestershire's that may take the place of another."""
    return Action.objects.get(plan__slug="gloucestershire-rapid-improvement-plan")


@pytest.fixture(scope="module")
def kept_rows(django_db_setup, django_db_blocker):
    """What a fixture of a module writes while it has this one stays for all tests of the module.

    They commit nothing. One that writes reads no list of the site's: what is kept of a list is not
    made anew when a test takes back what it wrote.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)
