"""The pages that belong to no app: health check, sign-in, the weekly mail, and errors."""

import sys

from allauth.account import views as account
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.core.exceptions import BadRequest
from django.core.signing import BadSignature
from django.db import Error, InterfaceError, OperationalError, connection
from django.http import Http404, HttpResponse, HttpResponseServerError, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from findings import digest

from . import events
from .sign_in.organisation import OrganisationLink

# The beginnings of PostgreSQL's SQLSTATEs for a refused or lost connection, and that of a query
# that took too long; a connection that was never made has none.
DOWN = ("08", "57P", "53300")
TOO_SLOW = "57014"


@require_safe
@never_cache
def healthz(request):
    """The health check: whether the site reaches its database."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return JsonResponse({"database": "does not answer"}, status=503)
    return JsonResponse({"database": "ok"})


def sign_in(request):
    if request.user.is_authenticated and not admin.site.has_permission(request):
        events.record("refused", request, request.user, reason="no role today")
        return render(request, "account/no_role.html", status=403)
    return account.login(request)


def organisation_sign_in(request, provider_id):
    return at_organisation(OAuth2LoginView, request, provider_id)


def organisation_callback(request, provider_id):
    return at_organisation(OAuth2CallbackView, request, provider_id)


def at_organisation(view, request, provider_id):
    try:
        return view.adapter_view(OrganisationLink(request, provider_id))(request)
    except SocialApp.DoesNotExist as error:
        raise Http404 from error


@require_http_methods(["GET", "HEAD", "POST"])
def weekly_mail(request):
    """Where a member of staff says whether they want the weekly mail."""
    if request.method == "POST":
        wanted = "wanted" in request.POST
        digest.set_wanted(request.user, wanted)
        messages.success(
            request, "You get the weekly mail." if wanted else "You get no weekly mail."
        )
        return redirect("weekly_mail")
    context = {"digest": digest.settings_of(request.user)}
    return render(request, "account/weekly_mail.html", context)


# The token in the address is the proof: who follows a link in a mail, or whose mail program does,
# has no session.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop_mail(request, token):
    """Where a link in the weekly mail leads to end it; only the button there does so."""
    try:
        user = get_object_or_404(get_user_model(), pk=digest.user_of(token))
    except BadSignature as error:
        raise Http404 from error
    if request.method == "POST":
        digest.set_wanted(user, False)
    context = {"wanted": digest.settings_of(user).wanted}
    return render(request, "account/stop_mail.html", context)


def bad_request(request, exception):
    # Only the messages of our own BadRequest are written for readers.
    errors = exception.args if isinstance(exception, BadRequest) else ()
    return render(request, "400.html", {"errors": errors}, status=400)


def permission_denied(request, exception=None, reason=""):
    """The page without permission, and for a form with a wrong CSRF token; staff's are logged."""
    if request.path_info.startswith("/admin/"):
        events.record("refused", request, request.user, reason=reason or str(exception or ""))
    return render(request, "403.html", status=403)


def page_not_found(request, exception):
    """The page for what does not exist, or is not the user's: among staff pages that is logged."""
    if request.path_info.startswith("/admin/") and request.user.is_authenticated:
        events.record("refused", request, request.user, reason="no such page, or none of theirs")
    return render(request, "404.html", status=404)


def server_error(request):
    """The page for an unexpected error, made without database or session: these may have failed."""
    error = sys.exception()
    state = getattr(error.__cause__, "pgcode", None)
    if isinstance(error, OperationalError | InterfaceError) and (
        state is None or state.startswith((*DOWN, TOO_SLOW))
    ):
        page = render_to_string("503.html", {"too_slow": state == TOO_SLOW})
        return HttpResponse(
            page, status=503, headers={"Retry-After": "30", "Cache-Control": "no-store"}
        )
    return HttpResponseServerError(render_to_string("500.html"))
