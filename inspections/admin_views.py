"""The staff pages of one inspection: its public pages before they are public, and publishing it."""

import re
from contextlib import contextmanager

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.generic import View

from forces.access import may
from lib.audit.context import change_reason
from lib.sentences import quantity

from .models import Inspection

# The apps whose pages an inspection may change.
PREVIEWED = ("forces", "inspections", "findings")
# Where a page names addresses of our own: its links and forms, its lists and charts.
ADDRESSES = re.compile(
    rb'(\s(?:href|src|srcset|action|hx-get|data-figure|data-figure-narrow)=")/(?!static/|admin/)'
)


def get_changeable(request, pk):
    """The inspection with this key, if the reader may change it."""
    inspection = get_object_or_404(Inspection, pk=pk)
    if not may(request.user, "inspections.change_inspection", inspection, timezone.localdate()):
        raise PermissionDenied
    return inspection


@contextmanager
def as_if_public(inspection):
    """What the database would hold if this inspection were public now: nothing of it stays."""
    with transaction.atomic():
        unpublished = Inspection.objects.filter(pk=inspection.pk)
        unpublished.exclude(public_at__lte=timezone.now()).update(public_at=timezone.now())
        try:
            yield
        finally:
            transaction.set_rollback(True)


class Preview(View):
    """A public page as it would be if an inspection were public, with links to more such pages."""

    http_method_names = ["get", "head", "options"]

    def get(self, request, pk, address=""):
        inspection = get_changeable(request, pk)
        path = f"/{address}" if address else inspection.get_absolute_url()
        try:
            match = resolve(path)
        except Resolver404 as error:
            raise Http404 from error
        if match.namespace not in PREVIEWED:
            raise Http404
        own = request.path, request.path_info, request.resolver_match
        request.path = request.path_info = path
        request.resolver_match, request.preview_of = match, inspection
        try:
            with as_if_public(inspection):
                response = match.func(request, *match.args, **match.kwargs)
                if response.streaming:
                    raise Http404  # a file, which would outlive the preview
                if hasattr(response, "render"):
                    response.render()
        finally:
            # From here on it is a staff page: not compressed, and its refusals are logged.
            request.path, request.path_info, request.resolver_match = own
        add_never_cache_headers(response)  # charts say that everybody may keep them
        return with_links_to_previews(response, reverse_preview(inspection))


def reverse_preview(inspection):
    """The address of an inspection's preview, under which all previewed pages stand."""
    return reverse("admin:inspections_inspection_preview", args=[inspection.pk])


def with_links_to_previews(response, prefix):
    """A page whose own addresses lead to previews; styles and staff pages keep theirs."""
    if response.get("Location", "").startswith("/"):
        response["Location"] = prefix + response["Location"].removeprefix("/")
    if response.get("Content-Type", "").startswith("text/html"):
        response.content = ADDRESSES.sub(rb"\1" + prefix.encode(), response.content)
    return response


class Publish(View):
    """Makes an inspection public at once, after its reader has seen what will be public."""

    http_method_names = ["get", "head", "options", "post"]

    def get(self, request, pk):
        inspection = get_changeable(request, pk)
        context = admin.site.each_context(request) | {
            "title": "Publish an inspection",
            "inspection": inspection,
            "is_public": bool(inspection.public_at and inspection.public_at <= timezone.now()),
            "counts": [
                quantity(inspection.gradings.count(), "grading"),
                quantity(inspection.findings.count(), "finding"),
                quantity(inspection.responses.count(), "response"),
            ],
        }
        return TemplateResponse(request, "admin/inspections/inspection/publish.html", context)

    def post(self, request, pk):
        inspection = get_changeable(request, pk)
        drafts = Inspection.objects.exclude(public_at__lte=timezone.now())
        with change_reason("Published after its public pages were seen."):
            published = drafts.filter(pk=pk).update(public_at=timezone.now())
        if published:
            messages.success(request, f"“{inspection}” is public now.")
        else:
            messages.info(request, f"“{inspection}” was public already. Nothing was changed.")
        return redirect("admin:inspections_inspection_change", pk)
