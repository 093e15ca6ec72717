"""The pages that belong to no app: health check, what search engines ask for, sign-in, the weekly
mail, and errors."""

import sys

import psycopg2
from allauth.account import views as account
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.core.exceptions import BadRequest
from django.core.signing import BadSignature
from django.db import connection
from django.http import Http404, HttpResponse, HttpResponseServerError, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from findings import digest
from lib.api.problems import is_for_programs, problem
from lib.audit.conflicts import RETRY_AFTER
from lib.database import failures, patience, probe
from lib.database.circuit import circuit_of

from .sign_in import events
from .sign_in.organisation import OrganisationLink
from .upgrades.later import own_migrations

LONGEST_ASKED = 0.8  # seconds
MIGRATIONS = "SELECT app, name FROM django_migrations"


@require_safe
@never_cache
def healthz(request):
    """Whether this process is alive; it asks nobody else."""
    return JsonResponse({"site": "ok"})


@require_safe
@never_cache
def readyz(request):
    """Whether visitors can be sent here: the database responds, and has this version's tables."""
    parts = readiness()
    response = JsonResponse(parts, status=200 if set(parts.values()) == {"ok"} else 503)
    response._has_been_logged = True  # whoever asks does so again and again
    return response


def readiness():
    """How each part is that a page needs, in a word or two; within a second."""
    params = probe.params_of(connection)
    if circuit_of(params).is_open:
        return {"database": "does not respond"}
    try:
        applied = set(probe.ask(params, LONGEST_ASKED, MIGRATIONS))
    except psycopg2.errors.UndefinedTable:
        applied = set()
    except psycopg2.Error as error:
        word = "does not respond" if isinstance(error, probe.NoResponse) else "refuses"
        return {"database": word}
    missing = len(own_migrations() - applied)
    return {"database": "ok", "migrations": f"{missing} not applied" if missing else "ok"}


@require_safe
def robots(request):
    """What search engines are asked to leave alone, and where the sitemap is."""
    context = {"sitemap": request.build_absolute_uri(reverse("sitemap"))}
    return render(request, "robots.txt", context, content_type="text/plain; charset=utf-8")


@require_safe
def favicon(request):
    """Where browsers look for the icon that every page names itself."""
    return redirect(static("favicon.svg"))


def sign_in(request):
    """The sign-in page; it tells those who are signed in without a role today."""
    if request.user.is_authenticated and not admin.site.has_permission(request):
        events.record("refused", request, request.user, reason="no role today")
        return render(request, "account/no_role.html", status=403)
    return account.login(request)


def organisation_sign_in(request, provider_id):
    """Redirects to the sign-in page of an organisation's identity provider."""
    return at_organisation(OAuth2LoginView, request, provider_id)


def organisation_callback(request, provider_id):
    """Where an organisation's identity provider sends people back to."""
    return at_organisation(OAuth2CallbackView, request, provider_id)


def at_organisation(view, request, provider_id):
    """Run a view of allauth for a provider; 404 if there is no such provider."""
    try:
        return view.adapter_view(OrganisationLink(request, provider_id))(request)
    except SocialApp.DoesNotExist as error:
        raise Http404 from error


@require_http_methods(["GET", "HEAD", "POST"])
def weekly_mail(request):
    """The page where a member of staff turns the weekly mail on or off."""
    if request.method == "POST":
        wanted = "wanted" in request.POST
        digest.set_wanted(request.user, wanted)
        messages.success(
            request,
            "You will get the weekly email." if wanted else "You will not get the weekly email.",
        )
        return redirect("weekly_mail")
    context = {"digest": digest.settings_of(request.user)}
    return render(request, "account/weekly_mail.html", context)


# The token in the address is the proof: a person, or a mail program, that follows a link in a mail
# has no session.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop_mail(request, token):
    """The page that a link in the weekly mail leads to; its button stops the mail."""
    try:
        user = get_object_or_404(get_user_model(), pk=digest.user_of(token))
    except BadSignature as error:
        raise Http404 from error
    if request.method == "POST":
        digest.set_wanted(user, False)
    context = {"wanted": digest.settings_of(user).wanted}
    return render(request, "account/stop_mail.html", context)


def bad_request(request, exception):
    """The page for a request that cannot be understood."""
    # Only the messages of our own BadRequest are written for readers.
    errors = exception.args if isinstance(exception, BadRequest) else ()
    if is_for_programs(request):
        return problem(request, 400, errors)
    context = {"errors": errors, "without": getattr(exception, "without", "")}
    return render(request, "400.html", context, status=400)


def permission_denied(request, exception=None, reason=""):
    """The page for a refusal or a wrong CSRF token; a refusal on a staff page is logged."""
    if request.path_info.startswith("/admin/"):
        events.record("refused", request, request.user, reason=reason or str(exception or ""))
    return render(request, "403.html", status=403)


def page_not_found(request, exception):
    """The page for an address that leads nowhere, or to a row that the user may not open.

    On staff pages it is logged.
    """
    if request.path_info.startswith("/admin/") and request.user.is_authenticated:
        events.record("refused", request, request.user, reason="no such page, or none of theirs")
    if is_for_programs(request):
        return problem(request, 404)
    return render(request, "404.html", status=404)


def server_error(request):
    """The page for an unexpected error. It uses no database or session: these may have failed."""
    reason = failures.reason_of(sys.exception())
    # Whoever only reads a public page writes nothing: a mistake of ours would.
    is_public = request.method in ("GET", "HEAD") and not request.path_info.startswith("/admin/")
    if reason and not (reason == failures.READ_ONLY and is_public):
        return unavailable(request, reason)
    if is_for_programs(request):
        return problem(request, 500)
    return HttpResponseServerError(render_to_string("500.html"))


def unavailable(request, reason):
    """The page that says why the database cannot serve, and what became of what was sent."""
    waits = patience.of_thread()
    context = {
        "reason": reason,
        "sends": request.method not in ("GET", "HEAD", "OPTIONS"),
        # Where nothing may be written, what was committed had only been read.
        "may_be_stored": bool(waits and waits.may_be_stored and reason != failures.READ_ONLY),
    }
    response = (
        problem(request, 503)
        if is_for_programs(request)
        else HttpResponse(render_to_string("503.html", context), status=503)
    )
    response["Retry-After"] = RETRY_AFTER if reason == failures.LOCKED else "30"
    response["Cache-Control"] = "no-store"
    response.unavailable = reason
    return response
