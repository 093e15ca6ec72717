"""The staff pages of one action: record progress, and propose its due date and its owner."""

from abc import ABC, abstractmethod
from typing import NamedTuple

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.generic import View

from forces.access import may, permission_to, readable, rows
from lib.audit.conflicts import RETRY_AFTER, parse_version
from lib.audit.models import Change
from lib.forms.errors import FormError
from lib.forms.unsaved import restore, typed_values

from . import transition_diagram, workflow
from .addresses import page_name, writing_page
from .attention import APPROVES, PROPOSALS
from .choices import ActionStatus
from .forms import EvidenceForm, ProgressForm
from .models import Action, Evidence, ProgressUpdate, Proposal
from .storage import NotStoredError, file_with_row
from .timeline import timeline
from .workflow import Stale

# What a page may show, and to whom


def get_visible(request, queryset, pk):
    """The row with this key if the reader may see it, else 404."""
    permission = permission_to("view", queryset.model)
    return get_object_or_404(rows(request.user, permission, queryset, timezone.localdate()), pk=pk)


def own_draft(user, action, model=ProgressUpdate):
    """A person's own proposal about an action, if it is a draft or was sent back."""
    drafts = model.objects.filter(action=action, by=user).open().with_people()
    if model is ProgressUpdate:
        drafts = drafts.select_related("superseded_by__plan")
    return drafts.first()


def may_approve(user, proposal):
    """Whether a person may publish a proposal or send it back."""
    today = timezone.localdate()
    return proposal.may_be_approved_by(user) and may(user, APPROVES, proposal, today)


def left_behind_by_others(user, proposals):
    """Those that a person may take over or close, as their writers have no role any more."""
    today = timezone.localdate()
    return rows(user, APPROVES, proposals.left_behind(today), today)


def speaks_for_inspectorate(user):
    """Whether a person may enter what the inspectorate says; staff of organisations may not."""
    return user.has_perm("findings.add_confirmation")


def action_context(request, action):
    """The context of an action's page: its status and history, and what its reader may do."""
    user, today = request.user, timezone.localdate()
    moments = timeline(action)
    answers = readable(user, action.findings.defer("search").by_reference(), timezone.now())
    is_final = action.status == ActionStatus.SUPERSEDED
    return {
        "answers": answers.prefetch_related("confirmations"),
        "moments": moments,
        "unfinished": unfinished(user, action, moments, today),
        "draft": own_draft(user, action),
        "may_record_progress": not is_final
        and may(user, "findings.add_progressupdate", action, today),
        "may_set_date": may(user, "findings.add_duedatechange", action, today),
        "may_see_to_evidence": may(user, "findings.withdraw_evidence", action, today),
        "may_allocate": may(user, "findings.add_ownerchange", action, today),
        "is_overdue": action.is_overdue(today),
        "times_moved": count_date_changes(moments),
        "diagram": transition_diagram.draw(action.status),
    }


class Unfinished(NamedTuple):
    """A proposal on its way to the public, and what its reader may do with it."""

    proposal: Proposal
    may_approve: bool
    may_withdraw: bool
    may_finish: bool
    page: str

    @property
    def approve(self):
        return page_name(self.proposal, "approve")

    @property
    def withdraw(self):
        return page_name(self.proposal, "withdraw")

    @property
    def left_behind(self):
        return page_name(self.proposal, "left_behind")


def unfinished(user, action, moments, today):
    """The proposals about an action that await approval, or that this reader has to see to."""
    writes = may(user, "findings.add_progressupdate", action, today)
    approves, left = may(user, APPROVES, action, today), set()
    if approves:
        for model in PROPOSALS:
            left |= set(model.objects.filter(action=action).left_behind(today))
    found = []
    for proposal in (moment.proposal for moment in moments if moment.proposal):
        is_own, awaits = proposal.by_id == user.pk, proposal.is_awaiting_approval
        row = Unfinished(
            proposal,
            may_approve=awaits and approves and proposal.may_be_approved_by(user),
            may_withdraw=awaits and is_own and writes,
            may_finish=proposal in left,
            page=writing_page(proposal) if is_own and proposal.is_open and writes else "",
        )
        if awaits or row.may_finish or row.page:
            found.append(row)
    return found


def count_date_changes(moments):
    """How often the due date was changed after it was first set."""
    changes = [moment.due_date_change for moment in moments if moment.due_date_change]
    return sum(change.is_published and change.moves_the_date for change in changes)


def evidence_context(request, update):
    """The context of a proposal's page about its evidence, which only progress updates have."""
    if not isinstance(update, ProgressUpdate):
        return {}
    today = timezone.localdate()
    return {
        "evidence": update.evidence.order_by("-is_public", "pk"),
        "may_see_to_evidence": may(request.user, "findings.withdraw_evidence", update, today),
    }


def tell_of_same_file(request, piece):
    """Tell the reader if the same file is evidence elsewhere, and they may see it there."""
    files = Evidence.objects.exclude(sha256="")
    seen = rows(request.user, "findings.view_evidence", files, timezone.localdate())
    twins = seen.filter(sha256=piece.sha256).exclude(pk=piece.pk)
    twin = (
        twins.select_related("action__plan", "update__action__plan").first() if piece.pk else None
    )
    if twin:
        messages.warning(
            request,
            f"The same file is already evidence: “{twin}”, of {twin.about}. It was saved here too.",
        )


def as_busy(response):
    """The response of a page on which nothing was saved, as somebody else holds a lock."""
    response.status_code, response["Retry-After"] = 503, RETRY_AFTER
    return response


def busy_page(request):
    """The page that says so, for a button alone."""
    return as_busy(render(request, "503.html", {"reason": "locked", "sends": True}))


# Pages with one form about one action


