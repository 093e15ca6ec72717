"""What SECURITY.md says of each requirement of OWASP ASVS 5.0, levels 1 and 2."""

import re
from collections import Counter

from django.conf import settings

from config import middleware
from config.browser_policy import csp_reports
from config.public_forms import follow, permalinks
from findings import files
from lib.active_content import archives as evidence_archives
from lib.active_content import checking
from lib.charts import turns
from lib.followers import models as followers
from lib.lists import downloads
from lib.sheets import archives

# The highest number of levels 1 and 2 in each section; in these sections none below is of level 3.
SECTIONS = """
1.1 2  1.2 9  1.3 11  1.4 3  1.5 2  2.1 3  2.2 3  2.3 4  2.4 1  3.2 2  3.3 4  3.4 6  3.5 5  3.7 2
4.1 3  4.2 1  4.3 2  4.4 4  5.1 1  5.2 3  5.3 2  5.4 3  6.1 3  6.2 12  6.3 4  6.4 4  6.5 5  6.6 3
6.8 4  7.1 3  7.2 4  7.3 2  7.4 5  7.5 2  7.6 2  8.1 2  8.2 3  8.3 1  8.4 1  9.1 3  9.2 4  10.1 2
10.2 2  10.3 4  10.4 11  10.5 5  10.6 2  10.7 3  11.1 2  11.2 3  11.3 3  11.4 4  11.5 1  11.6 1
12.1 3  12.2 2  12.3 4  13.1 1  13.2 5  13.3 2  13.4 5  14.1 2  14.2 4  14.3 3  15.1 3  15.2 3
15.3 7  16.1 1  16.2 5  16.3 4  16.4 3  16.5 3  17.1 1  17.2 4  17.3 2
"""
ROW = re.compile(r"^\| ([\d., –]+) \| ([^|]+) \| (met|no|yours|–) \| ([^|]+) \|$", re.M)
NAMES = {"met": "met", "no": "not met", "yours": "yours", "–": "do not apply"}


def numbers(text):
    """The numbers that a row stands for: one, several with commas, or from one to another."""
    for part in text.split(", "):
        first, _, last = part.partition("–")
        section, _, start = first.rpartition(".")
        end = last.rpartition(".")[2] or start
        yield from (f"{section}.{number}" for number in range(int(start), int(end) + 1))


def test_every_requirement_has_one_row_and_the_sum_is_that_of_the_rows():
    text = (settings.BASE_DIR / "SECURITY.md").read_text()
    rows = [
        (number, state) for listed, _, state, _ in ROW.findall(text) for number in numbers(listed)
    ]
    asked = re.findall(r"(\d+\.\d+) (\d+)", SECTIONS)
    assert [number for number, _ in rows] == [
        f"{section}.{number}" for section, last in asked for number in range(1, int(last) + 1)
    ]
    counts = Counter(NAMES[state] for _, state in rows)
    total = ", ".join(f"{counts[name]} are {name}" for name in ("met", "not met", "yours"))
    said = f"Of {len(rows)} requirements, {total}, and {counts['do not apply']} do not apply."
    assert said in text


def test_the_limits_that_are_told_to_operators_are_those_of_the_code():
    text = (settings.BASE_DIR / "OPERATING.md").read_text()
    told = dict(re.findall(r"^\| (.+?) \| (.+) \|$", text.partition("## Limits")[2], re.M))
    megabytes = archives.MEGABYTE
    assert evidence_archives.MAX_UNPACKED == archives.MAX_UNPACKED
    for what, numbers in {
        "pages cited from one address": [permalinks.MOST_AN_HOUR],
        "mail about pages asked for": [follow.MOST_AN_HOUR, followers.MOST_UNANSWERED],
        "downloads at a time": [downloads.MOST_AT_ONCE, 10],
        "rows of an XLSX download": [downloads.MOST_XLSX_ROWS],
        "drawing a chart": [turns.LONGEST_DRAWING, turns.MOST_WAITING, turns.LONGEST_WAIT],
        "a query": [
            middleware.LONGEST_QUERY,
            middleware.MOST_PARAMETERS,
            middleware.LONGEST_VALUE,
        ],
        "a file of evidence": [archives.MAX_UNPACKED // megabytes, checking.SECONDS],
        "a file to import": [
            archives.MAX_BYTES // megabytes,
            archives.MAX_UNPACKED // megabytes,
            archives.MAX_PARTS,
        ],
        "reports of what a page's policy refused": [
            csp_reports.MOST_A_MINUTE,
            csp_reports.MOST_OF_AN_ADDRESS,
        ],
    }.items():
        assert re.findall(r"[\d,]*\d", told[what]) == [f"{number:,}" for number in numbers], what
    assert files.ENDINGS in told["a file of evidence"]
    by_throttle = text.partition("## Sign-in")[2]
    most = settings.MOST_FAILURES
    assert (
        f"{most['name_at_address']} times for a name at an address, {most['address']} times at an "
        f"address, and {most['name']} times for a name"
    ) in " ".join(by_throttle.split())
