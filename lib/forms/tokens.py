"""The token in each form: who was given the form, and which form it is."""

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.signing import BadSignature, TimestampSigner
from django.utils.crypto import get_random_string

TOKEN = "form_token"  # noqa: S105 (the name of a field)
VALID_FOR = timedelta(days=7)
SIGNER = TimestampSigner(salt="lib.forms")


def make_token(user: AbstractBaseUser) -> str:
    """A token for one form on one page."""
    return SIGNER.sign(f"{user.pk}-{get_random_string(16)}")


def writer_of(token: str) -> int | None:
    """The key of the account whose form it is; None if the token is not ours or too old, or if the
    account is not in use any more."""
    try:
        key = int(SIGNER.unsign(token, max_age=VALID_FOR).partition("-")[0])
    except (BadSignature, ValueError):
        return None
    return key if get_user_model().objects.filter(pk=key, is_active=True).exists() else None
