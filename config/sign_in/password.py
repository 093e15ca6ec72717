"""Sign-in with name and password: the forms, and the rules for accounts."""

from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.forms import LoginForm, ResetPasswordForm
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.utils import timezone

from .. import events


class ReadyToType:
    """A form with the focus in its first field, and without placeholders."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        next(iter(self.fields.values())).widget.attrs["autofocus"] = True


class SignInForm(ReadyToType, LoginForm):
    """The form for name and password."""


def accounts_of(email):
    """The accounts with an e-mail address, in upper or lower case.

    PostgreSQL also takes some letters as equal that are not, such as "ı" and "i".
    """
    alike = get_user_model().objects.filter(email__iexact=email)
    return [user for user in alike if user.email.encode().lower() == email.encode().lower()]


class ForgottenForm(ResetPasswordForm):
    """The form for a forgotten password."""

    def clean_email(self):
        """The address; finds its accounts even if it was typed in another case."""
        email = super().clean_email()
        self.users = [user for user in accounts_of(email) if user.is_active]
        return email


class Accounts(DefaultAccountAdapter):
    """Rules for accounts: only superusers make them."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": (
            "Your username or password is wrong. Check both. Capital letters matter."
        ),
        "incorrect_password": "Your password is wrong.",
        "too_many_login_attempts": "Too many wrong codes. Wait five minutes, then try again.",
    }

    def is_open_for_signup(self, request):
        return False

    def pre_authenticate(self, request, **credentials):
        """Nothing: django-axes limits attempts. allauth's rule lets a stranger lock anyone out."""

    def get_reset_password_from_key_url(self, key):
        """The link in the mail, with the site's own host: a request's may be forged."""
        return (
            f"{settings.SITE_ADDRESS}{urlsplit(super().get_reset_password_from_key_url(key)).path}"
        )

    def get_client_ip(self, request):
        return events.address(request) or "unknown"

    def is_reauthentication_required(self, *, app, **kwargs):
        """Whether to ask for the password again: not within five minutes of signing in."""
        steps = get_authentication_records(self.request, self.request.user)
        fresh = timezone.now().timestamp() - 300
        return not any(step["at"] > fresh for step in steps)


@receiver(user_logged_in)
def record_sign_in(sender, request, user, **kwargs):
    events.record(
        "signed in",
        request,
        user,
        by=[step["method"] for step in get_authentication_records(request, user)],
    )


@receiver(user_logged_out)
def record_sign_out(sender, request, user, **kwargs):
    events.record("signed out", request, user or "")
