"""Rows of a database of a test's own, written and read in the process of the test: editors, the
actions that they report on, and what was saved."""

import contextlib

import dj_database_url
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection, connections
from django.test import Client

from tests import accounts, factories


@contextlib.contextmanager
def connected(address):
    """Have this process's connection be one to another database meanwhile."""
    usual = dict(connection.settings_dict)
    connections.close_all()
    connection.settings_dict.update(dj_database_url.parse(address))
    try:
        yield
    finally:
        connections.close_all()
        connection.settings_dict.clear()
        connection.settings_dict.update(usual)


def make_editors(count, actions, role="editor"):
    """So many people in a force of their own, with so many actions each that are in progress.

    Of each: their name, their session, and the keys of their actions with their public addresses.
    """
    force = factories.force.make(slug="busy-force", name="Busy Force")
    plan = factories.plan.make(organisation=force)
    people = []
    for place in range(count):
        user = get_user_model().objects.create_user(f"editor-{place}")
        accounts.give(user, role, force.slug)
        numbers = range(place * actions + 1, (place + 1) * actions + 1)
        rows = [
            factories.action.make(plan=plan, number=number, status="in_progress")
            for number in numbers
        ]
        keys = [(row.pk, row.get_absolute_url()) for row in rows]
        people.append((user.username, session_of(user), keys))
    return people


def session_of(user):
    """The session of somebody who has just signed in."""
    client = Client()
    accounts.open_session(client, user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value
