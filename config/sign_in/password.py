"""Sign-in with name and password: the forms, and the rules for accounts and passwords."""

import re
import unicodedata
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.forms import LoginForm
from allauth.core import context
from django.conf import settings
from django.contrib.admin.forms import AdminPasswordChangeForm
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.core.exceptions import ValidationError
from django.dispatch import receiver
from django.utils import timezone

from . import events
from .known_devices import TO_REMEMBER
from .throttle import take_back

TOO_MANY_CODES = "Too many wrong codes. Wait five minutes, then try again."


class ReadyToType:
    """A form with the focus in its first field, and without placeholders."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        next(iter(self.fields.values())).widget.attrs["autofocus"] = True


class SignInForm(ReadyToType, LoginForm):
    """The form for name and password."""


class OwnPasswordForm(AdminPasswordChangeForm):
    """The form to change one's own password; the old one is guessed as rarely as at sign-in."""

    error_messages = AdminPasswordChangeForm.error_messages | {
        "password_mismatch": "The two new passwords differ. Type the same one twice.",
    }

    def clean_old_password(self):
        old_password = self.cleaned_data["old_password"]
        if not get_adapter().reauthenticate(self.user, old_password):
            raise get_adapter().validation_error("incorrect_password")
        return old_password

    def save(self, commit=True):
        # With the old password, its known devices end; this one stays one.
        context.request.session[TO_REMEMBER] = True
        return super().save(commit)


class NameInPasswordValidator:
    """Refuses a password that is little but the account's names, however often and spelt how."""

    LEAST_BESIDES = 8
    # How signs stand for letters: "gl0uce5ter".
    SIGNS = str.maketrans("013457@$!|", "oieastasii")

    def validate(self, password, user=None):
        rest = self.letters(password)
        for name in sorted(self.names(user), key=len, reverse=True) if user else ():
            rest = rest.replace(name, " ").replace(name[::-1], " ")
        if user and len(rest.replace(" ", "")) < self.LEAST_BESIDES:
            raise ValidationError(
                "The password is too similar to your username, name or email address.",
                code="password_too_similar",
            )

    def get_help_text(self):
        return "Your password can’t be your username or your name in another form."

    def names(self, user):
        """The names of an account, whole and by word, in bare letters."""
        texts = [user.username, user.first_name, user.last_name, user.email.partition("@")[0]]
        words = {word for text in texts for word in (text, *re.split(r"[\W_]+", text))}
        return {name for name in map(self.letters, words) if len(name) >= 3}

    def letters(self, text):
        """A text's letters and digits alone, small, without accents, signs as letters."""
        plain = unicodedata.normalize("NFKD", text).casefold().translate(self.SIGNS)
        return "".join(filter(str.isalnum, plain))


class Accounts(DefaultAccountAdapter):
    """Rules for accounts: only superusers make them."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": (
            "Your username or password is wrong. Check both. Capital letters matter."
        ),
        "incorrect_password": "Your password is wrong.",
        "too_many_login_attempts": TOO_MANY_CODES,
        "rate_limited": TOO_MANY_CODES,  # at set-up
    }

    def authenticate(self, request, **credentials):
        user = super().authenticate(request, **credentials)
        if user:
            take_back(request)
        return user

    def reauthenticate(self, user, password):
        is_right = super().reauthenticate(user, password)
        if is_right:
            context.request.session.cycle_key()
        return is_right

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
