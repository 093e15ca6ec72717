"""SQL that asks the audit trail what a row was at a moment: for the tables of the past."""

from lib.as_at.tables import MOMENT


def _changes(table: str, row: str, operation: str) -> str:
    """The changes of a row by an operation; `row` is the SQL for its key."""
    return (
        f"FROM public.audit_change change WHERE change.\"table\" = '{table}'"
        f" AND change.operation = '{operation}' AND change.\"row\" = {row}"
    )


def was_recorded(table: str, row: str = "row.id") -> str:
    """The condition that a row had been entered."""
    return f"EXISTS (SELECT {_changes(table, row, 'INSERT')} AND change.at <= {MOMENT})"


def had_value(table: str, column: str, value: str, row: str = "row.id") -> str:
    """The condition that a column had, later, a value that was then changed."""
    changes = _changes(table, row, "UPDATE")
    return (
        f"EXISTS (SELECT {changes} AND change.at > {MOMENT} AND change.before ? '{column}'"
        f" AND lower(change.before ->> '{column}') = '{value}')"
    )


def value_then(table: str, column: str, now: str, row: str = "row.id") -> str:
    """The text that a column had: what the next change found, or the value of now."""
    changes = f"{_changes(table, row, 'UPDATE')} AND change.about @> ARRAY['{table}:' || {row}]"
    return (
        f"COALESCE((SELECT change.before ->> '{column}' {changes} AND change.at > {MOMENT}"
        f" AND change.before ? '{column}' ORDER BY change.id LIMIT 1), {now})"
    )
