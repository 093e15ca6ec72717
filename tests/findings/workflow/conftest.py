import pytest

from findings.choices import ActionStatus
from tests import factories
from tests.workflow_steps import make_action


@pytest.fixture
def writer():
    return factories.staff.make()


@pytest.fixture
def approver():
    return factories.staff.make()


@pytest.fixture
def action():
    return make_action(ActionStatus.IN_PROGRESS)[0]
