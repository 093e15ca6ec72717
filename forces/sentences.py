"""Sentences about mergers, new names and splits of forces and units."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from django.utils.formats import date_format

from lib.sentences import Part, Sentence

from .models import Organisation
from .summaries import Succession

Address = Callable[[Organisation], str]


def succession(row: Succession, on: date, url: Address = Organisation.get_absolute_url) -> Sentence:
    """What became of whom and when, as a day sees it; each name links to its page, or to `url`."""
    verb = f" {_verb(row, past=row.on <= on)} "
    before, after = names(row.before, url), names(row.after, url)
    # Parts that leave one that goes on are the ones that something happened to.
    subject, rest = (after, before) if row.is_split and row.keeps_both else (before, after)
    return [Part(f"On {_day(row.on)} "), *subject, Part(verb), *rest, Part(".")]


def _verb(row: Succession, past: bool) -> str:
    """What happened or will happen."""
    if not row.is_split and len(row.before) > 1:
        return "merged into" if past else "will merge into"
    if row.is_split:
        several = row.keeps_both and len(row.after) > 1
        done = "split off from" if row.keeps_both else "split into"
    else:
        several = False
        done = "made part of" if row.keeps_both else "renamed"
    was = "were" if several else "was"
    return f"{was if past else 'will be'} {done}"


def names(
    organisations: Sequence[Organisation], url: Address = Organisation.get_absolute_url
) -> Sentence:
    """The names of organisations with their links: "Dorset, Kent and Essex"."""
    parts = []
    for place, organisation in enumerate(organisations):
        if place:
            parts.append(Part(" and " if place == len(organisations) - 1 else ", "))
        parts.append(Part(str(organisation), url(organisation)))
    return parts


def history(organisation: Organisation, on: date, rows: Sequence[Succession]) -> str:
    """Since when an organisation is history; empty while it exists."""
    if not organisation.has_ended(on):
        return ""
    last = _day(organisation.valid_to - timedelta(days=1))
    became = any(organisation in row.before for row in rows)
    unknown = "" if became else " We do not know what took its place."
    kind = organisation.get_kind_display()
    return (
        f"This {kind} existed until {last}. We keep this page as a record of what was found "
        f"before then.{unknown}"
    )


def _day(on: date) -> str:
    return date_format(on, "j F Y")
