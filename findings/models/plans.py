from datetime import timedelta

import pgtrigger
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.storage import storages
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from forces.constraints import FormConstraintsMixin, of_our_time, slug_fits_addresses
from forces.models import Organisation
from inspections.constraints import cites_once, on_the_web
from inspections.models import Citation, FactQuerySet, Inspection
from lib.audit.triggers import APPEND_ONLY, audited
from lib.sentences import days_apart

from ..choices import (
    ENDED_STATUSES,
    OPEN_STATES,
    ActionStatus,
    ClosureStatus,
    DueSetBy,
    UpdateState,
)
from ..files import LONGEST_NAME, NAMES, size_in_words
from .findings import Confirmation, Finding

STAYS = "Its body has reported on it, or shown evidence: it stays with that body."
SOON, STALE_AFTER = timedelta(days=30), timedelta(days=90)


class PlanQuerySet(models.QuerySet):
    def with_action_counts(self, on):
        """With how many actions each has, how many are open, how many overdue."""
        return self.annotate(
            action_count=Count("actions"),
            open_count=Count("actions", Q(actions__in=Action.objects.open())),
            overdue_count=Count("actions", Q(actions__in=Action.objects.overdue(on))),
        )

    def get_by_natural_key(self, slug):
        return self.get(slug=slug)

    def published(self, at):
        return self.filter(
            Q(inspection__isnull=True) | Q(inspection__in=Inspection.objects.published(at))
        )


