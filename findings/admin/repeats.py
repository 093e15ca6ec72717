"""The page on which a steward links findings to the earlier ones that they repeat."""

import re

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from forces import access
from lib.forms.errors import FormError
from lib.forms.unsaved import restore, typed_values

from .. import workflow
from ..admin_views import as_busy
from ..forms import RepeatForm
from ..models import Finding
from ..summaries import repeat_candidates

MOST_ROWS = 50  # of findings that may repeat an earlier one
REASON = re.compile(r"\d+-\d+-reason")  # the name of a field
NONE_GIVEN = "Say of at least one finding why it repeats an earlier one."


def repeats_view(request):
    """Findings that may repeat an earlier one; all that a reason is typed for are linked at once.

    One form holds them all, so that sending it loses none of the other reasons.
    """
    if not access.may(request.user, "findings.change_finding", None, timezone.localdate()):
        raise PermissionDenied
    is_sent, is_busy, unsaved = request.method == "POST", False, restore(request)
    typed = request.POST if is_sent else unsaved and unsaved.data
    rows = repeat_candidates(Finding.objects.all())
    shown = [
        (row.finding, [(one, repeat_form(row, one, request, unsaved)) for one in row.candidates])
        for row in rows[:MOST_ROWS]
    ]
    forms = [form for _, candidates in shown for _, form in candidates]
    errors = lost_reasons(typed or {}, forms)
    if is_sent and all(form.is_valid() for form in forms) and not errors:
        links = [form.link for form in forms if form.cleaned_data["reason"]]
        try:
            if links:
                workflow.link_repeats(links)
                messages.success(request, f"Linked: {', '.join(map(in_words, links))}.")
                return redirect("admin:findings_finding_repeats")
            errors = [FormError(NONE_GIVEN, forms[0]["reason"].id_for_label if forms else "")]
        except (workflow.Stale, workflow.Busy) as error:
            errors = [FormError(" ".join(error.messages))]
            is_busy = isinstance(error, workflow.Busy)
    context = admin.site.each_context(request) | {
        "title": "Findings that may repeat an earlier one",
        "error_result": "Nothing was linked.",
        "other_errors": errors,
        "opts": Finding._meta,
        "rows": shown,
        "forms": forms,
        "more": len(rows[MOST_ROWS:]),
    }
    response = TemplateResponse(request, "admin/findings/finding/repeats.html", context)
    return as_busy(response) if is_busy else response


def repeat_form(row, candidate, request, unsaved):
    """The form about a finding and an earlier one, with what was sent or kept."""
    data = request.POST if request.method == "POST" else None
    form = RepeatForm(row.finding, candidate.finding, data)
    if unsaved:
        form.initial |= typed_values(form, *unsaved)
    return form


def lost_reasons(typed, forms):
    """The reasons that were typed beside findings that are not proposed any more."""
    proposed = {form.add_prefix("reason") for form in forms}
    return [
        FormError(
            f"Somebody linked or changed the finding meanwhile of which you wrote: “{typed[name]}”"
        )
        for name in typed
        if REASON.fullmatch(name) and name not in proposed and typed[name].strip()
    ]


def in_words(link):
    """A link as a sentence says it."""
    finding, earlier, _ = link
    return f"{finding.full_reference} repeats {earlier.full_reference}"
