"""Plans and actions: what organisations have said they will do."""

from datetime import timedelta

import pgtrigger
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Prefetch, Q, Subquery, When

from forces.addresses import page_address
from forces.constraints import FormConstraintsMixin, of_our_time, slug_fits_addresses
from forces.models import Organisation
from inspections.constraints import cites_once
from inspections.models import Citation, FactQuerySet, Inspection
from lib.audit.triggers import audited
from lib.sentences import days_apart

from ..addresses import place_of_action
from ..choices import (
    ENDED_STATUSES,
    ActionStatus,
    ClosureStatus,
    DueSetBy,
)
from .conditions import IS_COMPLETE, IS_OPEN, IS_UNDATED, SUCCEEDED_IF_SUPERSEDED, is_overdue
from .confirmations import Confirmation
from .findings import Finding

STAYS = "Its force has reported on it or added evidence, so it cannot move to another."

SOON = timedelta(days=30)


class PlanQuerySet(models.QuerySet):
    """Plans: public ones, and with counts of their actions."""

    def with_action_counts(self, on):
        """Plans with the number of their actions, of open ones and of overdue ones."""
        return self.annotate(
            action_count=Count("actions"),
            open_count=Count("actions", Q(actions__in=Action.objects.open())),
            overdue_count=Count("actions", Q(actions__in=Action.objects.overdue(on))),
        )

    def published(self, at):
        """All but drafts and those that respond to an inspection under embargo."""
        return self.filter(
            Q(inspection__isnull=True) | Q(inspection__in=Inspection.objects.published(at)),
            is_draft=False,
        )


@audited()
class Plan(models.Model):
    """An organisation's improvement plan, or steps that it reported outside one."""

    ORGANISATION_PATHS = ("organisation",)

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="plans", verbose_name="force or unit"
    )
    inspection = models.ForeignKey(
        Inspection,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="plans",
        help_text="The inspection that it responds to.",
    )
    name = models.CharField(max_length=200)
    slug = models.SlugField("web address name", max_length=100, unique=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    period_note = models.CharField(
        max_length=200, blank=True, help_text="What else is known about its period."
    )
    note = models.TextField(blank=True)
    is_draft = models.BooleanField(
        "draft",
        default=False,
        help_text="While this is ticked, neither the plan nor its actions are public.",
    )

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["organisation", "name"]
        constraints = [
            *of_our_time("plan", "starts_on", "ends_on"),
            slug_fits_addresses("plan"),
            models.UniqueConstraint(
                fields=["organisation", "name"],
                name="plan_name_is_unique_in_an_organisation",
                violation_error_message="This force or unit already has a plan with this name.",
            ),
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True)
                | Q(ends_on__isnull=True)
                | Q(ends_on__gte=F("starts_on")),
                name="plan_ends_after_it_begins",
                violation_error_message="A plan cannot end before it begins.",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def full_name(self):
        """Its name, with that of its organisation if it does not include it."""
        return (
            self.name
            if self.organisation.short_name in self.name
            else f"{self.organisation}: {self.name}"
        )

    def clean(self):
        reported = Action.objects.reported().filter(plan=self.pk)
        if self.pk and reported.exclude(plan__organisation=self.organisation_id).exists():
            raise ValidationError({"organisation": STAYS})

    def get_absolute_url(self):
        return page_address("findings:plan_detail", self.slug)


def changes_by_approval(name, table, columns, proposed=None):
    """The trigger that lets columns of an action change only to what was last approved.

    `table` holds the proposals, and `proposed` are its columns where their names differ.
    """
    said = ", ".join(f"proposal.{column}" for column in proposed or columns)
    new, old, now = (
        ", ".join(f"{row}.{column}" for column in columns) for row in ("NEW", "OLD", "action")
    )
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf(*columns),
        timing=pgtrigger.Deferred,
        condition=pgtrigger.Condition(f"ROW({old}) IS DISTINCT FROM ROW({new})"),
        declare=[("approved", "boolean")],
        func=f"""
            SELECT ROW({said}) IS NOT DISTINCT FROM ROW({now}) INTO approved
                FROM public.findings_{table} proposal
                JOIN public.findings_action action ON action.id = proposal.action_id
                WHERE action.id = NEW.id AND proposal.state = 'published'
                ORDER BY proposal.published_at DESC, proposal.id DESC LIMIT 1;
            IF approved IS NOT TRUE
                AND EXISTS (SELECT FROM public.findings_action WHERE id = NEW.id)
            THEN
                RAISE EXCEPTION '{", ".join(columns)} of an action: only as it was approved.'
                    USING ERRCODE = 'check_violation';
            END IF;
            RETURN NULL;
        """,  # noqa: S608 only names from our own models
    )


