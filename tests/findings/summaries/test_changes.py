from datetime import date, timedelta

import pytest
from django.utils import timezone

from findings import sentences, summaries
from findings.choices import (
    ActionStatus,
    ChangeKind,
    ClosureStatus,
    FindingKind,
    ProposalState,
    Respondent,
    Stance,
)
from findings.models import Theme
from inspections.choices import Grade, MissingReason, MonitoringKind, Precision
from inspections.dates import midnight
from lib.sentences import plain_text
from tests import factories

pytestmark = pytest.mark.django_db
DAY = date(2025, 1, 15)  # when all that is made here is published, unless it says otherwise


def told(at, since=None, until=None, **scope):
    """The sentences of changes by what names them."""
    rows = summaries.changes(at, since, until, summaries.ChangeScope(**scope), with_undated=True)
    return {row.key: plain_text(sentences.change(row)) for row in rows}


@pytest.fixture
def force():
    return factories.force.make(short_name="Northmarch", name="Northmarch Police")


@pytest.fixture
def report(force):
    return factories.inspection.make(
        title="The report", region=force.region, organisation=force, programme__short_name="MU 25"
    )


@pytest.fixture
def question(report):
    return factories.question.make(programme=report.programme, name="Being fair")


def test_what_inspectors_publish_is_told_with_what_it_names(force, report, question, at):
    grading = factories.grading.make(inspection=report, organisation=force, question=question)
    finding = factories.finding.make(
        inspection=report, reference="F1", kind=FindingKind.AFI, summary="It is slow."
    )
    finding.organisations.add(force)
    assert told(at, organisations=[force]) == {
        f"inspection/{report.pk}": "Published: “The report”.",
        f"grading/{grading.pk}": (
            "Northmarch: Adequate on “Being fair” (MU 25); we know no grade before it."
        ),
        f"finding/{finding.pk}": "Area for improvement F1 about Northmarch: It is slow.",
    }


def test_what_a_force_reports_is_told_once_it_is_approved(force, report, at):
    plan = factories.plan.make(organisation=force, inspection=report, name="The plan")
    action = factories.action.make(plan=plan, number=3)
    update = factories.update.make(action=action, status=ActionStatus.IN_PROGRESS, note="Begun.")
    due = factories.due_date_change.make(
        action=action, was_on=DAY, due_on=DAY + timedelta(days=31), reason="Nobody was free."
    )
    taken = factories.due_date_change.make(
        action=action, was_on=DAY, due_on=None, set_by="", reason="Given up."
    )
    owner = factories.owner_change.make(action=action, owner_role="chief", reason="A new role.")
    factories.due_date_change.make(action=action, was_on=None)  # the first one moves nothing
    factories.draft.make(action=action)
    factories.owner_change.make(action=factories.action.make(plan__is_draft=True))
    start = "Northmarch, action 3 of “The plan”: "
    kinds = [ChangeKind.PROGRESS, ChangeKind.DUE_DATE, ChangeKind.OWNER]
    assert told(at, kinds=kinds) == {
        f"progress/update/{update.pk}": (
            f"{start}the force says in progress, before: not started. Begun."
        ),
        f"due-date/{due.pk}": (
            f"{start}due date moved from 15 January 2025 to 15 February 2025 (31 days later), "
            "set by the force or unit itself. Why: Nobody was free."
        ),
        f"due-date/{taken.pk}": f"{start}due date 15 January 2025 taken away. Why: Given up.",
        f"owner/{owner.pk}": f"{start}owned by the chief, before: nobody. Why: A new role.",
    }


