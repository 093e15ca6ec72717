"""Forces and units as they were on a day: those that existed, with what had become of them.

What came after one is not there before it began; its last day is not there before it passed.
"""

from lib.as_at.tables import DAY, register

from .models import Alias, Organisation

HAD_ENDED = f"row.valid_to <= {DAY}"

register(
    Organisation,
    f"(row.valid_from > {DAY}) IS NOT TRUE",
    {
        "valid_to": f"CASE WHEN {HAD_ENDED} THEN row.valid_to END",
        "successor_id": f"CASE WHEN {HAD_ENDED} THEN row.successor_id END",
    },
)
register(Alias, columns={"valid_to": f"CASE WHEN {HAD_ENDED} THEN row.valid_to END"})