class ActionQuerySet(FactQuerySet):
    """Actions: public ones, by status and due date, and those that lack something."""

    def published(self, at):
        """Actions of public plans, except those that answer a finding under embargo."""
        # From the inspections on: few are under embargo, and only their findings are read.
        hidden = Finding.objects.filter(inspection__in=Inspection.objects.embargoed(at))
        public = self.filter(plan__in=Plan.objects.published(at))
        return public.exclude(pk__in=hidden.filter(actions__isnull=False).values("actions"))

    def in_region(self, region):
        return self._of_plans(Plan.objects.filter(organisation__region=region))

    def of_programme(self, programme):
        """Actions that respond to a programme's inspections, or all where it is None."""
        return self.filter(plan__inspection__programme=programme) if programme else self

    def of_organisation(self, organisation):
        return self._of_plans(Plan.objects.filter(organisation=organisation))

    def of_inspection(self, inspection):
        return self._of_plans(Plan.objects.filter(inspection=inspection))

    def _of_plans(self, plans):
        """Named by their ids, for the reason that `FindingQuerySet.in_region` has."""
        return self.filter(plan__in=list(plans.order_by().values_list("pk", flat=True)))

    def by_organisation(self):
        """Each organisation's plans in turn, each plan's actions in its own order."""
        return self.order_by("plan__organisation__short_name", "plan__name", "number")

    def for_display(self):
        """With what a list shows of an action: its organisation, findings and citations."""
        return self.select_related("plan__organisation__region").prefetch_related(
            Prefetch("findings", Finding.objects.by_reference().defer("search")),
            "citations",
        )

    def open(self):
        return self.filter(IS_OPEN)

    def movable(self):
        """Actions that may still be reported on: all that are not superseded."""
        return self.exclude(status=ActionStatus.SUPERSEDED)

    def reported(self):
        """Actions with a progress update, in any state, or with evidence of their own."""
        return self.filter(Q(updates__isnull=False) | Q(evidence__isnull=False))

    def complete(self):
        return self.filter(IS_COMPLETE)

    def overdue(self, on):
        """Open actions whose due date has passed."""
        return self.filter(is_overdue(on))

    def with_overdue(self, on):
        """Actions with `overdue`, for templates."""
        return self.annotate(overdue=Q(is_overdue(on)))

    def due_soon(self, on):
        """Open actions that are due on a day or in the thirty days after it."""
        return self.open().filter(due_on__gte=on, due_on__lte=on + SOON)

    def open_first(self):
        return self.order_by(Case(When(IS_OPEN, then=0), default=1), "plan", "number")

    def by_due_date(self):
        """The soonest due first, those without a date last."""
        return self.order_by(F("due_on").asc(nulls_last=True), "plan", "number")

    def undated(self):
        return self.filter(IS_UNDATED)

    def unowned(self):
        return self.open().filter(owner_role="")

    def moved(self):
        """Actions whose due date is no longer the first one, or was removed."""
        return self.filter(first_due_on__isnull=False).exclude(due_on=F("first_due_on"))

    def unconfirmed(self):
        """Actions that the force calls complete, without a finding closed by the inspectorate."""
        last = (
            Confirmation.objects.filter(finding=OuterRef("pk"))
            .latest_first()
            .values("closure_status")[:1]
        )
        closed = Finding.objects.annotate(closed_as=Subquery(last)).filter(
            closed_as=ClosureStatus.CLOSED, actions=OuterRef("pk")
        )
        return self.complete().filter(~Exists(closed))


