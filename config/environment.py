"""What the environment says: switches, lists, and secrets, which may stand in files."""

import os
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def env_bool(name, default=False):
    """Whether an environment variable is set to 1."""
    return os.environ.get(name, "1" if default else "0") == "1"


def require_package(name, module, extra):
    """Raise `ImproperlyConfigured` if the package that a setting takes is not installed."""
    if not find_spec(module):
        raise ImproperlyConfigured(
            f"{name} is set, and what it takes is not installed: "
            f"`pip install --require-hashes --no-deps -r requirements-{extra}.txt`."
        )


def env_number(name, default):
    """The whole number that an environment variable holds.

    Raises `ImproperlyConfigured` if it holds something else.
    """
    given = os.environ.get(name) or str(default)
    if not (given.isascii() and given.isdecimal()):
        raise ImproperlyConfigured(f"{name} is “{given}”. Set it to a whole number.")
    return int(given)


def env_list(name, default=""):
    """An environment variable's comma-separated values."""
    return words(os.environ.get(name, default))


def words(text):
    """The parts of a text between its commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def env_secret(name):
    """What a variable holds, or else the file that it names with _FILE behind its name; "" if
    neither is set.

    Raises `ImproperlyConfigured` if both are set, or the file cannot be read or holds nothing.
    """
    given, path = os.environ.get(name, ""), os.environ.get(f"{name}_FILE", "")
    if not path:
        return given
    if given:
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set. Keep one of them.")
    try:
        secret = Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise ImproperlyConfigured(
            f"{name}_FILE is {path}, which cannot be read: {reason}."
        ) from None
    if not secret:
        raise ImproperlyConfigured(f"{name}_FILE is {path}, which is empty.")
    return secret


def env_database(name):
    """The address of a database that a variable holds, or its file, with DATABASE_PASSWORD put in:
    so a password can stand alone in a file, whatever signs it has.

    Raises `ImproperlyConfigured` if the address has a password already, or no user.
    """
    address, password = env_secret(name), env_secret("DATABASE_PASSWORD")
    if not address or not password:
        return address
    parts = urlsplit(address)
    if parts.password or not parts.username:
        fault = "has a password of its own" if parts.password else "names no user"
        raise ImproperlyConfigured(f"DATABASE_PASSWORD is set, but {name} {fault}.")
    user, _, host = parts.netloc.rpartition("@")
    netloc = f"{user.removesuffix(':')}:{quote(password, safe='')}@{host}"
    return parts._replace(netloc=netloc).geturl()
