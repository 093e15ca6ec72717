"""What the site stands on beside its database: static files, mail, storage, cache, extras."""

import os
import shutil
import smtplib
import ssl
from importlib import import_module
from importlib.util import find_spec
from json import JSONDecodeError, loads
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, storages
from django.core.mail import get_connection

from .examination import LONGEST_ASKED, Fault, warning

LEAST_FREE = 1_000_000_000  # bytes
PROBE = b"findings doctor"


def static_files_are_collected():
    """A fault where a style sheet, script or picture is not collected as this version has it."""
    mend = "Run `collectstatic --no-input --clear`, then restart the site."
    root = Path(settings.STATIC_ROOT)
    try:
        collected = loads((root / "staticfiles.json").read_text())["paths"]
    except (OSError, JSONDecodeError, KeyError) as error:
        said = getattr(error, "strerror", None) or "its list is damaged"
        yield Fault(f"No static files are collected in {root}: {said}.", mend)
        return
    expected = expected_static_files()
    wrong = sorted(name for name in expected if collected.get(name) != expected[name])
    missing = sorted(
        name
        for name, hashed in expected.items()
        if name not in wrong and not (root / hashed).is_file()
    )
    for names, what in ((wrong, "of another version"), (missing, "missing")):
        if names:
            yield Fault(
                f"In {root}, static files are {what}: {len(names)}, such as {names[0]}.", mend
            )


def expected_static_files():
    """The names under which this version's static files are served, by their plain names."""
    with TemporaryDirectory() as folder:
        storage, sources = ManifestStaticFilesStorage(location=folder), {}
        for finder in get_finders():
            for path, source in finder.list([]):
                name = Path(getattr(source, "prefix", None) or "", path).as_posix()
                if sources.setdefault(name, (source, path)) == (source, path):
                    place = Path(folder, name)
                    place.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(source.path(path), place)
        for _, _, processed in storage.post_process({n: (storage, n) for n in sources}):
            if isinstance(processed, Exception):
                raise processed
        return dict(storage.hashed_files)


def mail_goes_out():
    """Faults of the mail server, where one is named, and of what mails say of us."""
    if not settings.EMAIL_HOST:
        return
    server = f"The mail server {settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        with get_connection(timeout=LONGEST_ASKED) as mail:
            if isinstance(getattr(mail, "connection", None), smtplib.SMTP):
                mail.connection.noop()
    except smtplib.SMTPAuthenticationError as error:
        yield Fault(
            f"{server} refuses the user or the password (code {error.smtp_code}).",
            "Correct EMAIL_HOST_USER and EMAIL_HOST_PASSWORD.",
        )
    except (smtplib.SMTPException, ssl.SSLError, OSError) as error:
        said = " ".join(str(error).split()) or type(error).__name__
        yield Fault(
            f"{server} cannot be used: {said}.",
            "Correct EMAIL_HOST, EMAIL_PORT and EMAIL_USE_TLS, or let this machine reach it.",
        )
    if "@localhost" in settings.DEFAULT_FROM_EMAIL:
        yield Fault(
            f"Mails would come from {settings.DEFAULT_FROM_EMAIL}, which other servers refuse.",
            "Set DEFAULT_FROM_EMAIL to an address of your own.",
        )
    if any(f"//{host}" in settings.SITE_ADDRESS for host in ("localhost", "127.0.0.1")):
        yield Fault(
            f"Links in mails would lead to {settings.SITE_ADDRESS}, which is this machine alone.",
            "Set SITE_ADDRESS to how visitors reach the site.",
        )


def storage_keeps_files():
    """Faults of where files of evidence and of data sets are kept."""
    for alias, what, setting in (
        ("evidence", "evidence", "EVIDENCE_BUCKET" if settings.EVIDENCE_BUCKET else "EVIDENCE_DIR"),
        ("data_sets", "data sets", "DATA_SETS_DIR"),
    ):
        storage = storages[alias]
        try:
            name = storage.save(f"doctor-{uuid4().hex}", ContentFile(PROBE))
            with storage.open(name) as file:
                is_same = file.read() == PROBE
            storage.delete(name)
            if not is_same:
                raise OSError("what was read is not what was written")
        except Exception as error:  # each store has exceptions of its own
            said = getattr(error, "strerror", None) or " ".join(str(error).split())
            place = getattr(storage, "location", "")
            yield Fault(
                f"Files of {what} cannot be kept{f' in {place}' if place else ''}: {said}.",
                f"Correct {setting}, or let the site's account write, read and delete there.",
            )
            continue
        if isinstance(storage, FileSystemStorage):
            yield from folder_fits(storage.location, what)


def folder_fits(folder, what):
    """Warnings of a folder in which files can be kept now."""
    if (free := shutil.disk_usage(folder).free) < LEAST_FREE:
        yield warning(
            f"Only {free // 1_000_000:,} MB are free for files of {what}.",
            "Make room on that disk.",
        )
    if os.geteuid() == 0 and (owner := Path(folder).stat().st_uid):
        yield warning(
            f"{folder} belongs to the account {owner}, and this is root, who may do everything.",
            "Run `doctor` as the site's own account.",
        )


def shared_cache_answers():
    """Faults of the store that processes share, where one is named."""
    kept = settings.CACHES["pages"]
    if kept["BACKEND"] != "config.caching.shared_cache.SharedCache":
        return
    redis = import_module("redis")  # an extra
    limits = {"socket_timeout": LONGEST_ASKED, "socket_connect_timeout": LONGEST_ASKED}
    try:
        with redis.from_url(kept["LOCATION"], **limits) as store:
            key = f"doctor-{uuid4().hex}"
            store.set(key, PROBE, ex=10)
            is_same = store.get(key) == PROBE
            store.delete(key)
            policy = store.config_get("maxmemory-policy").get("maxmemory-policy")
    except redis.ResponseError:  # a store that tells nobody its settings
        return
    except (redis.RedisError, ValueError, OSError) as error:
        said = " ".join(str(error).split())
        yield Fault(
            f"The store of CACHE_URL does not respond: {said}",
            "Correct CACHE_URL, or start it. Until then, each host makes every page itself.",
        )
        return
    if not is_same:
        yield Fault(
            "The store of CACHE_URL forgets at once what it is given.", "Look into its log."
        )
    if policy and not policy.startswith("allkeys"):
        yield warning(
            f"The store of CACHE_URL keeps what nobody uses (maxmemory-policy {policy}).",
            "Set maxmemory, and maxmemory-policy allkeys-lru, there.",
        )


def extras_are_whole():
    """Faults of optional packages that are there in part."""
    if find_spec("weasyprint"):
        try:
            import_module("weasyprint")
        except OSError as error:
            yield Fault(
                f"WeasyPrint is installed without what it needs of the system: {error}",
                "Install Pango (on Debian, libpangoft2-1.0-0), or uninstall weasyprint.",
            )
