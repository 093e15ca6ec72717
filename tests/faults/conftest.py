"""The table of faults: what was done, and what a reader and an editor saw."""

import pytest

ROWS = pytest.StashKey()
HEADINGS = ("fault", "a reader saw", "an editor saw", "afterwards")


@pytest.fixture(scope="session")
def fault_table(request):
    """A function that writes a row of the table: the fault, what a reader and an editor saw, and
    what was found afterwards, each in words with what was measured."""
    rows = request.config.stash.setdefault(ROWS, [])

    def write(fault, reader, editor="–", afterwards="–"):
        rows.append((fault, reader, editor, afterwards))

    return write


def pytest_terminal_summary(terminalreporter, config):
    if rows := config.stash.get(ROWS, []):
        terminalreporter.write_line("")
        for row in (HEADINGS, ["---"] * len(HEADINGS), *sorted(rows)):
            terminalreporter.write_line(f"| {' | '.join(row)} |")
