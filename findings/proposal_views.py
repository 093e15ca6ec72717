"""The staff pages of proposals: propose a due date or an owner, approve, withdraw, take over."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from forces.access import may, permission_to

from . import workflow
from .addresses import page_name, writing_page
from .admin_views import (
    ActionFormView,
    busy_page,
    evidence_context,
    get_visible,
    left_behind_by_others,
    may_approve,
    own_draft,
    speaks_for_inspectorate,
)
from .forms import ApprovalForm, DueDateForm, LeftBehindForm, OwnerForm
from .models import DueDateChange, OwnerChange, ProgressUpdate
from .timeline import timeline


class ProposalFormView(ActionFormView):
    """A page with a form that proposes something about an action, for another's approval."""

    model = None

    def load(self):
        super().load()
        self.draft = own_draft(self.request.user, self.action, self.model)

    def done_with(self, change):
        return self.done(f"Submitted: {change}. It is awaiting approval.")

    def get_context(self, stale):
        mine = self.model.objects.filter(action=self.action, by=self.request.user)
        return super().get_context(stale) | {
            "draft": self.draft,
            "awaiting": mine.awaiting_approval().first(),
            "discard_page": page_name(self.model, "discard"),
            "withdraw_page": page_name(self.model, "withdraw"),
        }


class SetDueDate(ProposalFormView):
    """The page to propose, move or remove the due date of an action, with the reason."""

    model = DueDateChange
    permission = "findings.add_duedatechange"
    title = "Set the due date"

    def get_initial(self):
        if self.draft:
            due_on, set_by = self.draft.due_on, self.draft.set_by
            return {"due_on": due_on, "due_set_by": set_by, "reason": self.draft.reason}
        initial = {"due_on": self.action.due_on}
        set_by = self.action.due_set_by
        return initial | ({"due_set_by": set_by} if set_by else {})

    def get_form(self, data=None, typed=None):
        speaks = speaks_for_inspectorate(self.request.user)
        initial, has_date = typed or self.get_initial(), self.action.due_on is not None
        return DueDateForm(data, initial=initial, speaks_for_inspectorate=speaks, has_date=has_date)

    def save(self, form, version):
        change = workflow.propose_due_date(
            self.action,
            form.cleaned_data["due_on"],
            form.cleaned_data["due_set_by"],
            form.cleaned_data["reason"],
            self.request.user,
            self.now,
            draft=self.draft,
            version=version,
        )
        return self.done_with(change)


class SetOwner(ProposalFormView):
    """The page to propose which role owns an action."""

    form_class = OwnerForm
    model = OwnerChange
    permission = "findings.add_ownerchange"
    title = "Set the owner"

    def get_initial(self):
        if self.draft:
            return {"owner_role": self.draft.owner_role, "reason": self.draft.reason}
        return {"owner_role": self.action.owner_role}

    def save(self, form, version):
        change = workflow.propose_owner(
            self.action,
            form.cleaned_data["owner_role"],
            form.cleaned_data["reason"],
            self.request.user,
            self.now,
            draft=self.draft,
            version=version,
        )
        return self.done_with(change)


# Pages about what is already proposed


class ProposalView(ActionFormView):
    """A page with a form about one proposal, of the `model` that its address says."""

    model = None

    def load(self):
        proposals = self.model.objects.with_people().select_related("action__plan__organisation")
        if self.model is ProgressUpdate:
            proposals = proposals.select_related("superseded_by__plan")
        self.row = self.proposal = get_visible(self.request, proposals, self.pk)
        self.action = self.proposal.action
        if not self.is_allowed():
            raise PermissionDenied

    def stale_sentence(self):
        return (
            f"Someone else changed this {self.proposal.NOUN} while you were reading it. The latest "
            "version is below. What you typed is still here."
        )

    def get_context(self, stale):
        return {
            "proposal": self.proposal,
            "moments": [m for m in timeline(self.action) if m.proposal != self.proposal],
            **evidence_context(self.request, self.proposal),
        }


class Approve(ProposalView):
    """The page where a second person publishes what another wrote, or sends it back."""

    form_class = ApprovalForm
    template = "proposal/approve"

    @property
    def title(self):
        return f"Approve {self.proposal.NOUN}"

    def is_allowed(self):
        return may_approve(self.request.user, self.proposal)

    def save(self, form, version):
        by = self.request.user
        if "publish" in self.request.POST:
            alone = settings.ONE_PERSON_MAY_APPROVE
            done = workflow.publish(self.proposal, by, self.now, alone=alone, version=version)
            return self.done(f"Published. {done}.")
        comment = form.cleaned_data["comment"]
        done = workflow.send_back(self.proposal, by, comment, version=version)
        return self.done(f"Sent back to {done.by}.")

    def get_context(self, stale):
        return super().get_context(stale) | {
            "is_own": self.proposal.by_id == self.request.user.pk,
        }


class FinishLeftBehind(ProposalView):
    """The page to take over, or to close, what somebody without a role any more left behind."""

    form_class = LeftBehindForm
    template = "proposal/left_behind"

    @property
    def title(self):
        return f"Take over or close {self.proposal.NOUN}"

    def is_allowed(self):
        left = left_behind_by_others(self.request.user, self.model.objects.filter(pk=self.pk))
        return left.exists()

    def save(self, form, version):
        proposal, by = self.proposal, self.request.user
        reason, today = form.cleaned_data["reason"], timezone.localdate(self.now)
        if "close" in self.request.POST:
            workflow.close(proposal, by, reason, today, version=version)
            return self.done("Closed. Nobody will publish it.")
        workflow.take_over(proposal, by, reason, today, version=version)
        self.done("It is now your draft. Change it if need be, and submit it for approval.")
        return redirect(writing_page(self.model), self.action.pk)


def get_own(request, model, pk, verb):
    """A person's own proposal; raises `PermissionDenied` if it is not theirs to deal with."""
    proposal = get_visible(request, model.objects.select_related("action"), pk)
    permission, today = permission_to(verb, model), timezone.localdate()
    if proposal.by != request.user or not may(request.user, permission, proposal, today):
        raise PermissionDenied
    return proposal


@require_POST
def discard_draft(request, pk, model):
    """Delete a person's own draft."""
    draft = get_own(request, model, pk, "delete")
    try:
        workflow.discard(draft, request.user)
    except workflow.Busy:
        return busy_page(request)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, "The draft has been deleted.")
    return redirect("admin:findings_action_change", draft.action_id)


@require_POST
def withdraw(request, pk, model):
    """Take back what a person submitted, if nobody has approved it yet."""
    proposal = get_own(request, model, pk, "add")
    try:
        workflow.withdraw(proposal, request.user)
    except workflow.Busy:
        return busy_page(request)
    except ValidationError as error:
        messages.error(request, f"Nothing was withdrawn. {' '.join(error.messages)}")
        return redirect("admin:findings_action_change", proposal.action_id)
    messages.success(request, "Withdrawn. Only staff can see it, and you can change it below.")
    return redirect(writing_page(model), proposal.action_id)
