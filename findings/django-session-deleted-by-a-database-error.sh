#!/usr/bin/env bash
# Any error of the database while Django saves a session is told to the visitor as "session deleted", with status 400.
#
# One would guess: a database that is full, read-only, locked or gone is the server's fault wherever it is met: an
# OperationalError, a 5xx, an entry in the log of errors, and whatever watches for these says that the database fails.
# What happens: the database backend of sessions turns every DatabaseError of an update into UpdateError, which also means
# that the row is not there any more; the middleware turns that into SessionInterrupted, a BadRequest. The visitor reads
# that they may have signed out; the log has a client's error without the database's words, and no alarm goes off. Only a
# session that is new fails as one would guess.
# Seen with Django 5.2.8 on Python 3.11, on 30 November 2026.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check Django==5.2.8

cat > sessions.py <<'PY'
import logging
import sys

import django
from django.conf import settings
from django.http import HttpResponse
from django.urls import path


def count(request):
    request.session["visits"] = request.session.get("visits", 0) + 1
    return HttpResponse(request.session["visits"])


urlpatterns = [path("", count)]
logging.disable()  # the tracebacks are not needed here
settings.configure(
    ALLOWED_HOSTS=["testserver"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="only for this script",
    INSTALLED_APPS=["django.contrib.sessions"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "sessions.sqlite3"}},
    LOGGING_CONFIG=None,
)
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

call_command("migrate", verbosity=0)
visitor = Client(raise_request_exception=False)
statuses = {"a database that writes": visitor.get("/").status_code}
with connection.cursor() as cursor:
    cursor.execute("PRAGMA query_only = ON")
statuses["read-only, a session that is there"] = visitor.get("/").status_code
statuses["read-only, a new session"] = Client(raise_request_exception=False).get("/").status_code
for case, status in statuses.items():
    print(f"{case}: {status}")
sys.exit(list(statuses.values()) != [200, 400, 500])
PY
venv/bin/python sessions.py