class ActionFormView(ABC, View):
    """A page with a form about an action, whose data go to a command of the workflow.

    A subclass gives the form, and calls the command in `save`, which returns the response. If
    somebody else changed the `row` meanwhile, the page shows their changes, and a new form with
    what was typed.
    """

    form_class = None
    permission = ""
    title = ""
    template = "action/form"

    def dispatch(self, request, pk):
        self.now, self.pk, self.files = timezone.now(), pk, request.FILES
        # Read before the page's rows: a change between the two is then reported, not missed.
        self.version = Change.objects.version()
        self.load()
        return super().dispatch(request)

    def load(self):
        """Read the action; raises `PermissionDenied` if this person may not change it here."""
        actions = Action.objects.select_related("plan__organisation", "superseded_by__plan")
        self.row = self.action = get_visible(self.request, actions, self.pk)
        if not may(self.request.user, self.permission, self.action, timezone.localdate(self.now)):
            raise PermissionDenied

    def get_form(self, data=None, typed=None):
        return self.form_class(data, initial=typed or self.get_initial())

    def get_initial(self):
        return {}

    @abstractmethod
    def save(self, form, version):
        """Call the command with the form's data; returns the response."""

    def get(self, request):
        if (unsaved := restore(request)) is None:
            return self.render(self.get_form())
        self.version, self.files = parse_version(unsaved.data.get("version")), unsaved.files
        return self.render(self.get_form_with_typed(self.get_form(unsaved.data)))

    def get_form_with_typed(self, form):
        """A new form with what was typed in another."""
        return self.get_form(typed=typed_values(form, form.data, form.files))

    def post(self, request):
        form = self.get_form(request.POST)
        seen = parse_version(request.POST.get("version"))
        if self.is_valid(form):
            try:
                return self.save(form, seen)
            except Stale as stale:
                return self.render_stale(form, stale)
            except workflow.Busy as busy:
                form.add_refusal(busy)
                self.version = seen
                return as_busy(self.render(form))
            except ValidationError as error:
                self.add_refusal(form, error)
        elif unseen := workflow.unseen_changes(self.row, seen):
            # The error may come from what somebody else wrote.
            return self.render_stale(form, Stale("", unseen))
        # Keep the version that was seen, so that nothing written meanwhile is overwritten.
        self.version = seen
        return self.render(form)

    def is_valid(self, form):
        return form.is_valid()

    def add_refusal(self, form, error):
        form.add_refusal(error)

    def render_stale(self, form, stale):
        self.version = Change.objects.version()
        self.load()
        return self.render(self.get_form_with_typed(form), stale)

    def render(self, form, stale=None):
        context = {
            **admin.site.each_context(self.request),
            "title": self.title,
            "opts": Action._meta,
            "action": self.action,
            "form": form,
            "version": self.version,
            "other_errors": [FormError(self.stale_sentence())] if stale else [],
            **self.get_context(stale),
        }
        template = f"admin/findings/{self.template}.html"
        status = 409 if stale else 200
        return TemplateResponse(self.request, template, context, status=status)

    def get_context(self, stale):
        moments = timeline(self.action)
        return {
            "moments": moments,
            "missed": [m for m in moments if m.is_among(stale.unseen)] if stale else [],
            "is_overdue": self.action.is_overdue(timezone.localdate(self.now)),
            "times_moved": count_date_changes(moments),
        }

    def stale_sentence(self):
        """What is said to whoever saved second."""
        return (
            "Someone else changed this action while you were writing. Read their changes, then "
            "save yours. What you typed is still here."
        )

    def done(self, message):
        messages.success(self.request, message)
        return redirect("admin:findings_action_change", self.action.pk)


class RecordProgress(ActionFormView):
    """The page where staff report on an action, as a draft or for approval."""

    permission = "findings.add_progressupdate"
    title = "Record progress"
    template = "action/record_progress"

    def load(self):
        super().load()
        self.draft = own_draft(self.request.user, self.action)

    def get_form(self, data=None, typed=None):
        files = None if data is None else self.files
        typed_evidence = typed and typed_values(
            self.evidence_form, self.evidence_form.data, self.evidence_form.files
        )
        self.evidence_form = EvidenceForm(data, files, typed_evidence)
        return ProgressForm(self.action, self.draft, data, typed)

    def is_valid(self, form):
        # A list, so that both forms are checked and show their errors.
        return all([form.is_valid(), self.evidence_form.is_valid()])

    def add_refusal(self, form, error):
        if isinstance(error, NotStoredError):
            self.evidence_form.add_error(None, error)
        else:
            super().add_refusal(form, error)

    def save(self, form, version):
        piece = self.evidence_form.instance
        with file_with_row(piece):
            update = self.record(form, piece, version)
        becomes = (
            "It is awaiting approval."
            if update.is_awaiting_approval
            else "It is a draft. Only staff can see it."
        )
        response = self.done(f"Progress saved. {becomes}")
        tell_of_same_file(self.request, piece)
        more = "more" in self.request.POST
        return redirect(f"{self.request.path}?more=") if more else response

    def record(self, form, piece, version):
        return workflow.record_progress(
            self.action,
            self.request.user,
            self.now,
            status=form.cleaned_data["status"],
            note=form.cleaned_data["note"],
            superseded_by=form.cleaned_data["superseded_by"],
            draft=self.draft,
            evidence=piece if self.evidence_form.has_changed() else None,
            without=form.cleaned_data["drop"],
            for_approval="submit" in self.request.POST,
            version=version,
        )

    def get_context(self, stale):
        return super().get_context(stale) | {
            "evidence_form": self.evidence_form,
            "draft": self.draft,
            "discard_page": page_name(ProgressUpdate, "discard"),
            "diagram": transition_diagram.draw(self.action.status),
        }
