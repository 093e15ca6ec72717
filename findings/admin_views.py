"""The pages on which staff move an action along: record progress, sign it off, set its date and its owner."""

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from forces.access import may, readable, rows
from lib.audit.conflicts import is_write_conflict, parse_version

from . import transition_diagram
from .attention import FOR_SIGN_OFF
from .choices import OPEN_STATES, ActionStatus
from .forms import (
    DueDateFields,
    DueDateForm,
    EvidenceForm,
    OwnDueDateFields,
    OwnDueDateForm,
    OwnerFields,
    OwnerForm,
    ProgressForm,
    SignOffForm,
    save_progress,
)
from .models import Action, Evidence, ProgressUpdate
from .timeline import timeline
from .workflow import Stale, discard, publish, send_back, set_due_date, set_owner, submit

MOST_AT_ONCE = 200


def visible(request, queryset, pk):
    """The row, where the reader may see it; else there is no such page."""
    return get_object_or_404(
        rows(
            request.user,
            f"findings.view_{queryset.model._meta.model_name}",
            queryset,
            timezone.localdate(),
        ),
        pk=pk,
    )


def get_action(request, pk):
    """An action that the reader may see."""
    return visible(
        request, Action.objects.select_related("plan__organisation", "superseded_by__plan"), pk
    )


def action_for(request, pk, permission):
    """An action that the reader may see and on which they hold a permission."""
    action = get_action(request, pk)
    if not may(request.user, permission, action, timezone.localdate()):
        raise PermissionDenied
    return action


def own_draft(user, action):
    """What a person has begun to write of an action and not handed in, or has been sent back."""
    return (
        action.updates.filter(by=user, state__in=OPEN_STATES)
        .select_related("superseded_by__plan")
        .first()
    )


def may_sign_off(user, update):
    """Whether a person may publish an update or send it back: not their own, unless one person may do both."""
    is_another = update.by_id != user.pk or settings.ONE_PERSON_MAY_SIGN_OFF
    return is_another and may(
        user, "findings.sign_off_progressupdate", update, timezone.localdate()
    )


def action_context(request, action):
    """What the page of an action shows of where it stands and what its reader may do about it."""
    user, today = request.user, timezone.localdate()
    moments = timeline(action)
    to_sign_off = set(FOR_SIGN_OFF.rows(action.updates.all(), user, today))
    return {
        "answers": readable(
            user, action.findings.defer("search").by_reference(), timezone.now()
        ).prefetch_related("confirmations"),
        "moments": moments,
        "waiting": [
            (moment.update, moment.update in to_sign_off)
            for moment in moments
            if moment.update and moment.update.is_waiting
        ],
        "draft": own_draft(user, action),
        "may_record_progress": action.status != ActionStatus.SUPERSEDED
        and may(user, "findings.add_progressupdate", action, today),
        "may_set_date": may(user, "findings.add_duedatechange", action, today),
        "may_see_to_evidence": may(user, "findings.withdraw_evidence", action, today),
        "may_allocate": may(user, "findings.allocate_action", action, today),
        "is_overdue": action.is_overdue(today),
        "times_moved": count_date_changes(moments),
        "moves": transition_diagram.moves(action.status),
    }


def count_date_changes(moments):
    """How often a due date was changed after it had been set."""
    return sum(moment.move is not None and moment.move.moves_the_date for moment in moments)


def page(request, template, action, title, is_stale=False, **context):
    """A page about one action; where somebody else wrote on it meanwhile, it says so and answers 409."""
    shown = (
        admin.site.each_context(request)
        | {"title": title, "opts": Action._meta, "action": action, "is_stale": is_stale}
        | context
    )
    return TemplateResponse(
        request, f"admin/findings/{template}.html", shown, status=409 if is_stale else 200
    )


def told_meanwhile(form, action):
    """All that was written of an action, and what of it came since the writer of a form opened it."""
    moments, read_at = timeline(action), form.read_at_seen
    missed = [
        moment
        for moment in moments
        if moment.evidence is None and (read_at is None or moment.at >= read_at)
    ]
    return {"moments": moments, "missed": missed if form.is_stale else []}


def record_progress(request, pk):
    """Where a body's staff say how far an action has come and what happened: as a draft, or for sign-off."""
    action = action_for(request, pk, "findings.add_progressupdate")
    draft, now = own_draft(request.user, action), timezone.now()
    data, files = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form, evidence_form = ProgressForm(action, draft, now, data), EvidenceForm(data, files)
    update = form.saved(
        lambda: save_progress(form, evidence_form, request.user, now, "submit" in request.POST),
        evidence_form,
    )
    if update:
        return redirect_after_progress(request, update, evidence_form.instance)
    meanwhile = told_meanwhile(form, action)
    if is_stale := form.is_stale:
        action = get_action(request, pk)
        draft = own_draft(request.user, action)
        form = form.reread(action, draft, now)
    shown = {
        "form": form,
        "evidence_form": evidence_form,
        "draft": draft,
        "moves": transition_diagram.moves(action.status),
    }
    return page(
        request, "action/record_progress", action, "Record progress", is_stale, **shown, **meanwhile
    )


