"""What the database must not reveal: texts encrypted, or hashed, with keys made from `SECRET_KEY`.

Each purpose has keys of its own. What was written with one of `SECRET_KEY_FALLBACKS` is still read.
"""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def keys(purpose: str) -> list[bytes]:
    """The keys for a purpose: today's, then those of former secrets."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [hashlib.sha256((purpose + secret).encode()).digest() for secret in secrets]


def encrypt(text: str, purpose: str) -> str:
    """A text that only `decrypt` reads; other letters each time."""
    return _fernet(purpose).encrypt(text.encode()).decode()


def decrypt(encrypted: str, purpose: str) -> str:
    """What was encrypted for a purpose; raises `cryptography.fernet.InvalidToken` for others."""
    return _fernet(purpose).decrypt(encrypted.encode()).decode()


def keyed_hashes(text: str, purpose: str) -> list[str]:
    """What a text is found by: its hash with today's key, then those with former ones."""
    return [hmac.digest(key, text.encode(), "sha256").hex() for key in keys(purpose)]


def _fernet(purpose: str) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys(purpose)])
