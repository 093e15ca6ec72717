"""Addresses that keep what is being typed, and forget it."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from . import unsaved
from .models import SentForm
from .tokens import writer_of


@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """Keep what somebody has typed until now, even if their session has ended meanwhile.

    The form's token says who they are. What arrives after its form was saved is late.
    """
    token = request.POST.get("unsaved_token", "")
    writer = writer_of(token)
    if writer and not SentForm.objects.filter(token=token, attempt=None).exists():
        unsaved.keep(writer, request.POST.get("unsaved_page", ""), request.POST)
    return HttpResponse(status=204)


@require_POST
def forget(request: HttpRequest) -> HttpResponse:
    """Forget what the reader typed on a page, and show them the page."""
    page = request.POST.get("unsaved_page", "")
    unsaved.forget(request.user.pk, page)
    is_ours = url_has_allowed_host_and_scheme(page, allowed_hosts=None) and page.startswith("/")
    return HttpResponseRedirect(page if is_ours else resolve_url("admin:index"))