def redirect_after_progress(request, update, piece):
    """Says what became of progress that was saved, and leads on."""
    told = (
        "It waits for somebody else to sign it off."
        if update.is_waiting
        else "It is a draft: only staff see it."
    )
    messages.success(request, f"Progress saved. {told}", extra_tags="progress-saved")
    tell_of_the_same_file(request, piece)
    return (
        redirect(request.path + "?more=")
        if "more" in request.POST
        else redirect("admin:findings_action_change", update.action_id)
    )


def tell_of_the_same_file(request, piece):
    """Says where a file that was saved stands already, as far as its reader may see."""
    seen = rows(
        request.user,
        "findings.view_evidence",
        Evidence.objects.exclude(sha256=""),
        timezone.localdate(),
    )
    twins = (
        seen.filter(sha256=piece.sha256)
        .exclude(pk=piece.pk)
        .select_related("action__plan", "update__action__plan")
    )
    if piece.pk and (twin := twins.first()):
        messages.warning(
            request,
            f"The same file is evidence already: “{twin}”, of {twin.about}. It was kept here all the same.",
        )


@require_POST
def discard_draft(request, pk):
    """Throws a draft of one's own away."""
    update = visible(request, ProgressUpdate.objects.select_related("action"), pk)
    if update.by != request.user or not may(
        request.user, "findings.delete_progressupdate", update, timezone.localdate()
    ):
        raise PermissionDenied
    try:
        discard(update, request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, "The draft is thrown away.", extra_tags="progress-saved")
    return redirect("admin:findings_action_change", update.action_id)


def sign_off(request, pk):
    """Where a second person publishes what was reported of an action, or sends it back."""
    updates = ProgressUpdate.objects.with_people().select_related(
        "action__plan__organisation", "superseded_by__plan"
    )
    update = visible(request, updates, pk)
    if not may_sign_off(request.user, update):
        raise PermissionDenied
    form = SignOffForm(update, timezone.now(), request.POST if request.method == "POST" else None)
    done = form.saved(lambda: signed_off(request, update, form))
    if done:
        return done
    if is_stale := form.is_stale:
        update = visible(request, updates, pk)
        form = form.reread(update, timezone.now())
    shown = {
        "update": update,
        "form": form,
        **evidence_of(request, update),
        "moments": [moment for moment in timeline(update.action) if moment.update != update],
        "is_own": update.by_id == request.user.pk,
    }
    return page(
        request, "progressupdate/sign_off", update.action, "Sign off progress", is_stale, **shown
    )


def evidence_of(request, update):
    """What the page of an update shows of its evidence."""
    return {
        "evidence": update.evidence.order_by("-is_public", "pk"),
        "may_see_to_evidence": may(
            request.user, "findings.withdraw_evidence", update, timezone.localdate()
        ),
    }


def signed_off(request, update, form):
    """Publishes an update, or sends it back, as its reader chose."""
    told = {"by": request.user, "version": form.cleaned_data["version"]}
    if "publish" in request.POST:
        publish(update, at=timezone.now(), alone=settings.ONE_PERSON_MAY_SIGN_OFF, **told)
        messages.success(
            request,
            f"Published. {update.action}: force says {update.get_status_display()}.",
            extra_tags="comment-saved",
        )
    else:
        send_back(update, comment=form.cleaned_data["comment"], **told)
        messages.success(request, f"Sent back to {update.by}.", extra_tags="comment-saved")
    return redirect("admin:findings_action_change", update.action_id)


def speaks_for_the_inspectorate(user):
    """Whether somebody writes down what the inspectorate says; a body's own staff never do."""
    return user.has_perm("findings.add_confirmation")


def due_date(request, pk):
    """Where the due date of an action is set, moved or taken away, with its reason."""
    action = action_for(request, pk, "findings.add_duedatechange")

    def save(told):
        set_due_date(
            action,
            told["due_on"],
            told["due_set_by"],
            told["reason"],
            request.user,
            timezone.now(),
            version=told["version"],
        )
        return (
            f"Due {told['due_on']:%-d %B %Y}." if told["due_on"] else "It has no due date any more."
        )

    form_class = DueDateForm if speaks_for_the_inspectorate(request.user) else OwnDueDateForm
    return action_form_view(request, action, "Set the due date", form_class, save)


def owner(request, pk):
    """Where it is said which role owns an action."""
    action = action_for(request, pk, "findings.allocate_action")

    def save(told):
        held = set_owner(
            action, told["owner_role"], told["reason"], request.user, version=told["version"]
        )
        return (
            f"Owned by the {held.owner_role}." if held.owner_role else "It has no owner any more."
        )

    return action_form_view(request, action, "Set the owner", OwnerForm, save)


