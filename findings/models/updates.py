"""Progress updates, changes of due dates, and evidence."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.signals import post_delete
from django.urls import reverse

from forces.constraints import of_our_time
from inspections.constraints import on_the_web
from lib.audit.triggers import APPEND_ONLY, audited

from ..choices import (
    OPEN_STATES,
    ActionStatus,
    DueSetBy,
    UpdateState,
)
from ..files import LONGEST_NAME, NAMES, size_in_words
from ..storage import EvidenceFileField, delete_with_row, evidence_place, evidence_storage
from .plans import SUCCEEDED_IF_SUPERSEDED, Action


class ProgressUpdateQuerySet(models.QuerySet):
    """Progress updates: public ones, and those that wait for somebody."""

    def signed_off(self):
        return self.filter(state=UpdateState.PUBLISHED)

    def published(self, at):
        return self.signed_off().filter(action__in=Action.objects.published(at))

    def waiting(self):
        return self.filter(state=UpdateState.SUBMITTED)

    def for_sign_off_by(self, user):
        """Updates that this person may sign off: not their own, unless one person may do both."""
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
    """A report on an action: drafted by one person, signed off by another, and then final."""

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
                violation_error_message=(
                    "A published update says who signed it off and when. Other updates do not."
                ),
            ),
            models.CheckConstraint(
                condition=~Q(state=UpdateState.SENT_BACK) | ~Q(comment=""),
                name="an_update_sent_back_says_why",
                violation_error_message="Say why it is sent back.",
            ),
            models.CheckConstraint(
                condition=SUCCEEDED_IF_SUPERSEDED,
                name="a_superseding_update_says_by_which",
                violation_error_message=(
                    "Name the action that replaces it if, and only if, it is superseded."
                ),
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
    """Settings of due dates: those that changed one."""

    def changes(self):
        """Those that moved a date or removed it, not those that set the first one."""
        return self.filter(was_on__isnull=False).exclude(due_on=F("was_on"))


@audited("action")
class DueDateChange(models.Model):
    """A change of an action's due date, or its first setting; it is never edited."""

    ORGANISATION_PATHS = ("action__plan__organisation",)

    action = models.ForeignKey(Action, models.PROTECT, related_name="due_date_changes")
    was_on = models.DateField("before", null=True, blank=True)
    due_on = models.DateField("due", null=True, blank=True)
    set_by = models.CharField(max_length=20, choices=DueSetBy, blank=True)
    reason = models.TextField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="due_date_changes"
    )
    at = models.DateTimeField()

    objects = DueDateChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            *of_our_time("due_date_change", "due_on"),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="a_due_date_change_says_why",
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
    """Evidence: what is public, and what belongs to some organisations."""

    def published(self, at):
        """Public evidence of public actions and of published updates."""
        actions = Action.objects.published(at)
        updates = ProgressUpdate.objects.published(at)
        return self.filter(Q(action__in=actions) | Q(update__in=updates), is_public=True)

    def of_organisations(self, organisations):
        """All evidence of these organisations' actions, restricted or not."""
        return self.filter(
            Q(action__plan__organisation__in=organisations)
            | Q(update__action__plan__organisation__in=organisations)
        )


@audited("action", "update")
class Evidence(models.Model):
    """Evidence for an action or an update: a page at an address, or a file kept here.

    Evidence for an update is signed off with it: it is added, changed and deleted only while the
    update is open.
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
    file = EvidenceFileField(
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
                violation_error_message=(
                    "Evidence belongs to an action or to an update: exactly one of the two."
                ),
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
                declare=[("of_update", "bigint"), ("state_now", "text"), ("free", "text[]")],
                func="""
                    IF TG_OP = 'UPDATE' AND (OLD.action_id, OLD.update_id)
                        IS DISTINCT FROM (NEW.action_id, NEW.update_id)
                    THEN
                        RAISE EXCEPTION 'Evidence stays where it was added.'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    free := '{review_on,is_public}';
                    of_update := CASE
                        WHEN TG_OP = 'INSERT' THEN NEW.update_id ELSE OLD.update_id
                    END;
                    -- Locked, so that nobody submits the update meanwhile.
                    SELECT state INTO state_now FROM public.findings_progressupdate
                        WHERE id = of_update FOR SHARE;
                    IF state_now NOT IN ('draft', 'sent_back') AND (
                        TG_OP <> 'UPDATE'
                        OR NEW.is_public AND NOT OLD.is_public
                        OR to_jsonb(NEW) - free <> to_jsonb(OLD) - free
                    ) THEN
                        RAISE EXCEPTION
                            'Evidence comes, changes and goes with the draft of its update.'
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
        """Where to read it: a page on the web, or the file at an address of ours."""
        return reverse("findings:evidence_file", args=[self.pk]) if self.file else self.url

    @property
    def sort(self):
        """What sort of file it is, and how large: "PDF, 240 kB"; empty for an address."""
        return (
            f"{NAMES.get(self.content_type, 'file')}, {size_in_words(self.size or 0)}"
            if self.file
            else ""
        )


post_delete.connect(delete_with_row, sender=Evidence, dispatch_uid="evidence")