@audited()
class Plan(models.Model):
    """What a body has said it will do, under one name: its improvement plan, or steps reported outside one."""

    ORGANISATION_PATHS = ("organisation",)

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="plans")
    inspection = models.ForeignKey(
        Inspection,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="plans",
        help_text="The one that it answers.",
    )
    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=100, unique=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    period_note = models.CharField(
        max_length=200, blank=True, help_text="What is known of its period besides."
    )
    note = models.TextField(blank=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["organisation", "name"]
        constraints = [
            *of_our_time("plan", "starts_on", "ends_on"),
            slug_fits_addresses("plan"),
            models.UniqueConstraint(
                fields=["organisation", "name"],
                name="plan_name_is_unique_in_an_organisation",
                violation_error_message="This body already has a plan of this name.",
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
        """Its name and whose it is, the body said once."""
        return (
            self.name
            if self.organisation.short_name in self.name
            else f"{self.organisation}: {self.name}"
        )

    def clean(self):
        reported = Action.objects.filter(plan=self.pk).filter(
            Q(updates__isnull=False) | Q(evidence__isnull=False)
        )
        if self.pk and reported.exclude(plan__organisation=self.organisation_id).exists():
            raise ValidationError({"organisation": STAYS})

    def natural_key(self):
        return (self.slug,)

    natural_key.dependencies = ["inspections.inspection", "forces.organisation"]

    def get_absolute_url(self):
        return reverse("findings:plan_detail", args=[self.slug])


# An action, or what an update says of it, names its successor when, and only when, it is superseded.
SUCCEEDED_IF_SUPERSEDED = Q(status=ActionStatus.SUPERSEDED, superseded_by__isnull=False) | ~Q(
    status=ActionStatus.SUPERSEDED
) & Q(superseded_by__isnull=True)


class ActionQuerySet(FactQuerySet):
    def get_by_natural_key(self, plan, number):
        return self.get(plan__slug=plan, number=number)

    def published(self, at):
        """Actions of public plans, but none that would tell of a finding still under embargo."""
        hidden = Finding.objects.exclude(inspection__in=Inspection.objects.published(at)).filter(
            actions=OuterRef("pk")
        )
        return self.filter(~Exists(hidden), plan__in=Plan.objects.published(at))

    def in_region(self, region):
        return self.filter(plan__organisation__region=region)

    def of_organisation(self, organisation):
        return self.filter(plan__organisation=organisation)

    def by_organisation(self):
        """Each body's plans in turn, each plan's actions in its own order."""
        return self.order_by("plan__organisation__short_name", "plan__name", "number")

    def for_display(self):
        """With all that a list shows of an action: its plan and body, the findings that it answers, its citations."""
        return self.select_related("plan__organisation__region").prefetch_related(
            Prefetch("findings", Finding.objects.by_reference().defer("search")),
            "citations",
        )

    def with_history(self):
        """With all that the page of a plan tells: what the body reported and shows, and what the inspectorate confirmed."""
        shown = Evidence.objects.filter(is_public=True)
        return (
            self.for_display()
            .with_times_moved()
            .prefetch_related(
                "findings__confirmations",
                Prefetch("updates", ProgressUpdate.objects.signed_off()),
                Prefetch("evidence", shown),
                Prefetch("updates__evidence", shown),
            )
        )

    def with_last_update(self):
        """With `last_update_at` and `last_note`, of what was last signed off of each."""
        last = ProgressUpdate.objects.signed_off().filter(action=OuterRef("pk"))
        return self.annotate(
            last_update_at=Subquery(last.values("signed_at")[:1]),
            last_note=Subquery(last.values("note")[:1]),
        )

    def open(self):
        return self.exclude(status__in=ENDED_STATUSES)

    def movable(self):
        """Those that may still be reported on: all but the superseded, which are so for good."""
        return self.exclude(status=ActionStatus.SUPERSEDED)

    def complete(self):
        return self.filter(status=ActionStatus.COMPLETE)

    def overdue(self, on):
        """The one meaning of overdue: dated, past, not ended."""
        return self.open().filter(due_on__lt=on)

    def with_overdue(self, on):
        """With `overdue`: whether each is, for templates."""
        return self.annotate(overdue=Exists(Action.objects.overdue(on).filter(pk=OuterRef("pk"))))

    def due_soon(self, on):
        """Due on a day or within the thirty after it."""
        return self.open().filter(due_on__gte=on, due_on__lte=on + SOON)

    def by_due_date(self):
        """The soonest due first; such as have no date come last."""
        return self.order_by(F("due_on").asc(nulls_last=True), "plan", "number")

    def stale(self, on):
        """Open, and nothing published of them in the ninety days before a day.

        What was never reported on counts from its plan's start, else from the publication of the inspection that the plan
        answers; where neither is known, at once.
        """
        since = on - STALE_AFTER
        reported = ProgressUpdate.objects.signed_off().filter(action=OuterRef("pk"))
        lately = Exists(reported.filter(signed_at__date__gte=since))
        begun_long_ago = Q(begun_on__lt=since) | Q(begun_on__isnull=True)
        actions = self.open().alias(
            begun_on=Coalesce("plan__starts_on", "plan__inspection__published_on")
        )
        return actions.filter(~lately, Exists(reported) | begun_long_ago)

    def undated(self):
        return self.open().filter(due_on__isnull=True)

    def unowned(self):
        return self.open().filter(owner_role="")

    def moved(self):
        """Those whose due date is no longer the first one, or was taken away."""
        return self.filter(first_due_on__isnull=False).exclude(due_on=F("first_due_on"))

    def with_times_moved(self):
        """With `times_moved`: how often a due date, once set, was changed."""
        moves = (
            DueDateChange.objects.changes()
            .filter(action=OuterRef("pk"))
            .order_by()
            .values("action")
        )
        return self.annotate(
            times_moved=Coalesce(Subquery(moves.annotate(count=Count("pk")).values("count")), 0)
        )

    def unconfirmed(self):
        """Complete in the force's view, and answering no finding that the inspectorate has closed."""
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
    """One thing that a body has said it will do; its status is the force's word and moves only by a progress update."""

    ORGANISATION_PATHS = ("plan__organisation",)

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="actions")
    number = models.PositiveSmallIntegerField(help_text="Its place in the plan.")
    findings = models.ManyToManyField(
        Finding,
        blank=True,
        related_name="actions",
        verbose_name="answers",
        help_text="Those that the source ties it to.",
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
        "owner", max_length=200, blank=True, help_text="A role, never a name."
    )
    due_on = models.DateField("due", null=True, blank=True)
    due_set_by = models.CharField(max_length=20, choices=DueSetBy, blank=True)
    first_due_on = models.DateField("first due", null=True, blank=True, editable=False)
    due_moved_because = models.TextField("why the date moved", blank=True)

    never_on_forms = {"id", "first_due_on"}

    objects = ActionQuerySet.as_manager()

    class Meta:
        ordering = ["plan", "number"]
        permissions = [("allocate_action", "Can say which role owns an action")]
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
                violation_error_message="A superseded action says which action took its place, and no other does.",
            ),
            models.CheckConstraint(
                condition=~Q(superseded_by=F("id")),
                name="action_does_not_supersede_itself",
                violation_error_message="An action cannot take its own place.",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="status_moves_by_an_update",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("status"),
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Condition("OLD.status IS DISTINCT FROM NEW.status"),
                declare=[("told", "text"), ("held", "text")],
                func="""
                    SELECT status INTO told FROM public.findings_progressupdate WHERE action_id = NEW.id AND state = 'published'
                        ORDER BY signed_at DESC, id DESC LIMIT 1;
                    SELECT status INTO held FROM public.findings_action WHERE id = NEW.id;
                    IF told IS DISTINCT FROM held THEN
                        RAISE EXCEPTION 'An action''s status changes only by a progress update.' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self):
        return f"{self.plan}, action {self.number}"

    def natural_key(self):
        return (self.plan.slug, self.number)

    natural_key.dependencies = ["findings.plan", "findings.finding"]

    def keep_first_due_on(self):
        if self.first_due_on is None:
            self.first_due_on = self.due_on

    def save(self, *args, **kwargs):
        self.keep_first_due_on()
        super().save(*args, **kwargs)

    def clean(self):
        self.keep_first_due_on()
        reported = Action.objects.filter(pk=self.pk).filter(
            Q(updates__isnull=False) | Q(evidence__isnull=False)
        )
        if (
            self.pk
            and self.plan_id
            and reported.exclude(plan__organisation=self.plan.organisation_id).exists()
        ):
            raise ValidationError({"plan": STAYS})

    def get_absolute_url(self):
        return f"{self.plan.get_absolute_url()}#action-{self.number}"

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
        """How far its due date has moved from the first one; less than zero where it was brought forward."""
        return (self.due_on - self.first_due_on).days if self.due_on else 0

    @property
    def slippage(self):
        """The same in words: "30 days later"; empty where it stands as first set."""
        return days_apart(self.days_moved)


@audited("action")
class ActionCitation(Citation):
    """Where an action was read."""

    FACT = "action"
    action = models.ForeignKey(Action, models.CASCADE, related_name="citations")

    class Meta(Citation.Meta):
        abstract = False
        constraints = [cites_once("action")]


class ProgressUpdateQuerySet(models.QuerySet):
    def signed_off(self):
        return self.filter(state=UpdateState.PUBLISHED)

    def published(self, at):
        return self.signed_off().filter(action__in=Action.objects.published(at))

    def waiting(self):
        return self.filter(state=UpdateState.SUBMITTED)

    def for_sign_off_by(self, user):
        """What waits for a person who signs off: not their own, unless one person may do both."""
        return (
            self.waiting() if settings.ONE_PERSON_MAY_SIGN_OFF else self.waiting().exclude(by=user)
        )

    def sent_back_to(self, user):
        return self.filter(state=UpdateState.SENT_BACK, by=user)

    def drafts_of(self, user):
        return self.filter(state=UpdateState.DRAFT, by=user)

    def with_people(self):
        return self.select_related("by", "signed_by")

    def in_region(self, region):
        return self.filter(action__plan__organisation__region=region)

    def for_display(self):
        return self.select_related("action__plan__organisation")


@audited("action")
class ProgressUpdate(models.Model):
    """What a body reports of an action: drafted by one, signed off by another, and from then on never changed."""

    ORGANISATION_PATHS = ("action__plan__organisation",)

    action = models.ForeignKey(Action, models.PROTECT, related_name="updates")
    moved_from = models.CharField("before", max_length=20, choices=ActionStatus)
    status = models.CharField("force says", max_length=20, choices=ActionStatus)
    superseded_by = models.ForeignKey(
        Action, models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.TextField()
    state = models.CharField(max_length=10, choices=UpdateState, default=UpdateState.DRAFT)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="progress_updates"
    )
    at = models.DateTimeField("written at")
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="signed_updates",
    )
    signed_at = models.DateTimeField("signed off at", null=True, blank=True)
    comment = models.TextField("why it was sent back", blank=True)

    objects = ProgressUpdateQuerySet.as_manager()

    class Meta:
        ordering = ["-signed_at", "-id"]
        permissions = [("sign_off_progressupdate", "Can publish or send back what another wrote")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(note=""),
                name="a_progress_update_says_what_happened",
                violation_error_message="Say what happened.",
            ),
            models.CheckConstraint(
                condition=Q(
                    state=UpdateState.PUBLISHED, signed_by__isnull=False, signed_at__isnull=False
                )
                | ~Q(state=UpdateState.PUBLISHED) & Q(signed_at__isnull=True),
                name="a_published_update_says_who_signed_it_off",
                violation_error_message="A published update says who signed it off and when, and no other does.",
            ),
            models.CheckConstraint(
                condition=~Q(state=UpdateState.SENT_BACK) | ~Q(comment=""),
                name="an_update_sent_back_says_why",
                violation_error_message="Say why it is sent back.",
            ),
            models.CheckConstraint(
                condition=SUCCEEDED_IF_SUPERSEDED,
                name="a_superseding_update_says_by_which",
                violation_error_message="Name the action that takes its place when, and only when, it is superseded.",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="published_for_good",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state=UpdateState.PUBLISHED),
            ),
            pgtrigger.Protect(
                name="only_drafts_go",
                operation=pgtrigger.Delete,
                condition=~pgtrigger.Q(old__state=UpdateState.DRAFT),
            ),
        ]

    def __str__(self):
        return f"{self.action}: {self.get_status_display()}"

    @property
    def status_slug(self):
        return ActionStatus(self.status).slug

    @property
    def is_a_move(self):
        return self.status != self.moved_from

    @property
    def is_open(self):
        """Whether its writer may still change it."""
        return self.state in OPEN_STATES

    @property
    def is_draft(self):
        return self.state == UpdateState.DRAFT

    @property
    def is_waiting(self):
        return self.state == UpdateState.SUBMITTED

    @property
    def is_published(self):
        return self.state == UpdateState.PUBLISHED


class DueDateChangeQuerySet(models.QuerySet):
    def changes(self):
        """Those that moved a date or took it away, rather than set the first."""
        return self.filter(was_on__isnull=False).exclude(due_on=F("was_on"))


@audited("action")
class DueDateChange(models.Model):
    """One setting of an action's due date: never changed, only followed by the next."""

    ORGANISATION_PATHS = ("action__plan__organisation",)

    action = models.ForeignKey(Action, models.PROTECT, related_name="due_date_changes")
    was_on = models.DateField("before", null=True, blank=True)
    due_on = models.DateField("due", null=True, blank=True)
    set_by = models.CharField(max_length=20, choices=DueSetBy, blank=True)
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="due_date_moves")
    at = models.DateTimeField()

    objects = DueDateChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            *of_our_time("due_date_move", "due_on"),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="a_due_date_move_says_why",
                violation_error_message="Say why the date moves.",
            ),
        ]
        triggers = [APPEND_ONLY]

    def __str__(self):
        return f"{self.action}: due {self.due_on or 'no longer dated'}"

    @property
    def is_first(self):
        return self.was_on is None

    @property
    def moves_the_date(self):
        return self.was_on is not None and self.was_on != self.due_on


