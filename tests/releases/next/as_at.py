"""A view more of the past, so that all are made anew."""

from django.contrib.auth.models import Group

from lib.as_at import tables

tables.register(Group)
