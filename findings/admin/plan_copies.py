"""The page on which a steward copies a plan."""

from django.contrib import admin, messages
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from forces import access
from lib.forms.unsaved import restore, typed_values

from .. import plan_copies, workflow
from ..admin_views import as_busy
from ..forms import PlanCopyForm
from ..models import Plan

ENDING = "-copy"


def save_copy(request, plan, form):
    """The saved copy; None, with the reason on the form, if somebody took its name meanwhile."""
    keeps_dates = form.cleaned_data["keeps_dates"]
    try:
        return plan_copies.copy_plan(plan, form.instance, request.user, timezone.now(), keeps_dates)
    except (workflow.Stale, workflow.Busy) as error:
        form.add_error(None, error)


def copy_plan_view(request, pk):
    """Copy a plan with its actions, as a draft, under another name or for another force."""
    today = timezone.localdate()
    for permission in ("findings.add_plan", "findings.add_action"):
        if not access.may(request.user, permission, None, today):
            raise PermissionDenied
    plans = access.rows(request.user, "findings.view_plan", Plan.objects.all(), today)
    plan = get_object_or_404(plans, pk=pk)
    field = Plan._meta.get_field("organisation")
    organisations = access.choosable(request.user, field, field.related_model.objects.all(), today)
    form = PlanCopyForm(
        request.POST if request.method == "POST" else None,
        instance=Plan(inspection=plan.inspection),
        initial={
            "organisation": plan.organisation_id,
            "name": f"{plan.name[:190]} (copy)",
            "slug": plan.slug[: 100 - len(ENDING)] + ENDING,
        },
        organisations=organisations,
    )
    if unsaved := restore(request):
        form.initial |= typed_values(form, *unsaved)
    if form.is_valid() and (copy := save_copy(request, plan, form)):
        messages.success(
            request, "Copied as a draft. It is not public until you clear the box “Draft”."
        )
        return redirect("admin:findings_plan_change", copy.pk)
    context = admin.site.each_context(request) | {
        "title": "Copy a plan",
        "plan": plan,
        "form": form,
        "opts": Plan._meta,
    }
    response = TemplateResponse(request, "admin/findings/plan/copy.html", context)
    return as_busy(response) if form.has_error(NON_FIELD_ERRORS, "busy") else response
