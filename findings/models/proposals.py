"""Proposals: what one person writes about an action, and another approves for the public."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from forces import access
from forces.constraints import of_our_time
from lib.audit.triggers import audited

from ..choices import OPEN_STATES, DueSetBy, ProposalState
from .plans import Action

# The reason in the audit when a writer takes a proposal back.
WITHDRAWN = "Withdrawn by its writer."


class ProposalQuerySet(models.QuerySet):
    """Proposals: approved ones, and those that wait for somebody."""

    def approved(self):
        return self.filter(state=ProposalState.PUBLISHED)

    def awaiting_approval(self):
        return self.filter(state=ProposalState.SUBMITTED)

    def awaiting_approval_by(self, user):
        """Those that this person may approve: not their own, unless one person may do both."""
        awaiting = self.awaiting_approval()
        return awaiting if settings.ONE_PERSON_MAY_APPROVE else awaiting.exclude(by=user)

    def open(self):
        """Those that their writer may still change."""
        return self.filter(state__in=OPEN_STATES)

    def sent_back_to(self, user):
        return self.filter(state=ProposalState.SENT_BACK, by=user)

    def drafts_of(self, user):
        return self.filter(state=ProposalState.DRAFT, by=user)

    def left_behind(self, on):
        """Those not published or closed whose writer may no longer write about their action."""
        writers = access.holders(
            access.permission_to("add", self.model), OuterRef("action__plan__organisation"), on
        )
        return self.filter(state__in=[*OPEN_STATES, ProposalState.SUBMITTED]).exclude(
            Exists(writers.filter(user=OuterRef("by")))
            | Q(by__is_active=True, by__is_superuser=True)
        )

    def with_people(self):
        return self.select_related("by", "reviewed_by")


class Proposal(models.Model):
    """What one person proposes about an action; another approves it, and then it is final.

    A subclass has the `action`, what is proposed, a `NOUN` for it, and the
    `PAGE` of the action where its writer goes on with it.
    """

    ORGANISATION_PATHS = ("action__plan__organisation",)

    state = models.CharField(max_length=10, choices=ProposalState, default=ProposalState.DRAFT)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="%(class)ss")
    at = models.DateTimeField("written at")
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reviewed_%(class)ss",
    )
    published_at = models.DateTimeField(null=True, blank=True)
    comment = models.TextField("why it was sent back or closed", blank=True)

    class Meta:
        abstract = True
        ordering = ["-published_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state=ProposalState.PUBLISHED,
                    reviewed_by__isnull=False,
                    published_at__isnull=False,
                )
                | ~Q(state=ProposalState.PUBLISHED) & Q(published_at__isnull=True),
                name="a_published_%(class)s_says_who_approved_it",
                violation_error_message=(
                    "What is published says who approved it and when. Nothing else does."
                ),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[ProposalState.SENT_BACK, ProposalState.CLOSED])
                | ~Q(comment=""),
                name="a_%(class)s_sent_back_or_closed_says_why",
                violation_error_message="Say why it is sent back or closed.",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="final_for_good",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(
                    old__state__in=[ProposalState.PUBLISHED, ProposalState.CLOSED]
                ),
            ),
            pgtrigger.Protect(
                name="only_drafts_go",
                operation=pgtrigger.Delete,
                condition=~pgtrigger.Q(old__state=ProposalState.DRAFT),
            ),
        ]

    def may_be_approved_by(self, user):
        """Whether it is somebody else's, unless the settings let one person do both."""
        return self.by_id != user.pk or settings.ONE_PERSON_MAY_APPROVE

    @property
    def is_open(self):
        """Whether its writer may still change it."""
        return self.state in OPEN_STATES

    @property
    def is_draft(self):
        return self.state == ProposalState.DRAFT

    @property
    def is_awaiting_approval(self):
        return self.state == ProposalState.SUBMITTED

    @property
    def is_published(self):
        return self.state == ProposalState.PUBLISHED

    @property
    def is_closed(self):
        return self.state == ProposalState.CLOSED


def one_open(of_what):
    """The constraint that a person has one open proposal of a kind about an action."""
    return models.UniqueConstraint(
        fields=["action", "by"],
        condition=Q(state__in=[*OPEN_STATES, ProposalState.SUBMITTED]),
        name=f"one_open_{of_what.replace(' ', '_')}_of_a_person",
        violation_error_message=(
            f"The same person has proposed another {of_what} for this action. Withdraw that first."
        ),
    )


class DueDateChangeQuerySet(ProposalQuerySet):
    """Due dates: those that changed one."""

    def changes(self):
        """Approved ones that moved a date or removed it, not those that set the first one."""
        return self.approved().filter(was_on__isnull=False).exclude(due_on=F("was_on"))

    def create_first(self, action, by, at):
        """Record the due date that a new action was entered with, as its source gives it."""
        return self.create(
            action=action,
            due_on=action.due_on,
            set_by=action.due_set_by,
            reason="The date with which it was entered.",
            state=ProposalState.PUBLISHED,
            by=by,
            at=at,
            reviewed_by=by,
            published_at=at,
        )


@audited("action")
class DueDateChange(Proposal):
    """A due date for an action, or that it has none any more, and why."""

    NOUN, PAGE = "due date", "due_date"

    action = models.ForeignKey(Action, models.PROTECT, related_name="due_date_changes")
    was_on = models.DateField("before", null=True, blank=True)
    due_on = models.DateField("due", null=True, blank=True)
    set_by = models.CharField(max_length=20, choices=DueSetBy, blank=True)
    reason = models.TextField()

    objects = DueDateChangeQuerySet.as_manager()

    class Meta(Proposal.Meta):
        constraints = [
            *Proposal.Meta.constraints,
            *of_our_time("due_date_change", "due_on"),
            one_open("due date"),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="a_due_date_change_says_why",
                violation_error_message="Say why the date moves.",
            ),
            models.CheckConstraint(
                condition=Q(due_on__isnull=True, set_by="")
                | Q(due_on__isnull=False) & ~Q(set_by=""),
                name="a_due_date_change_says_who_set_it",
                violation_error_message="Give a due date and who set it, or neither.",
            ),
        ]

    def __str__(self):
        return f"{self.action}: {f'due {self.due_on:%-d %B %Y}' if self.due_on else 'no due date'}"

    @property
    def is_first(self):
        return self.was_on is None

    @property
    def moves_the_date(self):
        return self.was_on is not None and self.was_on != self.due_on


@audited("action")
class OwnerChange(Proposal):
    """The role that is to own an action, or that none is, and why."""

    NOUN, PAGE = "owner", "owner"

    action = models.ForeignKey(Action, models.PROTECT, related_name="owner_changes")
    was_role = models.CharField("before", max_length=200, blank=True)
    owner_role = models.CharField("owner", max_length=200, blank=True)
    reason = models.TextField()

    objects = ProposalQuerySet.as_manager()

    class Meta(Proposal.Meta):
        constraints = [
            *Proposal.Meta.constraints,
            one_open("owner"),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="an_owner_change_says_why",
                violation_error_message="Say why the owner changes.",
            ),
        ]

    def __str__(self):
        return f"{self.action}: {f'owner {self.owner_role}' if self.owner_role else 'no owner'}"
