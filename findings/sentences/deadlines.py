"""Sentences about due dates, and the words of the calendars of deadlines."""

from collections.abc import Callable, Sequence

from django.utils.text import capfirst

from forces.models import Organisation
from inspections.models import Inspection
from lib.calendars import Entry
from lib.sentences import Part, Sentence, number_in_words, quantity

from ..addresses import action_list
from ..models import Evidence, Plan
from ..summaries import Deadline, DueDateHistory, Slippage
from .overview import share


def deadlines_of(name: str, organisation: Organisation) -> str:
    """The name of a calendar of the deadlines of an organisation, or of its plan with a name."""
    made_up = " (made up)" if organisation.region.is_synthetic else ""
    return f"{name or 'Inspection deadlines'}: {organisation}{made_up}"


def deadlines_explained(address: str) -> str:
    """What stands in a calendar of deadlines, and where to read more."""
    return (
        "Due dates as the force or unit last set them, days for comments on reports, and reviews "
        f"of evidence. What is done stays here as cancelled. More at {address}"
    )


def deadline(row: Deadline, absolute: Callable[[str], str]) -> Entry:
    """A deadline as an entry of a calendar; `absolute` makes an address whole."""
    about = row.about
    if isinstance(about, Inspection):
        title = f"Comments due: {about}"
        text = (
            "The last day for the local policing body’s comments, 56 days from publication "
            "(Police Act 1996, section 55)."
        )
        address = about.get_absolute_url()
    elif isinstance(about, Evidence):
        action = about.about
        title = f"Review evidence: {about} ({action.plan.organisation})"
        text, address = f"It shows: {about.shows}", action.get_absolute_url()
    else:
        title = f"Due: action {about.number}, {about.plan} ({about.plan.organisation})"
        text = f"{about.summary}\n\nThe force says: {about.get_status_display()}."
        address = about.get_absolute_url()
    return Entry(
        row.key,
        row.on,
        title,
        text,
        absolute(address),
        row.times_moved,
        row.is_done,
        row.done_at,
        row.is_dropped,
    )


def due_dates(
    subject: Plan, rows: Sequence[DueDateHistory], slippage: Slippage, unowned: int
) -> Sentence:
    """How many actions of a plan have a due date, and how many of these moved or are done."""
    if not rows:
        return [Part("No action of this plan has a due date that we know.")]
    parts = [Part(f"{capfirst(quantity(len(rows), 'action'))} of this plan had a due date. ")]
    if slippage.moved:
        moved = action_list(plan=subject.slug, moved="yes")
        middle = f", by a median of {slippage.middle}" if slippage.median_days else ""
        parts += [
            Part(capfirst(number_in_words(slippage.moved)), moved, slippage.moved),
            Part(f" of these dates moved{middle}. "),
        ]
    else:
        parts.append(Part("None of these dates moved. "))
    complete = sum(row.is_complete for row in rows)
    done = share(complete, len(rows), "such action")
    parts.append(Part(f"The force says that {done} {'is' if complete == 1 else 'are'} complete."))
    if unowned:
        url = action_list(plan=subject.slug, unowned="yes")
        parts += [
            Part(" "),
            Part(f"{capfirst(quantity(unowned, 'open action'))}", url, unowned),
            Part(f" of the plan {'has' if unowned == 1 else 'have'} no owner."),
        ]
    return parts
