"""Members of staff for tests, with the groups that the site itself gives them, and a row of every model for them to meet."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group

from forces.choices import Role
from forces.management.commands.demo_accounts import make_account
from forces.models import Organisation

from . import factories

PASSWORD = "only for tests"
MEMBERSHIPS = {
    "editor": ("Progress editors", Role.EDITOR, "gloucestershire"),
    "other editor": ("Progress editors", Role.EDITOR, "avon-and-somerset"),
    "steward": ("Data stewards", Role.DATA_STEWARD, None),
}


def make(role):
    """A member of staff: one of those above, "nobody" without a group, or "superuser"."""
    if role in MEMBERSHIPS:
        group, held, slug = MEMBERSHIPS[role]
        make_account(role, group, held, slug and Organisation.objects.get(slug=slug))
        user = get_user_model().objects.get(username=role)
        user.set_password(PASSWORD)
        user.save()
        return user
    create = get_user_model().objects.create_superuser if role == "superuser" else get_user_model().objects.create_user
    return create(role, password=PASSWORD, **({} if role == "superuser" else {"is_staff": True}))


def sign_in(client, role):
    user = make(role)
    client.force_login(user)
    return user


def rows(quantity=1):
    """At least so many rows of every model that the facts do not fill by themselves."""
    for recipe in (
        factories.region,
        factories.alias,
        factories.membership,
        factories.source,
        factories.question,
        factories.grading_citation,
        factories.visit,
        factories.response,
        factories.evidence,
        factories.confirmation,
    ):
        for _ in range(quantity):
            recipe.make()
    for n in range(quantity):
        Group.objects.create(name=f"Made-up group {n}")
        finding = factories.finding.make()
        finding.organisations.set(Organisation.objects.all()[: n + 1])
        finding.themes.set([factories.theme.make()])
        update = factories.update.make(action__number=1)
        factories.evidence.make(action=None, update=update)
