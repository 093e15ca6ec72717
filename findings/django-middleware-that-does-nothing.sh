#!/usr/bin/env bash
# Django on Python 3.11 or 3.12: a middleware that does nothing may make a page ask the system for memory 1,000 times.
#
# One would guess: a middleware that only passes requests on costs two calls a request, wherever it stands and whatever the
# page is.
# What happens: Python's frames live in pieces of 16 kB. Where the calls that a template makes in a loop happen to be the
# first in the next piece, each takes a piece from the system, touches it for the first time and gives it back. How deep a
# page is called decides that: by one middleware more, or another server's thread, one page becomes dearer (a sixth, of one
# of 4 ms) and another cheaper, and a profile shows nothing, for no function takes longer. What helps is a function with a
# large co_stacksize where the thread begins: it takes a piece in whose rest all other calls find room.
# Seen with Django 5.2.19 on Python 3.11, on 30 November 2026. CPython's issue 142183 tells of the cause, and mends it in
# later releases.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps django==5.2.19 asgiref==3.13.0 sqlparse==0.6.1

cat > depths.py <<'PY'
import resource
import sys
import threading
from wsgiref.util import setup_testing_defaults

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.template import engines
from django.urls import path

PAGE = "{% for number in numbers %}{% if number %}{{ number|add:1|stringformat:'05d' }}{% endif %}{% endfor %}"


def passes_on(get_response):
    return lambda request: get_response(request)


def page(request):
    return HttpResponse(engines["django"].from_string(PAGE).render({"numbers": range(200)}))


urlpatterns = [path("", page)]
settings.configure(
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
)
django.setup()


def pages_of_memory(middlewares):
    """How many pages of memory one response takes, behind so many middlewares."""
    settings.MIDDLEWARE = [f"{__name__}.passes_on"] * middlewares
    site, environ = WSGIHandler(), {}
    setup_testing_defaults(environ)

    def ask():
        return b"".join(site(dict(environ), lambda *head: None))

    for _ in range(3):
        ask()
    before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
    for _ in range(10):
        ask()
    return (resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before) / 10


def with_room(work, *args):
    work(*args)


with_room.__code__ = with_room.__code__.replace(co_stacksize=70_000)


def by_middlewares(*entry):
    """By number of middlewares, the pages of memory that a response takes in a thread."""
    found = []

    def look():
        found.extend(pages_of_memory(number) for number in range(80))

    thread = threading.Thread(target=entry[0] if entry else look, args=[look] if entry else [])
    thread.start()
    thread.join()
    return found


plain, roomy = by_middlewares(), by_middlewares(with_room)
print(f"Django {django.__version__}, Python {sys.version.split()[0]}")
print(f"pages of memory a response, behind 0 to 79 middlewares: {min(plain):.0f} to {max(plain):.0f}")
print("the dearest:", ", ".join(f"{plain[n]:.0f} behind {n}" for n in sorted(range(80), key=plain.__getitem__)[:-5:-1]))
print(f"with a large piece of stack: {min(roomy):.0f} to {max(roomy):.0f}")
sys.exit(not (min(plain) < 20 and max(plain) > 100 and max(roomy) < 20))
PY
venv/bin/python depths.py