def action_form_view(request, action, title, form_class, save):
    """A page with one form about an action; `save` takes what was filled in and gives back what to say of it."""
    now = timezone.now()
    form = form_class(action, now, request.POST if request.method == "POST" else None)
    told = form.saved(lambda: save(form.cleaned_data))
    if told:
        messages.success(request, told)
        return redirect("admin:findings_action_change", action.pk)
    meanwhile = told_meanwhile(form, action)
    if is_stale := form.is_stale:
        action = get_action(request, action.pk)
        form = form.reread(action, now)
    told_of = {
        "is_overdue": action.is_overdue(timezone.localdate(now)),
        "times_moved": count_date_changes(meanwhile["moments"]),
    }
    return page(
        request, "action/settle", action, title, is_stale, form=form, **told_of, **meanwhile
    )


@admin.action(description="Submit my drafts for sign-off", permissions=["report"])
def submit_drafts(model_admin, request, actions):
    def save(action):
        draft = own_draft(request.user, action)
        if draft is None:
            raise ValidationError("You have no draft there.")
        if not draft.is_draft:
            raise ValidationError("It was sent back: read why, and put it right first.")
        submit(draft, request.user, timezone.now())

    apply_to_each(
        request,
        list(actions.select_related("plan")[: MOST_AT_ONCE + 1]),
        "findings.add_progressupdate",
        save,
    )


@admin.action(description="Set the due date", permissions=["date"])
def set_due_dates(model_admin, request, actions):
    def save(action, version, told):
        told = told["due_on"], told["due_set_by"], told["reason"]
        set_due_date(action, *told, request.user, timezone.now(), version=version)

    form_class = DueDateFields if speaks_for_the_inspectorate(request.user) else OwnDueDateFields
    return bulk_action_view(
        request, actions, set_due_dates, "findings.add_duedatechange", form_class, save
    )


@admin.action(description="Set the owner", permissions=["allocate"])
def set_owners(model_admin, request, actions):
    def save(action, version, told):
        set_owner(action, told["owner_role"], told["reason"], request.user, version=version)

    return bulk_action_view(
        request, actions, set_owners, "findings.allocate_action", OwnerFields, save
    )


def bulk_action_view(request, actions, choice, permission, form_class, save):
    """A page with one form about several actions, called as the list's choice is; again for those that had changed since it was shown."""
    seen, is_stale, today = parse_versions(request), False, timezone.localdate()
    if "seen" in request.POST:
        # Whatever the list is asked for: what somebody wrote meanwhile may have taken one out of it.
        actions = rows(
            request.user, "findings.view_action", Action.objects.filter(pk__in=list(seen)), today
        )
    shown = actions.select_related("plan").with_overdue(today)
    chosen, form = (
        list(shown[: MOST_AT_ONCE + 1]),
        form_class(request.POST if "seen" in request.POST else None, label_suffix=""),
    )
    if len(chosen) > MOST_AT_ONCE or (form.is_bound and form.is_valid()):
        left, overtaken = apply_to_each(
            request,
            chosen,
            permission,
            lambda action: save(action, seen.get(action.pk, 0), form.cleaned_data),
        )
        chosen, is_stale = list(shown.filter(pk__in=left)), bool(overtaken)
        if not chosen:
            return None
    elif form.is_bound:
        for action in chosen:
            # Whoever wrote on it while this form was put right is not to be overwritten.
            action.version = seen.get(action.pk, 0)
    title, name = choice.short_description, choice.__name__
    return page(
        request,
        "action/bulk_action_view",
        None,
        title,
        is_stale,
        form=form,
        chosen=chosen,
        name=name,
    )


def parse_versions(request):
    """The version of each action, by its key, that the writer of a form about several had before them."""
    keys, versions = map(request.POST.getlist, ("_selected_action", "seen"))
    return {
        parse_version(pk): parse_version(version)
        for pk, version in zip(keys, versions, strict=False)
    }


def apply_to_each(request, actions, permission, save):
    """Does the same to several actions, each by the rules that hold for one, and tells which were skipped and why.

    Gives back the keys of those to be asked for again, and of those among them on which somebody else wrote meanwhile: these alone,
    or where nothing was done all that the reader's role reaches.
    """
    if len(actions) > MOST_AT_ONCE:
        messages.error(request, f"Nothing was done: choose {MOST_AT_ONCE} actions at most.")
        return [], []
    reached = set(
        rows(
            request.user,
            permission,
            Action.objects.filter(pk__in=[action.pk for action in actions]),
            timezone.localdate(),
        )
    )
    done, skipped, overtaken = 0, [], []
    for action in actions:
        try:
            if action not in reached:
                admin.site.record_refusal(request, f"action {action.pk} is none of theirs")
                raise ValidationError("Your role does not reach it.")
            save(action)
        except ValidationError as error:
            skipped.append((action, " ".join(error.messages)))
            if isinstance(error, Stale):
                overtaken.append(action.pk)
        except DatabaseError as error:
            if not is_write_conflict(error):
                raise
            # Not by asking the whole page once more: it would take what it has saved for somebody else's.
            skipped.append((action, "Somebody else wrote at the same moment."))
            overtaken.append(action.pk)
        else:
            done += 1
    if done:
        messages.success(request, f"Done for {done} action{'s' * (done != 1)}.")
    if skipped:
        messages.warning(
            request, render_to_string("admin/findings/action/_skipped.html", {"skipped": skipped})
        )
    return overtaken if done else [action.pk for action in reached], overtaken
