"""Random histories of a record, each thing in it entered on its day, as a steward and the staff of
forces enter them."""

import random
from datetime import date, datetime, time, timedelta

from django.db import connection, transaction
from django.utils import timezone

from findings.choices import ActionStatus, ClosureStatus, DueSetBy, FindingKind, Stance
from findings.models import Action, DueDateChange, Plan, Theme
from findings.workflow import allowed_statuses, propose_due_date, propose_owner, publish
from forces.models import Organisation
from inspections.choices import Attribution, Coverage, MonitoringKind, Precision, Scale
from inspections.models import Programme

from . import factories

# After all that the database holds, and long over.
BEGINS, DAYS = date(2026, 2, 1), 100
EVENTS = 45


def noon(day):
    return timezone.make_aware(datetime.combine(day, time(12)))


def month_end(day):
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


class History:
    """A record of a made-up region that grows from day to day."""

    def __init__(self, seed):
        self.choose = random.Random(seed)  # noqa: S311 no secret
        self.day = BEGINS
        self.region = factories.region.make(name="Westmarch", slug="westmarch")
        self.forces = [
            factories.force.make(
                region=self.region,
                name=f"{name} Police",
                short_name=name,
                slug=name.lower(),
                ons_code=f"E2300010{place}",
            )
            for place, name in enumerate(["Ashford", "Birch", "Cedar"])
        ]
        self.programme = Programme.objects.get(slug="soc")
        self.question = self.programme.questions.get(is_headline=True)
        self.grades = Scale(self.programme.scale).grades
        self.themes = list(Theme.objects.in_use()[:3])
        self.inspections, self.gradings, self.findings, self.actions = [], [], [], []
        self.drafts, self.hidden = [], []
        self.plan = self.sourceless_plan = None

    def live(self, until):
        """Let things happen until a day, itself included."""
        kinds = [
            *[self.publish] * 3,
            *[self.correct, self.respond, self.confirm] * 2,
            *[self.watch, self.comment, self.read_more] * 2,
            *[self.act, self.report, self.move, self.hand_over] * 3,
            *[self.merge, self.draft, self.undraft, self.show_evidence],
        ]
        while self.day < until:
            self.day += timedelta(days=1)
            self.open_embargoes()
            while self.choose.random() < EVENTS / DAYS:
                self.entered(self.choose.choice(kinds))

    def entered(self, event):
        """Have something happen, which the audit trail dates as of this day."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT COALESCE(max(id), 0) FROM audit_change")
            (before,) = cursor.fetchone()
            event()
            with transaction.atomic():
                cursor.execute("SET LOCAL session_replication_role = replica")  # as a superuser may
                cursor.execute(
                    "UPDATE audit_change SET at = %s WHERE id > %s", [noon(self.day), before]
                )
                cursor.execute("SET LOCAL session_replication_role = origin")

    def pages(self):
        """Some of the rows that have a page of their own by now."""
        plans = Plan.objects.filter(organisation__region=self.region, is_draft=False)
        rows = [self.inspections, self.findings, list(plans.order_by("pk"))]
        return [self.choose.choice(some) for some in rows if some]

    def any(self, rows):
        return self.choose.choice(rows) if rows else None

    def source(self):
        return factories.source.make(published_on=self.day)

    def cite(self, fact, source=None):
        fact.citations.create(
            source=source or self.source(), locator="¶1", attribution=Attribution.PRESS
        )

    def open_embargoes(self):
        """What was entered before its day has sources of its day."""
        for inspection in [one for one in self.hidden if one.published_on <= self.day]:
            self.hidden.remove(inspection)
            self.inspections.append(inspection)
            self.gradings += inspection.gradings.all()
            self.findings += inspection.findings.all()

    def publish(self):
        """A report, which is entered some days before under embargo, for ever, or on its day.

        Of some only the month is known, and these are entered as it ends.
        """
        ahead = self.choose.choice([0, 0, 3, 10, 10_000])
        published_on, precision = self.day + timedelta(days=min(ahead, 200)), Precision.DAY
        if self.choose.random() < 0.3:
            published_on, precision = month_end(published_on), Precision.MONTH
        public_at = timezone.make_aware(datetime.combine(published_on, time(0)))
        organisation = self.any([None, self.any(self.forces)])
        inspection = factories.inspection.make(
            programme=self.programme,
            region=self.region,
            organisation=organisation,
            title=f"Report {len(self.inspections) + len(self.hidden)}",
            published_on=published_on.replace(day=1) if precision == "month" else published_on,
            published_precision=precision,
            public_at=public_at if ahead < 10_000 else None,
            findings_recorded=Coverage.WHOLE,
        )
        inspection.published_on = published_on  # when it happens, for `open_embargoes`
        source = factories.source.make(published_on=published_on)
        self.cite(inspection, source)
        for force in self.choose.sample(self.forces, 2):
            grading = factories.grading.make(
                inspection=inspection,
                organisation=force,
                question=self.question,
                grade=self.choose.choice(self.grades),
            )
            self.cite(grading, source)
        for place in range(2):
            finding = factories.finding.make(
                inspection=inspection,
                reference=f"R{place}",
                kind=self.choose.choice([FindingKind.WEAKNESS, FindingKind.STRENGTH]),
                summary=f"Nobody found {self.choose.randrange(100)} things.",
                section=self.question,
            )
            finding.themes.set([self.choose.choice(self.themes)])
            finding.organisations.set([self.choose.choice(self.forces)])
            self.cite(finding, source)
        if ahead < 10_000:
            self.hidden.append(inspection)
            self.open_embargoes()

    def correct(self):
        grading = self.any([one for one in self.gradings if one.first_grade is None])
        if grading:
            others = [one for one in self.grades if one != grading.grade]
            grading.first_grade, grading.grade = grading.grade, self.choose.choice(others)
            grading.corrected_on, grading.correction_reason = self.day, "It was wrong."
            grading.save()

    def respond(self):
        if finding := self.any(self.findings):
            to = self.choose.choice(
                [{"finding": finding, "inspection": None}, {"inspection": finding.inspection}]
            )
            force = self.any(self.forces)
            if finding.responses.filter(organisation=force).exists():
                return
            response = factories.response.make(
                organisation=force, said_on=self.day, stance=self.any(list(Stance)), **to
            )
            self.cite(response)

    def confirm(self):
        if finding := self.any(self.findings):
            confirmation = factories.confirmation.make(
                finding=finding,
                closure_status=self.any(list(ClosureStatus)),
                confirmed_on=self.day,
            )
            self.cite(confirmation)

    def watch(self):
        event = factories.monitoring_event.make(
            inspection=None,
            organisation=self.any(self.forces),
            kind=self.any(list(MonitoringKind)),
            happened_on=self.day,
        )
        self.cite(event)

    def comment(self):
        force, inspection = self.any(self.forces), self.any(self.inspections)
        if inspection and not inspection.policing_body_comments.filter(organisation=force).exists():
            factories.policing_body_comment.make(
                inspection=inspection,
                organisation=force,
                source=self.source(),
                published_on=self.any([self.day, None]),
            )

    def read_more(self):
        """Another source of something known, published later."""
        if finding := self.any(self.findings):
            self.cite(finding)
        if grading := self.any(self.gradings):
            self.cite(grading)

    def act(self):
        """A force's action, read in a source or entered by the force itself."""
        has_source, has_date = self.choose.random() < 0.6, self.choose.random() < 0.6
        plan = self.any(list(Plan.objects.filter(organisation__region=self.region)))
        if plan is None or self.choose.random() < 0.3:
            inspection = self.any(self.inspections)
            force = self.any(self.forces)
            plan = factories.plan.make(organisation=force, inspection=inspection)
        due_on = self.day + timedelta(days=self.choose.randrange(5, 60)) if has_date else None
        action = factories.action.make(
            plan=plan,
            summary=f"Nobody will do {self.choose.randrange(100)} things.",
            due_on=due_on,
            due_set_by=DueSetBy.ORGANISATION if has_date else "",
            owner_role=self.any(["", "a made-up chief"]),
        )
        if has_date and self.any([True, False]):
            DueDateChange.objects.create_first(action, factories.staff.make(), noon(self.day))
        if has_source:
            self.cite(action)
        if self.findings and not plan.is_draft:
            action.findings.set([self.any(self.findings)])
        self.actions.append(action)

    def chosen_action(self):
        movable = [one.pk for one in self.actions]
        rows = Action.objects.movable().filter(pk__in=movable, plan__is_draft=False)
        return self.any(list(rows.order_by("pk")))

    def report(self):
        if action := self.chosen_action():
            may = allowed_statuses(action.status)
            status = self.any([one for one in may if one != ActionStatus.SUPERSEDED])
            others = Action.objects.movable().filter(plan=action.plan).exclude(pk=action.pk)
            other = self.any(list(others.order_by("pk")))
            if other and ActionStatus.SUPERSEDED in may and self.choose.random() < 0.3:
                factories.reported(
                    action, ActionStatus.SUPERSEDED, at=noon(self.day), superseded_by=other
                )
            else:
                factories.reported(action, status, f"On {self.day}.", at=noon(self.day))

    def move(self):
        if action := self.chosen_action():
            due_on = self.any([None, self.day + timedelta(days=self.choose.randrange(5, 60))])
            if due_on == action.due_on:
                return
            set_by = DueSetBy.INSPECTORATE if due_on else ""
            self.approve(propose_due_date, action, due_on, set_by, f"Nobody could on {self.day}.")

    def hand_over(self):
        if action := self.chosen_action():
            role = f"made-up officer {self.choose.randrange(3)}"
            if role != action.owner_role:
                self.approve(propose_owner, action, role, "Somebody left.")

    def approve(self, propose, *proposed):
        change = propose(*proposed, factories.staff.make(), noon(self.day))
        publish(change, factories.staff.make(), noon(self.day))

    def draft(self):
        """A plan that is written for some days before it is public."""
        plan = factories.plan.make(
            organisation=self.any(self.forces), inspection=None, is_draft=True
        )
        factories.action.make(plan=plan)
        self.drafts.append(plan)

    def undraft(self):
        if self.drafts:
            plan = self.drafts.pop()
            plan.is_draft = False
            plan.save()

    def show_evidence(self):
        if action := self.chosen_action():
            factories.evidence.make(action=action, dated_on=self.day, is_public=True)

    def merge(self):
        """One of the forces becomes a new one."""
        old = self.forces[0]
        number = Organisation.objects.filter(region=self.region).count()
        new = factories.force.make(
            region=self.region,
            name=f"Newmarch {number} Police",
            short_name=f"Newmarch {number}",
            slug=f"newmarch-{number}",
            ons_code=f"E2300020{number}",
            valid_from=self.day,
        )
        old.valid_to, old.successor = self.day, new
        old.save()
        self.forces = [*self.forces[1:], new]
