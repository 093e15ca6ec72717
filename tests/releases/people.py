"""`python -m tests.releases.people`: what people who do not exist write into a database."""

import django

django.setup()

# Models can be loaded only from here on.
from django.conf import settings  # noqa: E402
from django.test import Client, override_settings  # noqa: E402
from django.utils import timezone  # noqa: E402

from findings.choices import ProposalState  # noqa: E402
from findings.models import Action  # noqa: E402
from lib.data_sets.making import make_data_set  # noqa: E402
from tests import accounts, factories, followers  # noqa: E402
from tests.evidence_files import PDF, PNG, kept  # noqa: E402
from tests.workflow_steps import in_state  # noqa: E402


def write():
    """Accounts in every role, a row of every model, progress in every state, evidence with files,
    a follower, a cited page and a data set."""
    for name in ("superuser", "steward", "auditor", "editor", "approver", "viewer"):
        accounts.make(name)
    accounts.rows()
    for state in ProposalState.values:
        in_state(factories.action_in(), state)
    action = Action.objects.get(plan__slug="gloucestershire-reported-steps", number=5)
    kept(action=action, content=PDF, is_public=True)
    kept(factories.update.make(action=action), content=PNG, name="picture.png")
    followers.follow("/regions/south-west/", timezone.now())
    cited = Client(headers={"host": "localhost"}).post("/cite/", {"address": "/themes/workforce/"})
    assert cited.status_code == 302
    make_data_set()


if __name__ == "__main__":
    plainly = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        STORAGES=settings.STORAGES | {"staticfiles": plainly},
    ):
        write()
