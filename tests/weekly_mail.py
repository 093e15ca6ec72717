"""Weekly mails: who gets one, what there is to tell, and how they are sent."""

from datetime import timedelta
from io import StringIO

from django.core.management import call_command
from django.utils import timezone

from forces.models import Organisation
from tests import accounts, factories

DAY = timedelta(days=1)


def member(name="editor", organisation=accounts.OWN, email=None):
    user = accounts.make(name, organisation)
    user.email = email or f"{name.replace(' ', '-')}@force.example"
    user.save()
    return user


def action_of(organisation=accounts.OWN, **fields):
    return factories.action.make(
        plan__organisation=Organisation.objects.get(slug=organisation),
        plan__inspection=None,
        **fields,
    )


def overdue(organisation=accounts.OWN, **fields):
    return action_of(
        organisation, due_on=timezone.localdate() - DAY, due_set_by="organisation", **fields
    )


def run(*arguments):
    out = StringIO()
    call_command("send_digest", *arguments, stdout=out, stderr=out)
    return out.getvalue()
