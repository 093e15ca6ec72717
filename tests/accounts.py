"""Members of staff for tests, by the roles they hold, and a row of every model for them to meet."""

import time
from datetime import timedelta

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth import (
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    SESSION_KEY,
    get_user_model,
)
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from forces.choices import Role
from forces.models import Membership, Organisation

from . import factories

PASSWORD = "only for tests"
OWN, OTHER = "gloucestershire", "avon-and-somerset"
ROLES_EVERYWHERE = {"steward": Role.DATA_STEWARD, "auditor": Role.AUDITOR}


def make(name, organisation=OWN):
    """A member of staff, called what they are: "superuser", "nobody", "steward", "auditor", or a
    role in a body.

    Unless told, the body is Gloucestershire. An "other editor" is one of Avon and Somerset, a
    "past editor" was one until yesterday,
    and a "future editor" is one from tomorrow on.
    """
    create = (
        get_user_model().objects.create_superuser
        if name == "superuser"
        else get_user_model().objects.create_user
    )
    user = create(name, password=PASSWORD)
    if name not in ("superuser", "nobody"):
        when, _, role = name.rpartition(" ")
        give(
            user,
            ROLES_EVERYWHERE.get(role) or Role(role),
            None if role in ROLES_EVERYWHERE else OTHER if when == "other" else organisation,
            when,
        )
    return user


def give(user, role, organisation, when=""):
    """A membership, which is over where `when` is "past" and yet to come where it is "future"."""
    today = timezone.localdate()
    return Membership.objects.create(
        user=user,
        role=role,
        organisation=organisation and Organisation.objects.get(slug=organisation),
        starts_on=today + timedelta(days=1 if when == "future" else -30),
        ends_on=today if when == "past" else None,
    )


def sign_in(client, name, organisation=OWN):
    user = make(name, organisation)
    open_session(client, user)
    return user


def open_session(client, user):
    """Have a client in the session of somebody who has just signed in: without all that signing in
    does besides, which takes longer than most pages."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session["began_at"] = session["renewed_at"] = time.time()
    session.create()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key


def rows(quantity=1):
    """At least so many rows of every model that the facts do not fill by themselves."""
    for recipe in (
        factories.region,
        factories.alias,
        factories.membership,
        factories.source,
        factories.question,
        factories.grading_citation,
        factories.fieldwork,
        factories.response,
        factories.evidence,
        factories.due_date_change,
        factories.owner_change,
        factories.confirmation,
        factories.strand,
        factories.monitoring_event,
        factories.import_run,
    ):
        for _ in range(quantity):
            recipe.make()
    for n in range(quantity):
        finding = factories.finding.make()
        finding.organisations.set(Organisation.objects.all()[: n + 1])
        finding.themes.set([factories.theme.make()])
        update = factories.update.make(action__number=1)
        factories.evidence.make(action=None, update=update)
        Authenticator.objects.create(user=update.by, type="totp", data={})
        SocialAccount.objects.create(user=update.by, provider="organisation", uid=str(n))
