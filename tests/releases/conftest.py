"""The table of faults, to which an upgrade adds a row."""

from tests.faults.conftest import fault_table  # noqa: F401
