"""The description of the interface keeps its word: schemathesis asks what it allows and what it
does not."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode

from config.api.collections import COLLECTIONS

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

EXAMPLES = 3  # of each operation, as it should be asked and as it should not
# It asks for compressed answers, and does not unpack them in the same process.
PLAIN = {"Accept-Encoding": "identity"}
CONFIG = SchemathesisConfig.from_dict(
    {
        "checks": {
            # A well-formed slug may name nothing.
            "positive_data_acceptance": {"expected-statuses": [200, 400, 404]},
            "max_response_time": 10,
        },
    }
)


@pytest.fixture
def _one_connection():
    """The site keeps the connection of the test, as it does for Django's test client."""
    signals = [request_started, request_finished]
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


def examples(operation):
    """Addresses with values that rows have: no parameter, and each but one page's own alone."""
    path = {
        one["name"]: one["schema"]["examples"][0]
        for one in operation.definition.raw["parameters"]
        if one["in"] == "path"
    }
    yield operation.Case(path_parameters=path)
    for one in operation.definition.raw["parameters"]:
        for value in one["schema"].get("examples", ()) if one["in"] == "query" else ():
            short = {} if path else {"limit": 5}
            yield operation.Case(path_parameters=path, query={one["name"]: value} | short)


@pytest.mark.usefixtures("_one_connection")
def test_every_answer_is_as_described_whatever_is_asked():
    schema = schemathesis.openapi.from_wsgi(
        "/api/v1/openapi.json", get_wsgi_application(), config=CONFIG
    )
    operations = [one.ok() for one in schema.get_all_operations()]
    assert {one.method for one in operations} == {"get"}
    assert len(operations) == 2 * len(COLLECTIONS)
    for operation in operations:
        # A list outside of the address would be a body that filters nothing.
        assert "requestBody" not in operation.definition.raw
        for case in examples(operation):
            response = case.call_and_validate(headers=PLAIN)
            assert response.status_code == 200, case.as_curl_command()
        for mode in GenerationMode:

            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                database=None,
                derandomize=True,
                phases=[Phase.explicit, Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(generation_mode=mode))
            def ask(case):
                case.call_and_validate(headers=PLAIN)

            ask()
