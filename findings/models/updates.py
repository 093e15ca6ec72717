"""Progress updates and evidence."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.signals import post_delete
from django.urls import reverse

from forces.constraints import of_our_time
from inspections.constraints import on_the_web
from lib.audit.triggers import audited

from ..choices import ActionStatus
from ..files import LONGEST_NAME, NAMES, size_in_words
from ..storage import EvidenceFileField, delete_with_row, evidence_place, evidence_storage
from .conditions import SUCCEEDED_IF_SUPERSEDED
from .plans import Action
from .proposals import Proposal, ProposalQuerySet


class ProgressUpdateQuerySet(ProposalQuerySet):
    """Progress updates: public ones, and those of a region."""

    def published(self, at):
        return self.approved().filter(action__in=Action.objects.published(at))

    def of_actions(self, actions):
        """The public updates of public actions."""
        return self.approved().filter(action__in=actions)

    def in_region(self, region):
        return self.filter(action__plan__organisation__region=region)

    def for_display(self):
        return self.select_related("action__plan__organisation")


@audited("action")
class ProgressUpdate(Proposal):
    """A report on an action: drafted by one person, approved by another, and then final."""

    NOUN, PAGE = "progress update", "record_progress"

    action = models.ForeignKey(Action, models.PROTECT, related_name="updates")
    moved_from = models.CharField("before", max_length=20, choices=ActionStatus)
    status = models.CharField("force says", max_length=20, choices=ActionStatus)
    superseded_by = models.ForeignKey(
        Action, models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.TextField()

    objects = ProgressUpdateQuerySet.as_manager()

    class Meta(Proposal.Meta):
        constraints = [
            *Proposal.Meta.constraints,
            models.CheckConstraint(
                condition=~Q(note=""),
                name="a_progress_update_says_what_happened",
                violation_error_message="Say what happened.",
            ),
            models.CheckConstraint(
                condition=SUCCEEDED_IF_SUPERSEDED,
                name="a_superseding_update_says_by_which",
                violation_error_message=(
                    "Name the action that replaces it if, and only if, it is superseded."
                ),
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

    Evidence for an update is approved with it: it is added, changed and deleted only while the
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
                "Can withdraw approved evidence from the public, and set its review",
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
                name="approved_with_its_update",
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
    def changeable_fields(self):
        """The fields that may be changed on its own page.

        Once it is submitted with its update, it can only be given a new review date or be withdrawn
        from the public. A trigger enforces the same (`approved_with_its_update`).
        """
        if self.action_id:
            return ["title", "shows", "dated_on", "review_on", "is_public"]
        if self.update.is_open or self.update.is_closed:
            return []
        return ["review_on", "is_public"] if self.is_public else ["review_on"]

    @property
    def access(self):
        """Who may read it, in words."""
        if not self.is_public:
            return "restricted"
        return (
            "public" if self.update is None or self.update.is_published else "public once approved"
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
