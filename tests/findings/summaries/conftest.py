import pytest
from django.utils import timezone

from findings.models import Finding
from forces.models import Organisation


@pytest.fixture
def at():
    return timezone.now()


@pytest.fixture
def south_west(at):
    return Finding.objects.published(at).filter(inspection__region__slug="south-west")


@pytest.fixture
def organisations():
    return list(Organisation.objects.filter(region__slug="south-west").unit_first())
