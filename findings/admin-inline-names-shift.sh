#!/usr/bin/env bash
# Django's admin names the parts of a row by their place, not by their key.
#
# One would guess: when a form with inline parts comes back with an error, each part's heading and its "Delete" box
# belong to the row whose key stands in that part.
# What happens: if somebody else deleted one of the parts since the form was opened, every part after it is headed by
# the name of the next row, and its hidden key is still its own. Ticking "Delete" beside the name "Bravo" is sent for
# the part "Alpha". The admin pairs the forms that were sent with the rows that are left, one by one, with zip().
# Seen with Django 5.2.9 on Python 3.11, on 29 November 2026.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check django==5.2.9

cat > site_of_one_page.py <<'PY'
import re
import sys

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="none", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
                    "django.contrib.messages"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware",
                "django.contrib.messages.middleware.MessageMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {"context_processors": [
        "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages"]}}],
)
django.setup()

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, models
from django.test import Client
from django.urls import path


class Shelf(models.Model):
    label = models.CharField(max_length=20)

    class Meta:
        app_label = "auth"


class Book(models.Model):
    shelf = models.ForeignKey(Shelf, models.CASCADE)
    title = models.CharField(max_length=20)

    class Meta:
        app_label = "auth"
        ordering = ["title"]

    def __str__(self):
        return self.title


class Books(admin.StackedInline):
    model = Book
    extra = 0


class ShelfAdmin(admin.ModelAdmin):
    inlines = [Books]


admin.site.register(Shelf, ShelfAdmin)
urlpatterns = [path("admin/", admin.site.urls)]

call_command("migrate", verbosity=0)
with connection.schema_editor() as editor:
    editor.create_model(Shelf)
    editor.create_model(Book)
shelf = Shelf.objects.create(label="one")
books = [Book.objects.create(shelf=shelf, title=title) for title in ("Alpha", "Bravo", "Charlie")]
opened = {"label": "", "book_set-TOTAL_FORMS": 3, "book_set-INITIAL_FORMS": 3}  # an empty label is the error
for n, book in enumerate(books):
    opened |= {f"book_set-{n}-id": book.pk, f"book_set-{n}-shelf": shelf.pk, f"book_set-{n}-title": book.title}
books[0].delete()

client = Client()
client.force_login(User.objects.create_superuser("someone"))
page = client.post(f"/admin/auth/shelf/{shelf.pk}/change/", opened).content.decode()
headings = re.findall(r'class="inline_label">([^<]*)<', page)
keys = re.findall(r'name="book_set-\d-id" value="(\d+)"', page)
titles = {"1": "Alpha (deleted)", "2": "Bravo", "3": "Charlie"}
pairs = [(heading, titles[key]) for heading, key in zip(map(str.strip, headings), keys)]
for heading, own in pairs:
    print(f"headed {heading!r:10} but its hidden key is that of {own!r}")
sys.exit(pairs[:2] != [("Bravo", "Alpha (deleted)"), ("Charlie", "Bravo")])
PY
venv/bin/python site_of_one_page.py
echo "As told above."
