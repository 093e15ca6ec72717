"""A password that was forgotten: the mail goes out after the response.

So the response takes as long for an address that nobody here has as for one that somebody has.
"""

from allauth.account.adapter import get_adapter
from allauth.account.forms import ResetPasswordForm, default_token_generator
from allauth.account.internal.flows.password_reset import request_password_reset
from allauth.account.views import password_reset
from allauth.core import context
from django.contrib.auth import get_user_model

from ..after_response import run_after
from . import events


class ForgottenForm(ResetPasswordForm):
    """The form for a forgotten password. It does not look up whose address it is."""

    def clean_email(self):
        return get_adapter().clean_email(self.cleaned_data["email"])

    def save(self, request, **kwargs):
        request.reset_for = self.cleaned_data["email"]


def forgotten(request):
    """The page for a forgotten password; the mail is sent once its response has gone out."""
    response = password_reset(request)
    if email := getattr(request, "reset_for", None):
        run_after(response, send_links, request, email)
    return response


def send_links(request, email):
    """Send a link to each account with an address, and log for each whether it was sent."""
    try:
        with context.request_context(request):
            for user in accounts_of(email):
                if user.is_active:
                    send_link(request, email, user)
    except Exception:
        events.logger.exception("password reset not sent", extra={"details": {}})


def send_link(request, email, user):
    """Send one account its link. Whoever is sent none can only ask again, so the log says so."""
    events.record("password reset asked for", request, user)
    try:
        request_password_reset(request, email, [user], default_token_generator)
    except OSError as error:  # a server for mail that refuses, or cannot be reached
        reason = f"{type(error).__name__}: {error}"
        events.record("password reset not sent", request, user, reason=reason)
    else:
        events.record("password reset sent", request, user)


def accounts_of(email):
    """The accounts with an e-mail address, in upper or lower case.

    PostgreSQL also takes some letters as equal that are not, such as "ı" and "i".
    """
    alike = get_user_model().objects.filter(email__iexact=email)
    return [user for user in alike if user.email.encode().lower() == email.encode().lower()]
