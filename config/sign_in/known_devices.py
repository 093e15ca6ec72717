"""Known devices: browsers in which somebody has signed in before, second factor and all.

A signed cookie says so. It opens nothing: it only lets a password be tried for that one account
while strangers guess at it. It ends when the account's password changes.
"""

import secrets

from allauth.account.signals import password_reset
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in
from django.core.signing import BadSignature, TimestampSigner
from django.dispatch import receiver

MOST_ACCOUNTS = 4  # of one browser
# In a session: that its browser becomes a known device once the second factor is given.
TO_REMEMBER = "device_to_remember"


def known_device(request, name):
    """The id of the device that a request comes from, if it is a known one of an account."""
    tokens = tokens_in(request)
    if not tokens:
        return None
    # A name that nobody has takes as long: its account has no password, and signed nothing.
    user = get_user_model().objects.filter(username=name).first() or get_user_model()()
    return next(filter(None, (device_in(token, user) for token in tokens)), None)


def tokens_in(request):
    """The tokens of a cookie, one an account; none of a cookie that is not one of ours."""
    cookie = request.COOKIES.get(settings.KNOWN_DEVICE_COOKIE_NAME, "")
    return cookie.split(".")[:MOST_ACCOUNTS] if 0 < len(cookie) < 1_000 else []


def device_in(token, user):
    """The id that a token holds, if it was signed for this account and its password."""
    try:
        return signer(user).unsign(token, max_age=settings.KNOWN_DEVICE_LASTS)
    except BadSignature:
        return None


def signer(user):
    return TimestampSigner(salt=f"known device of {user.pk} {user.password}")


def remember_device(request, response, user):
    """Set the cookie that makes a browser a known device of an account, beside those of others."""
    tokens = {token: device_in(token, user) for token in tokens_in(request)}
    device = next(filter(None, tokens.values()), None) or secrets.token_hex(16)
    others = [token for token, of_this_account in tokens.items() if not of_this_account]
    response.set_cookie(
        settings.KNOWN_DEVICE_COOKIE_NAME,
        ".".join([signer(user).sign(device), *others[: MOST_ACCOUNTS - 1]]),
        max_age=settings.KNOWN_DEVICE_LASTS,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Strict",
    )


@receiver(user_logged_in)
def remember_after_second_factor(sender, request, user, **kwargs):
    request.session[TO_REMEMBER] = True


@receiver(password_reset)
def remember_at_once(sender, request, user, **kwargs):
    """Who opens a link that was sent to an account's owner may try the new password."""
    request.device_of = user
