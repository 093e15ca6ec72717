"""Bulk actions on the admin's list of actions; each action is changed by the usual rules."""

from abc import ABC, abstractmethod

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils import timezone

from forces.access import rows
from lib.audit.conflicts import is_write_conflict, parse_version
from lib.audit.models import Change
from lib.forms.errors import FormError
from lib.forms.unsaved import typed_values
from lib.sentences import plural

from . import workflow
from .admin_views import own_draft, speaks_for_inspectorate
from .attention import PROPOSALS
from .forms import DueDateForm, OwnerForm
from .models import Action, DueDateChange, OwnerChange
from .workflow import WRITTEN_AT_ONCE, Busy, Stale

MOST_AT_ONCE = 200
NOT_DONE = (
    "The actions below were not saved, for the reason given above. What you typed is still here. "
    "Saving again will replace what is there now."
)


class BulkAction(ABC):
    """A change to several actions at once: the permission it needs, and the change to each."""

    permission = ""

    def __init__(self, request):
        self.request, self.now = request, timezone.now()

    @abstractmethod
    def change(self, action):
        """Change one action; raises `ValidationError` where that is not allowed."""

    def apply_to_each(self, actions):
        """Change each action, and say which were skipped and why.

        Returns two lists of keys. The second has the actions that somebody else changed meanwhile.
        The first has the actions to show again: these, or if nothing was done, all actions that
        this person may change.
        """
        if len(actions) > MOST_AT_ONCE:
            messages.error(
                self.request, f"Nothing was done: choose {MOST_AT_ONCE} actions at most."
            )
            return [], []
        selected = Action.objects.filter(pk__in=[action.pk for action in actions])
        today = timezone.localdate(self.now)
        reached = set(rows(self.request.user, self.permission, selected, today))
        done, skipped, stale, busy = 0, [], [], None
        for action in actions:
            try:
                if busy:  # nobody waits for each of a hundred locked rows
                    raise busy
                if action not in reached:
                    admin.site.record_refusal(self.request, f"action {action.pk} is none of theirs")
                    raise ValidationError("Your role does not let you change it.")
                self.change(action)
            except ValidationError as error:
                skipped.append((action, " ".join(error.messages)))
                if isinstance(error, Stale | Busy):
                    stale.append(action.pk)
                if isinstance(error, Busy):
                    busy = error
            except DatabaseError as error:
                if not is_write_conflict(error):
                    raise
                skipped.append((action, WRITTEN_AT_ONCE))
                stale.append(action.pk)
            else:
                done += 1
        if done:
            messages.success(self.request, f"Done for {done} {plural(done, 'action')}.")
        if skipped:
            messages.warning(
                self.request,
                render_to_string("admin/findings/action/_skipped.html", {"skipped": skipped}),
            )
        return stale if done else [action.pk for action in reached], stale


class SubmitDrafts(BulkAction):
    """Submits a person's own drafts for approval."""

    permission = "findings.add_progressupdate"

    def change(self, action):
        found = [own_draft(self.request.user, action, model) for model in PROPOSALS]
        drafts = list(filter(None, found))
        if not drafts:
            raise ValidationError("You have no draft for it.")
        if not all(draft.is_draft for draft in drafts):
            raise ValidationError("It was sent back. Read why, and correct it first.")
        with transaction.atomic():
            for draft in drafts:
                workflow.submit(draft, self.request.user, self.now)


class BulkForm(BulkAction):
    """A bulk action with a form, which is shown again for actions that somebody else changed."""

    name = title = ""

    @abstractmethod
    def get_form(self, data, actions):
        """The form about these actions, bound to what was sent."""

    def respond(self, actions):
        """The page with the form; None when there is nothing left to do."""
        request, today = self.request, timezone.localdate(self.now)
        unsaved = getattr(request, "unsaved", None)
        data = unsaved.data if unsaved else request.POST
        is_sent, is_stale = "version" in data, False
        if is_sent:
            # Not from the rows of the list: an action changed meanwhile may no longer be in it.
            keys = [key for key in data.getlist("_selected_action") if key.isdecimal()]
            sent = Action.objects.filter(pk__in=keys)
            actions = rows(request.user, "findings.view_action", sent, today)
        self.version = parse_version(data.get("version"))
        version = self.version if is_sent else Change.objects.version()
        for_display = actions.select_related("plan").with_overdue(today)
        selected = list(for_display[: MOST_AT_ONCE + 1])
        self.form = self.get_form(data if is_sent and not unsaved else None, selected)
        if unsaved:
            self.form.initial |= typed_values(self.form, *unsaved)
        elif len(selected) > MOST_AT_ONCE or (is_sent and self.form.is_valid()):
            # Read before anything is done: the page shows what others have written until now.
            version = Change.objects.version() if is_sent else version
            left, stale = self.apply_to_each(selected)
            selected, is_stale = list(for_display.filter(pk__in=left)), bool(stale)
            if not selected:
                return None
        context = {
            **admin.site.each_context(request),
            "title": self.title,
            "opts": Action._meta,
            "form": self.form,
            "other_errors": [FormError(NOT_DONE, "chosen")]
            if self.form.is_bound and not self.form.errors
            else [],
            "actions": selected,
            "version": version,
            "name": self.name,
        }
        template = "admin/findings/action/bulk_form.html"
        return TemplateResponse(request, template, context, status=409 if is_stale else 200)


class SetDueDates(BulkForm):
    """Proposes the same due date for several actions."""

    permission = "findings.add_duedatechange"
    name, title = "set_due_dates", "Set the due date"

    def get_form(self, data, actions):
        speaks = speaks_for_inspectorate(self.request.user)
        has_date = any(action.due_on for action in actions)
        return DueDateForm(data, speaks_for_inspectorate=speaks, has_date=has_date)

    def change(self, action):
        data = self.form.cleaned_data
        workflow.propose_due_date(
            action,
            data["due_on"],
            data["due_set_by"],
            data["reason"],
            self.request.user,
            self.now,
            draft=own_draft(self.request.user, action, DueDateChange),
            version=self.version,
        )


class SetOwners(BulkForm):
    """Proposes the same owner for several actions."""

    permission = "findings.add_ownerchange"
    name, title = "set_owners", "Set the owner"

    def get_form(self, data, actions):
        return OwnerForm(data)

    def change(self, action):
        data = self.form.cleaned_data
        workflow.propose_owner(
            action,
            data["owner_role"],
            data["reason"],
            self.request.user,
            self.now,
            draft=own_draft(self.request.user, action, OwnerChange),
            version=self.version,
        )


@admin.action(description="Submit my drafts for approval", permissions=["report"])
def submit_drafts(model_admin, request, actions):
    """Submit one's own drafts on the chosen actions."""
    SubmitDrafts(request).apply_to_each(list(actions.select_related("plan")[: MOST_AT_ONCE + 1]))


@admin.action(description=SetDueDates.title, permissions=["date"])
def set_due_dates(model_admin, request, actions):
    """Propose one due date for the chosen actions."""
    return SetDueDates(request).respond(actions)


@admin.action(description=SetOwners.title, permissions=["allocate"])
def set_owners(model_admin, request, actions):
    """Propose one owner for the chosen actions."""
    return SetOwners(request).respond(actions)