def test_what_others_say_and_confirm_is_told(force, report, at):
    finding = factories.finding.make(inspection=report, reference="F1")
    finding.organisations.add(force)
    response = factories.response.make(
        inspection=report, organisation=force, stance=Stance.DISPUTED, said_on=DAY, summary="No."
    )
    other = factories.response.make(
        inspection=None,
        finding=finding,
        organisation=force,
        respondent=Respondent.POLICING_BODY,
        said_on=DAY,
        summary="Yes.",
    )
    factories.response.make(inspection=report, organisation=force, said_on=None)
    comment = factories.policing_body_comment.make(
        inspection=report, organisation=force, published_on=DAY
    )
    first = factories.confirmation.make(finding=finding)
    last = factories.confirmation.make(finding=finding, closure_status=ClosureStatus.CLOSED)
    event = factories.monitoring_event.make(organisation=force, inspection=None)
    kinds = set(ChangeKind) - {ChangeKind.INSPECTION, ChangeKind.FINDING}
    body = "The local policing body of Northmarch"
    assert told(at, kinds=list(kinds), organisations=[force]) == {
        f"response/{response.pk}": "Northmarch disputes “The report”: No.",
        f"response/{other.pk}": f"{body} accepts finding F1: Yes.",
        f"comments/{comment.pk}": f"{body} published its comments on “The report”.",
        f"confirmation/{first.pk}": (
            "The inspectorate on finding F1 about Northmarch: being progressed."
        ),
        f"confirmation/{last.pk}": (
            "The inspectorate on finding F1 about Northmarch: closed, before: being progressed."
        ),
        f"monitoring/event/{event.pk}": (
            f"Northmarch: {MonitoringKind.ENGAGE_IN.label}. Nobody moved into Engage."
        ),
    }


def test_a_force_begins_and_ends(force, at):
    force.valid_to, force.successor = (
        DAY,
        factories.force.make(name="The new police", short_name="New", valid_from=DAY),
    )
    force.save()
    part = factories.force.make(name="A part", valid_from=DAY, split_from=force)
    for one in (force, force.successor, part):  # or nobody could know of them
        factories.grading.make(organisation=one)
    assert told(at, kinds=[ChangeKind.ORGANISATION]) == {
        f"organisation/ending/{force.pk}": ("Northmarch Police ended; it was succeeded by New."),
        f"organisation/beginning/{force.successor.pk}": "The new police began.",
        f"organisation/beginning/{part.pk}": "A part began; it was split off from Northmarch.",
    }
    force.successor.gradings.all().delete()
    hidden = factories.inspection.make(public_at=at + timedelta(days=1))
    factories.grading.make(organisation=force.successor, inspection=hidden)
    assert told(at, kinds=[ChangeKind.ORGANISATION])[f"organisation/ending/{force.pk}"] == (
        "Northmarch Police ended."
    )


def test_corrections_tell_what_was_first_and_why(force, report, question, at):
    of = {"inspection": report, "organisation": force, "question": question}
    why = {"correction_reason": "The data were wrong.", "first_grade": Grade.GOOD}
    corrected = factories.grading.make(**of, **why, corrected_on=date(2025, 3, 1))
    withdrawn = factories.grading.make(
        **of | {"question": factories.question.make(programme=report.programme, name="Asking")},
        **why | {"grade": None, "missing_reason": MissingReason.WITHDRAWN},
    )
    newer = factories.inspection.make(
        title="The better report", supersedes=report, public_at=midnight(date(2025, 5, 1))
    )
    finding = factories.finding.make(inspection=report, reference="F1")
    replaced = factories.confirmation.make(
        finding=finding, closure_status=ClosureStatus.SUPERSEDED, confirmed_on=date(2025, 4, 1)
    )
    rows = told(at, kinds=[ChangeKind.CORRECTION])
    assert list(rows.items()) == [
        (
            f"correction/inspection/{report.pk}",
            "“The report” was replaced by “The better report”.",
        ),
        (
            f"correction/confirmation/{replaced.pk}",
            "The inspectorate on finding F1: superseded.",
        ),
        (
            f"correction/grading/{corrected.pk}",
            "Northmarch, grade on “Being fair” (MU 25) corrected from good to adequate: "
            "the data were wrong.",
        ),
        (
            f"correction/grading/{withdrawn.pk}",
            "Northmarch, grade on “Asking” (MU 25) withdrawn; it was good: the data were wrong.",
        ),
    ]
    # On its day it was published as it was then.
    (first,) = [row for row in summaries.changes(at) if row.key == f"grading/{corrected.pk}"]
    assert (first.new, first.counts_on) == ("Good", DAY)
    newer.public_at = at + timedelta(days=1)
    newer.save()
    assert f"correction/inspection/{report.pk}" not in told(at, kinds=[ChangeKind.CORRECTION])


