"""The pages that belong to no app: the health of the site, ways in, the weekly mail, and its errors."""

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
from forces.models import Digest

from . import events
from .sign_in.organisation import OrganisationLink

# How PostgreSQL's SQLSTATEs begin when it turns a connection away or ends it, and that of a question that took too long;
# a connection that was never made has none.
DOWN = ("08", "57P", "53300")
TOO_SLOW = "57014"


@require_safe
@never_cache
def healthz(request):
    """Whether the site can answer, for whatever watches it."""
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


def organisation_signed_in(request, provider_id):
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
        Digest.objects.update_or_create(
            user=request.user, defaults={"wanted": "wanted" in request.POST}
        )
        messages.success(
            request,
            "You get the weekly mail." if "wanted" in request.POST else "You get no weekly mail.",
        )
        return redirect("weekly_mail")
    kept = Digest.objects.filter(user=request.user).first() or Digest(user=request.user)
    return render(request, "account/weekly_mail.html", {"digest": kept})


# Its token is the proof: whoever follows a link in a mail, or whose mail program does, has no session and no other.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop_mail(request, token):
    """Where a link in the weekly mail ends it, for whoever holds it; only a press of the button does."""
    try:
        user = get_object_or_404(get_user_model(), pk=digest.user_of(token))
    except BadSignature as error:
        raise Http404 from error
    if request.method == "POST":
        Digest.objects.update_or_create(user=user, defaults={"wanted": False})
    wanted = not Digest.objects.filter(user=user, wanted=False).exists()
    return render(request, "account/stop_mail.html", {"wanted": wanted})


def bad_request(request, exception):
    # Only what we raise ourselves is written for readers.
    errors = exception.args if isinstance(exception, BadRequest) else ()
    return render(request, "400.html", {"errors": errors}, status=400)


def forbidden(request, exception=None, reason=""):
    """For whom has no right to a page, and for a form whose token is not ours."""
    if request.path_info.startswith("/admin/"):
        events.record("refused", request, request.user, reason=reason or str(exception or ""))
    return render(request, "403.html", status=403)


def not_found(request, exception):
    """Also for whom a row is none of theirs, which is written down."""
    if request.path_info.startswith("/admin/") and request.user.is_authenticated:
        events.record("refused", request, request.user, reason="no such page, or none of theirs")
    return render(request, "404.html", status=404)


def broken(request):
    """The page for whatever a view did not foresee, made without database or session, since either may be what broke."""
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
