"""The settings: what they ask for, whether they fit together, and what Django says of them."""

import shutil
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings
from django.core.checks import ERROR, Tags, registry, run_checks

from config import locations
from config.local import folders

from .examination import Fault, warning

# What our own sentences say instead: that HTTPS is off, debugging on, the key weak, no host named.
OURS = {f"security.W{number:03}" for number in (4, 5, 8, 9, 12, 16, 18, 20, 21)}
SHORTEST_KEY, FEWEST_SIGNS = 50, 5
HERE = {"localhost", "127.0.0.1", "[::1]", "::1", ""}
PATIENCE = 3  # seconds


def settings_fit():
    """Faults of the settings themselves."""
    key = settings.SECRET_KEY
    if len(key) < SHORTEST_KEY or len(set(key)) < FEWEST_SIGNS:
        yield Fault(
            "SECRET_KEY is short or plain enough to be guessed.",
            f"Set it to {SHORTEST_KEY} random characters or more, as OPERATING.md says.",
        )
    if settings.DEBUG:
        yield Fault(
            "DEBUG is on: visitors of an error would see settings and code.",
            "Set DEBUG=0, or leave it out.",
        )
    hosts = settings.ALLOWED_HOSTS
    if "*" in hosts:
        yield Fault(
            "ALLOWED_HOSTS is *: links in mails and pages could be made to lead anywhere.",
            "Name the site's own hosts in it.",
        )
    elif set(hosts) <= HERE:
        yield warning(
            "ALLOWED_HOSTS names this machine alone: all visitors from elsewhere get 400.",
            "Set it to the host names of the site.",
        )
    yield from database_and_folders_named()
    if (scanner := settings.EVIDENCE_SCANNER) and not shutil.which(scanner[0]):
        yield Fault(
            f"EVIDENCE_SCANNER begins with {scanner[0]}, which cannot be run: every file of "
            "evidence is refused.",
            "Install it for the site's account, or correct EVIDENCE_SCANNER.",
        )
    apps = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
    if not all(app["client_id"] and app["secret"] for app in apps):
        yield Fault(
            "OIDC_ISSUER is set without OIDC_CLIENT_ID or OIDC_CLIENT_SECRET: nobody can sign in "
            "by it.",
            "Set both, as the provider gave them.",
        )
    yield from django_checks()


def database_and_folders_named():
    """Warnings where the site would use what `make run` made for itself."""
    folder = locations.data_folder()
    if folders.database_url(folder) == settings.DATABASE_URL:
        yield warning(
            "DATABASE_URL is not set: this is the database of `make run`, which is for trying out.",
            "Name a PostgreSQL of your own in it.",
        )
    if not settings.EVIDENCE_BUCKET and Path(settings.EVIDENCE_DIR) == folder / "evidence":
        yield warning(
            "Neither EVIDENCE_DIR nor EVIDENCE_BUCKET is set: evidence is kept in a folder of "
            "`make run`.",
            "Set one of them.",
        )


def django_checks():
    """What Django's own `check --deploy` finds, beside what is told above."""
    tags = set(registry.registry.tags_available(deployment_checks=True)) - {Tags.database}
    for message in run_checks(tags=tags, include_deployment_checks=True):
        if message.id not in OURS and not message.is_silenced():
            yield Fault(
                " ".join(message.msg.split()),
                " ".join((message.hint or "Look it up in Django's list of checks.").split())
                + f" ({message.id})",
                is_warning=message.level < ERROR,
            )


def proxy_fits():
    """Faults in how the site and the proxy before it speak of HTTPS and of hosts."""
    if settings.HTTPS and not settings.BEHIND_PROXY:
        yield Fault(
            "HTTPS is on and BEHIND_PROXY is off: no request counts as HTTPS, so each is "
            "redirected to its own address without end.",
            "Set BEHIND_PROXY=1 behind a proxy that sets X-Forwarded-Proto, as OPERATING.md says; "
            "or HTTPS=0 where nothing speaks HTTPS.",
        )
    if not settings.HTTPS:
        yield warning(
            "HTTPS is off: passwords and sessions can be read on their way.",
            "Set HTTPS=1 and BEHIND_PROXY=1 once the proxy has a certificate.",
        )
    address = urlsplit(settings.SITE_ADDRESS)
    if (address.scheme == "https") != settings.HTTPS:
        yield Fault(
            f"SITE_ADDRESS begins with {address.scheme or 'no scheme'}://, and HTTPS is "
            f"{'on' if settings.HTTPS else 'off'}: links in mails lead astray.",
            "Make the two agree.",
        )
    hosts = [host.lower() for host in settings.ALLOWED_HOSTS]
    name = (address.hostname or "").lower()
    if "*" not in hosts and not any(
        name == host or (host.startswith(".") and f".{name}".endswith(host)) for host in hosts
    ):
        yield Fault(
            f"The host of SITE_ADDRESS, {name or 'none'}, is not in ALLOWED_HOSTS: links in mails "
            "lead to an error.",
            "Add it there, or correct SITE_ADDRESS.",
        )


class NoRedirect(HTTPRedirectHandler):
    """Shows where a redirect leads instead of following it."""

    def redirect_request(self, *args):
        return None


def visitors_are_answered():
    """What a visitor of SITE_ADDRESS gets, through whatever stands before the site."""
    address = f"{settings.SITE_ADDRESS}/about/"
    request = Request(address, headers={"User-Agent": "findings doctor"})  # noqa: S310 our own
    try:
        with build_opener(NoRedirect).open(request, timeout=PATIENCE):
            return
    except HTTPError as error:
        status, place = error.code, error.headers.get("Location", "")
        error.close()
    except (URLError, OSError) as error:
        reason = getattr(error, "reason", error)
        yield Fault(
            f"{address} does not answer: {reason}.",
            "See whether the proxy and the site run, and whether the name leads to them.",
        )
        return
    if 300 <= status < 400:
        yield Fault(
            f"{address} redirects to {place}"
            + (", which is itself, without end." if place == address else "."),
            "Let the proxy set X-Forwarded-Proto to $scheme, and set BEHIND_PROXY=1.",
        )
    elif status == 400:
        yield Fault(
            f"{address} gives 400: the host that the proxy passes on is not in ALLOWED_HOSTS.",
            "Let the proxy pass on the visitor's Host, or add what it sends.",
        )
    else:
        yield Fault(f"{address} gives {status}.", "Look into the log of the site and of the proxy.")
