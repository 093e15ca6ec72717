import pytest

from tests import factories


@pytest.fixture
def theme():
    return factories.theme.make(name="Before")
