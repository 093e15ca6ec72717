"""How somebody signs in, with a password and a code."""

import hashlib
import hmac
import re
import struct
import time
from base64 import b32decode

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from config.sign_in import second_factor
from tests import accounts

HERE, THERE = "192.0.2.1", "192.0.2.2"
DOOR = "/admin/login/"
SET_UP = "/admin/second-factor/totp/activate/"


def enter(client, name, password=accounts.PASSWORD, address=HERE, **headers):
    return client.post(DOOR, {"login": name, "password": password}, REMOTE_ADDR=address, **headers)


def is_in(client):
    return "_auth_user_id" in client.session


def code(secret, at=None):
    """The code that an authenticator app shows, made as RFC 6238 says.

    One that is about to end is not used: it would be refused before it arrives.
    """
    if at is None and (left := 30 - time.time() % 30) < 2:
        time.sleep(left)
    digest = hmac.new(
        b32decode(secret), struct.pack(">Q", int(at or time.time()) // 30), hashlib.sha1
    ).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def with_factor(user):
    """Set a second factor up for somebody; returns its secret."""
    secret = generate_totp_secret()
    TOTP.activate(
        user, second_factor.SecondFactors().decrypt(second_factor.SecondFactors().encrypt(secret))
    )
    return secret


def plain(page):
    """A page without what differs each time."""
    return re.sub(r'value="[^"]*"', "", page.text)