@audited()
class Action(FormConstraintsMixin, models.Model):
    """One thing that an organisation has said it will do.

    Its status is what the force says, and changes only by a published progress update.
    """

    ORGANISATION_PATHS = ("plan__organisation",)

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="actions")
    number = models.PositiveSmallIntegerField(help_text="Its place in the plan.")
    findings = models.ManyToManyField(
        Finding,
        blank=True,
        related_name="actions",
        verbose_name="answers",
        help_text="Those that the source links it to.",
    )
    summary = models.TextField()
    status = models.CharField(
        "force says",
        max_length=20,
        choices=ActionStatus,
        default=ActionStatus.NOT_STARTED,
    )
    superseded_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="supersedes"
    )
    owner_role = models.CharField(
        "owner", max_length=200, blank=True, help_text="A role, not a name."
    )
    due_on = models.DateField("due", null=True, blank=True)
    due_set_by = models.CharField(max_length=20, choices=DueSetBy, blank=True)
    first_due_on = models.DateField("first due", null=True, blank=True, editable=False)
    due_moved_because = models.TextField("why the date moved", blank=True)

    never_on_forms = {"id", "first_due_on"}

    objects = ActionQuerySet.as_manager()

    class Meta:
        ordering = ["plan", "number"]
        permissions = [("approve_proposal", "Can publish or send back what another wrote")]
        constraints = [
            *of_our_time("action", "due_on"),
            models.UniqueConstraint(
                fields=["plan", "number"],
                name="one_action_per_place_in_a_plan",
                violation_error_message="This plan already has an action with this number.",
            ),
            models.CheckConstraint(
                condition=Q(due_on__isnull=True, due_set_by="")
                | Q(due_on__isnull=False) & ~Q(due_set_by=""),
                name="a_due_date_says_who_set_it",
                violation_error_message="Give a due date and who set it, or neither.",
            ),
            models.CheckConstraint(
                condition=Q(due_on__isnull=True) | Q(first_due_on__isnull=False),
                name="a_due_date_keeps_the_first",
                violation_error_message="A due date must keep the first one.",
            ),
            models.CheckConstraint(
                condition=Q(first_due_on__isnull=True)
                | Q(due_on__isnull=False, due_on=F("first_due_on"))
                | ~Q(due_moved_because=""),
                name="a_moved_date_says_why",
                violation_error_message="Say why the due date moved.",
            ),
            models.CheckConstraint(
                condition=SUCCEEDED_IF_SUPERSEDED,
                name="superseded_says_by_which",
                violation_error_message=(
                    "A superseded action says which action replaced it. Other actions do not."
                ),
            ),
            models.CheckConstraint(
                condition=~Q(superseded_by=F("id")),
                name="action_does_not_supersede_itself",
                violation_error_message="An action cannot replace itself.",
            ),
        ]
        triggers = [
            changes_by_approval("status_moves_by_an_update", "progressupdate", ["status"]),
            changes_by_approval(
                "due_date_moves_by_approval",
                "duedatechange",
                ["due_on", "due_set_by"],
                ["due_on", "set_by"],
            ),
            changes_by_approval("owner_changes_by_approval", "ownerchange", ["owner_role"]),
        ]

    def __str__(self):
        return f"{self.plan}, action {self.number}"

    def keep_first_due_on(self):
        if self.first_due_on is None:
            self.first_due_on = self.due_on

    def save(self, *args, **kwargs):
        self.keep_first_due_on()
        super().save(*args, **kwargs)

    def clean(self):
        self.keep_first_due_on()
        reported = Action.objects.reported().filter(pk=self.pk)
        if (
            self.pk
            and self.plan_id
            and reported.exclude(plan__organisation=self.plan.organisation_id).exists()
        ):
            raise ValidationError({"plan": STAYS})

    def get_absolute_url(self):
        return self.plan.get_absolute_url() + place_of_action(self.number)

    @property
    def status_slug(self):
        return ActionStatus(self.status).slug

    @property
    def has_ended(self):
        return self.status in ENDED_STATUSES

    def is_overdue(self, on):
        return not self.has_ended and self.due_on is not None and self.due_on < on

    @property
    def days_moved(self):
        """How many days later its due date is now; negative if it is earlier."""
        return (self.due_on - self.first_due_on).days if self.due_on else 0

    @property
    def slippage(self):
        """`days_moved` in words: "30 days later"; empty if it has not moved."""
        return days_apart(self.days_moved)


@audited("action")
class ActionCitation(Citation):
    """Where an action was read."""

    FACT = "action"
    action = models.ForeignKey(Action, models.CASCADE, related_name="citations")

    class Meta(Citation.Meta):
        abstract = False
        constraints = [cites_once("action")]
