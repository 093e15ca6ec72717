#!/usr/bin/env bash
# Django's incr() gives a counter in a database or file cache five minutes more, whenever it ends.
#
# One would guess: cache.add("count", 0, timeout=3600) and then cache.incr("count") count within one hour, as they do in
# memory, in Redis and in memcached: incr() changes the value and leaves alone when it ends.
# What happens: caches without an incr() of their own (database, files) read the value and set() it anew, with the default
# of five minutes. A limit of so many an hour becomes one of so many in five minutes after the last; a counter with
# timeout=None, meant to stay, ends too. Code that was tried with the cache in memory changes its meaning with a setting.
# Seen with Django 5.2.8 on Python 3.11, on 30 November 2026.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check Django==5.2.8

cat > ends.py <<'PY'
import sys
import time
from unittest import mock

import django
from django.conf import settings

PLACES = {
    "memory": ("locmem.LocMemCache", "counters"),
    "database": ("db.DatabaseCache", "counters"),
    "files": ("filebased.FileBasedCache", "counters"),
}
settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "counters.sqlite3"}},
    CACHES={
        name: {"BACKEND": f"django.core.cache.backends.{backend}", "LOCATION": place}
        for name, (backend, place) in PLACES.items()
    }
    | {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}},
    USE_TZ=True,
)
django.setup()

from django.core.cache import caches  # noqa: E402
from django.core.management import call_command  # noqa: E402

call_command("createcachetable", verbosity=0)
now, kept = time.time(), {}
for name in PLACES:
    cache = caches[name]
    cache.add("count", 0, timeout=3600)
    cache.incr("count")
    with mock.patch("time.time", lambda: now + 600), mock.patch(
        "django.core.cache.backends.db.tz_now",
        lambda: django.utils.timezone.datetime.fromtimestamp(now + 600, django.utils.timezone.get_default_timezone()),
    ):
        kept[name] = cache.get("count")
    print(f"{name}: of an hour, ten minutes later the count is {kept[name]}")
sys.exit(kept != {"memory": 1, "database": None, "files": None})
PY
venv/bin/python ends.py