class EvidenceQuerySet(models.QuerySet):
    def published(self, at):
        """Evidence that is not restricted, of public actions and of updates that were signed off."""
        actions = Action.objects.published(at)
        updates = ProgressUpdate.objects.published(at)
        return self.filter(Q(action__in=actions) | Q(update__in=updates), is_public=True)

    def of_organisations(self, organisations):
        """All evidence of these bodies' actions, restricted or not."""
        return self.filter(
            Q(action__plan__organisation__in=organisations)
            | Q(update__action__plan__organisation__in=organisations)
        )


def evidence_storage():
    """Where files of evidence lie: a folder that is served by no web server, or a bucket."""
    return storages["evidence"]


def evidence_place(evidence, filename):
    """Where a file lies: under its own contents' hash, so that no name that somebody typed becomes a path."""
    return f"{evidence.sha256[:2]}/{evidence.sha256}"


@audited("action", "update")
class Evidence(models.Model):
    """What shows that an action, or what an update says of it, is so: a page at an address, or a file kept here.

    What shows an update is signed off with it: only while the update is open does its evidence come, change or go.
    """

    ORGANISATION_PATHS = ("action__plan__organisation", "update__action__plan__organisation")

    action = models.ForeignKey(
        Action, models.CASCADE, null=True, blank=True, related_name="evidence"
    )
    update = models.ForeignKey(
        ProgressUpdate, models.PROTECT, null=True, blank=True, related_name="evidence"
    )
    title = models.CharField(max_length=200)
    url = models.URLField("address", max_length=500, blank=True)
    file = models.FileField(
        storage=evidence_storage, upload_to=evidence_place, max_length=200, blank=True
    )
    filename = models.CharField(max_length=LONGEST_NAME, blank=True, editable=False)
    content_type = models.CharField(max_length=100, blank=True, editable=False)
    size = models.PositiveBigIntegerField("size in bytes", null=True, blank=True, editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True, editable=False)
    shows = models.TextField("what it shows")
    dated_on = models.DateField()
    review_on = models.DateField("to be reviewed", null=True, blank=True)
    is_public = models.BooleanField("public", default=False)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        ordering = ["-dated_on", "-id"]
        verbose_name = "piece of evidence"
        verbose_name_plural = "pieces of evidence"
        permissions = [
            (
                "withdraw_evidence",
                "Can withdraw evidence that was signed off from the public, and set its review",
            )
        ]
        indexes = [models.Index(fields=["sha256"], name="evidence_sha256", condition=~Q(sha256=""))]
        constraints = [
            *of_our_time("evidence", "dated_on", "review_on", since=1829),
            models.CheckConstraint(
                condition=Q(action__isnull=True) ^ Q(update__isnull=True),
                name="evidence_of_an_action_or_an_update",
                violation_error_message="Evidence belongs to an action or to an update: exactly one of the two.",
            ),
            on_the_web("evidence", or_none=True),
            models.CheckConstraint(
                condition=Q(url="") ^ Q(file=""),
                name="evidence_is_an_address_or_a_file",
                violation_error_message="Give an address or a file: exactly one of the two.",
            ),
            models.CheckConstraint(
                condition=Q(file="") | ~Q(sha256=""),
                name="a_file_keeps_its_hash",
                violation_error_message="A file keeps the hash of its contents.",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="signed_off_with_its_update",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                declare=[("of_update", "bigint"), ("stands", "text")],
                func="""
                    IF TG_OP = 'UPDATE' AND (OLD.action_id, OLD.update_id) IS DISTINCT FROM (NEW.action_id, NEW.update_id) THEN
                        RAISE EXCEPTION 'Evidence stays where it was added.' USING ERRCODE = 'check_violation';
                    END IF;
                    of_update := CASE WHEN TG_OP = 'INSERT' THEN NEW.update_id ELSE OLD.update_id END;
                    -- Held, so that nobody submits the update meanwhile.
                    SELECT state INTO stands FROM public.findings_progressupdate WHERE id = of_update FOR SHARE;
                    IF stands NOT IN ('draft', 'sent_back') AND (
                        TG_OP <> 'UPDATE'
                        OR NEW.is_public AND NOT OLD.is_public
                        OR to_jsonb(NEW) - '{review_on,is_public}'::text[] <> to_jsonb(OLD) - '{review_on,is_public}'::text[]
                    ) THEN
                        RAISE EXCEPTION 'Evidence comes, changes and goes with the draft of its update.'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    IF TG_OP = 'DELETE' THEN
                        RETURN OLD;
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def about(self):
        """The action that it is about, itself or through an update."""
        return self.action or self.update.action

    @property
    def access(self):
        """Who may read it, in words."""
        if not self.is_public:
            return "restricted"
        return (
            "public"
            if self.update is None or self.update.is_published
            else "public once signed off"
        )

    @property
    def address(self):
        """Where it is read: a page on the web, or our own page that hands a file to whoever may have it."""
        return reverse("findings:evidence_file", args=[self.pk]) if self.file else self.url

    @property
    def sort(self):
        """What sort of file it is, and how large: "PDF, 240 kB"; empty for an address."""
        return (
            f"{NAMES.get(self.content_type, 'file')}, {size_in_words(self.size or 0)}"
            if self.file
            else ""
        )