def test_an_earlier_grade_stands_beside_a_new_one_only_if_they_compare(force, report, question, at):
    earlier = factories.inspection.make(
        title="Then",
        programme=report.programme,
        published_on=date(2020, 1, 1),
        public_at=midnight(date(2020, 1, 1)),
    )
    of = {"organisation": force, "question": question}
    factories.grading.make(inspection=earlier, grade=Grade.GOOD, **of)
    grading = factories.grading.make(inspection=report, **of)

    def change():
        (row,) = summaries.changes(at, DAY, DAY, summaries.ChangeScope(kinds=[ChangeKind.GRADING]))
        return row.old, row.new, plain_text(sentences.change(row)).partition("; ")[2]

    assert change() == ("Good", "Adequate", "it was good before.")
    grading.not_comparable_because = "The question changed."
    grading.save()
    assert change() == (
        "",
        "Adequate",
        "good in “Then” cannot be compared with it: the question changed.",
    )


def test_a_month_or_a_year_counts_from_its_last_day_and_never_before_the_report(report, force, at):
    of = {"inspection": report, "organisation": force}
    said = {
        date(2025, 3, 1): (Precision.MONTH, date(2025, 3, 31)),
        date(2025, 1, 1): (Precision.YEAR, date(2025, 12, 31)),
        date(2025, 6, 12): (Precision.DAY, date(2025, 6, 12)),
        date(2024, 1, 1): (Precision.DAY, DAY),
    }
    for day, (precision, _) in said.items():
        factories.response.make(**of, said_on=day, said_precision=precision)
    scope = summaries.ChangeScope(organisations=[force], kinds=[ChangeKind.RESPONSE])
    rows = summaries.changes(at, scope=scope)
    assert {row.on: (row.precision, row.counts_on) for row in rows} == said
    assert {row.on: sentences.counted_from(row)[:19] for row in rows} == {
        date(2025, 3, 1): "only the month is k",
        date(2025, 1, 1): "only the year is kn",
        date(2025, 6, 12): "",
        date(2024, 1, 1): "",
    }
    days = date(2025, 3, 31), date(2025, 6, 12)
    assert [row.on for row in summaries.changes(at, *days, scope)] == [
        date(2025, 6, 12),
        date(2025, 3, 1),
    ]
    assert summaries.change_counts(at, *days, scope).by_kind[ChangeKind.RESPONSE] == 2
    assert not summaries.changes(at, date(2025, 4, 1), date(2025, 6, 11), scope)


def test_changes_are_narrowed_by_whom_and_what_they_are_about(report, force, at):
    theme = Theme.objects.first()
    finding = factories.finding_on(theme, inspection=report)
    finding.organisations.add(force)
    plan = factories.plan.make(organisation=force, inspection=report)
    action = factories.action.make(plan=plan)
    action.findings.add(finding)
    update = factories.update.make(action=action)
    factories.update.make()  # of another force
    all_of_it = {f"inspection/{report.pk}", f"finding/{finding.pk}", f"progress/update/{update.pk}"}
    assert set(told(at, organisations=[force])) == all_of_it
    assert set(told(at, regions=[force.region])) == all_of_it
    assert set(told(at, themes=[theme], regions=[force.region])) == {*all_of_it} - {
        f"inspection/{report.pk}"
    }
    assert set(told(at, plans=[plan])) == {f"progress/update/{update.pk}"}


def test_what_is_not_public_changes_nothing(at):
    before = summaries.change_counts(at)
    factories.made_up_region(findings=4, plans=1, public_at=at + timedelta(days=1))
    factories.update.make(state=ProposalState.SUBMITTED, reviewed_by=None, published_at=None)
    inspections = [1, before.by_kind[ChangeKind.INSPECTION]]  # that of the update's plan is public
    after = summaries.change_counts(timezone.now())
    assert after.by_kind == before.by_kind | {ChangeKind.INSPECTION: sum(inspections)}
