"""A data set of the core facts and of what is hard to write or must not show, made once."""

import io
import zipfile
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest
from django.db import transaction
from django.utils import timezone

from findings.choices import ActionStatus
from findings.models import Action, Finding
from forces.models import Organisation
from inspections.choices import Precision
from inspections.models import Inspection
from lib.data_sets.making import make_data_set
from lib.data_sets.models import DataSet, path_of, storage
from tests import factories
from tests.embargoed import make_embargoed

# What programs take for a number, a formula, several lines, a missing value or another column.
HARD = '=1+1, “so”\n"quoted"; NA'


class MadeFiles(NamedTuple):
    """A data set, and the bytes of its files by format."""

    data_set: DataSet
    files: dict[str, bytes]

    def open(self, file_format):
        return zipfile.ZipFile(io.BytesIO(self.files[file_format]))

    def extract(self, file_format, folder):
        self.open(file_format).extractall(folder)
        return Path(folder)


def make_hard_rows():
    """Rows that readers of data stumble over, and everything that is not public."""
    make_embargoed(None)
    dorset = Organisation.objects.get(slug="dorset")
    inspection = Inspection.objects.get(slug="soc-south-west-2025")
    finding = factories.finding.make(inspection=inspection, reference="007", summary=HARD)
    finding.organisations.add(dorset)
    finding.themes.set(Finding.objects.get(reference="F1").themes.all())
    factories.alias.make(organisation=dorset, name="NA", valid_to=date(1829, 9, 29))
    factories.monitoring_event.make(
        organisation=dorset, happened_on=date(2022, 7, 1), precision=Precision.MONTH
    )
    action = Action.objects.filter(plan__slug="gloucestershire-rapid-improvement-plan").first()
    sergeant = factories.staff.make(username="unheard-of-sergeant")
    update = factories.reported(action, ActionStatus.EMBEDDING, HARD, sergeant, timezone.now())
    factories.due_date_change.make(action=action, by=sergeant, was_on=date(2025, 9, 1))
    factories.evidence.make(action=action, title="Minutes", is_public=True)
    factories.evidence.make(action=None, update=update, title="numbatminutes", is_public=False)
    factories.draft.make(action=action, note="numbatdraft")


@pytest.fixture(scope="session")
def made(django_db_setup, django_db_blocker):
    """The files of a data set; its rows are taken back."""
    with django_db_blocker.unblock(), transaction.atomic():
        make_hard_rows()
        data_set = make_data_set().data_set
        transaction.set_rollback(True)
    files = {}
    for file in data_set.data_files:
        with storage().open(path_of(file.name)) as kept:
            files[file.format] = kept.read()
    return MadeFiles(data_set, files)
