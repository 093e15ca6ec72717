"""Which data `make run` goes on with: those of 1.0 and later, migrated on."""

import pytest
from django.db.migrations.recorder import MigrationRecorder

from config.local import folders, run

pytestmark = pytest.mark.django_db


def refusal(folder):
    with pytest.raises(folders.StartupError) as refused:
        run.refuse_other_layout(folder)
    return str(refused.value)


def test_data_from_before_1_0_are_refused_and_later_ones_are_not(tmp_path):
    older = f"The data in {tmp_path} is in the layout of an earlier version, which this one cannot"
    assert refusal(tmp_path).startswith(older)  # the first versions wrote no note
    (tmp_path / "layout").write_text("a hash of the migrations, which were rewritten until 1.0")
    assert refusal(tmp_path).startswith(older)
    (tmp_path / "layout").write_text(run.LAYOUT)
    run.refuse_other_layout(tmp_path)


def test_data_of_a_later_version_are_refused_with_its_first_migration(tmp_path, db):
    (tmp_path / "layout").write_text(run.LAYOUT)
    MigrationRecorder.Migration.objects.create(app="findings", name="0999_later")
    assert "migrated by a later version of the site (findings.0999_later)" in refusal(tmp_path)


def test_an_empty_database_gets_the_note_of_1_0(tmp_path, monkeypatch):
    monkeypatch.setattr(run.connection.introspection, "table_names", list)
    run.refuse_other_layout(tmp_path)
    assert (tmp_path / "layout").read_text() == "1.0"
