"""Name and password: the forms, and what accounts may do with them."""

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
    pass


def accounts_of(email):
    """The accounts with an e-mail address, in any case.

    PostgreSQL takes other letters as equal too: "ı" and "i" may be two people's.
    """
    alike = get_user_model().objects.filter(email__iexact=email)
    return [user for user in alike if user.email.encode().lower() == email.encode().lower()]


class ForgottenForm(ResetPasswordForm):
    def clean_email(self):
        """Finds an account whose address was entered in another case too."""
        email = super().clean_email()
        self.users = [user for user in accounts_of(email) if user.is_active]
        return email


class Accounts(DefaultAccountAdapter):
    """Accounts are made by superusers alone."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": (
            "This name and password do not belong together. Check both; capitals matter."
        ),
        "incorrect_password": "That is not your password.",
        "too_many_login_attempts": "Too many wrong codes. Wait five minutes, then try again.",
    }

    def is_open_for_signup(self, request):
        return False

    def pre_authenticate(self, request, **credentials):
        """django-axes throttles: by allauth's own rule a stranger could lock anybody out."""

    def get_reset_password_from_key_url(self, key):
        """On the site's own address: the host of a request is whatever its sender says."""
        return (
            f"{settings.SITE_ADDRESS}{urlsplit(super().get_reset_password_from_key_url(key)).path}"
        )

    def get_client_ip(self, request):
        return events.address(request) or "unknown"

    def is_reauthentication_required(self, *, app, **kwargs):
        """Not for those who signed in within five minutes."""
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
