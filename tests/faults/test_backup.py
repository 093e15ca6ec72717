"""A backup that is made while editors save holds one moment, and comes back as it was."""

import hashlib
import time
from pathlib import Path
from threading import Event, Thread

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from config.backups import making
from findings.models import Action, Evidence, Theme
from lib.data_sets.making import make_data_set
from lib.data_sets.models import DataSet, path_of
from tests import accounts, crawl
from tests.backups import connected_to, run_command
from tests.evidence_files import handed_over, kept, pdf, record

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]
FEWEST = 3  # times that each has saved before the backup begins


class Editors:
    """People who save without a pause until told to stop: each says how often so far."""

    def __init__(self, *works):
        self.stopped, self.saved, self.errors = Event(), dict.fromkeys(works, 0), []
        self.threads = [Thread(target=self.go_on, args=[work]) for work in works]

    def go_on(self, work):
        try:
            while not self.stopped.is_set():
                work(self.saved[work])
                self.saved[work] += 1
                time.sleep(0.02)
        except Exception as error:
            self.errors.append(error)
        finally:
            connection.close()

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        while min(self.saved.values()) < FEWEST and not self.errors:
            time.sleep(0.01)
        return self

    def __exit__(self, *_):
        self.stopped.set()
        for thread in self.threads:
            thread.join()


def rename_theme(number):
    Theme.objects.filter(slug="workforce").update(name=f"Workforce, name {number}")


def replace_public_evidence(number):
    """A new file comes, and the one before it goes with its row."""
    action = Action.objects.get(plan__slug="gloucestershire-reported-steps", number=4)
    new = kept(action=action, is_public=True, content=pdf(length=5_000 + number))
    for piece in action.evidence.exclude(pk=new.pk):
        piece.delete()


def record_progress():
    """What an editor does on the pages: a draft with a file, again and again."""
    client = Client()
    action = Action.objects.get(plan__slug="gloucestershire-reported-steps", number=5)
    accounts.sign_in(client, "editor")

    def work(number):
        file = handed_over(content=pdf(length=5_000 + number))
        assert record(client, action, file).status_code == 200

    return work


def pages_now(at):
    """What every public page shows, and each chart on them leads to, within one moment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(crawl, "AT", at)
        answers = crawl.Crawl().pages
    return {address: (page.status_code, crawl.unpacked(page)) for address, page in answers.items()}


def test_every_page_is_as_it_was_at_the_moment_of_the_backup(
    tmp_path, monkeypatch, empty_database, fault_table
):
    at, origin, usual = timezone.now(), {}, making.write_database
    make_data_set()

    def write_database(*args):
        """Within the snapshot, which this thread's pages read too."""
        origin.update(pages_now(at))
        usual(*args)

    monkeypatch.setattr(making, "write_database", write_database)
    with Editors(rename_theme, replace_public_evidence, record_progress()) as editors:
        before = dict(editors.saved)
        call_command("backup", tmp_path / "backups")
        during = [editors.saved[work] - before[work] for work in before]
    assert not editors.errors
    assert min(during) > 0
    (folder,) = (tmp_path / "backups").iterdir()

    elsewhere = tmp_path / "elsewhere"
    code, said = run_command("restore", folder, database=empty_database, evidence=elsewhere)
    assert (code, said.count("\n")) == (0, 2), said
    with connected_to(empty_database):
        with transaction.atomic():
            restored = pages_now(at)
        assert restored.keys() == origin.keys()
        assert [address for address in origin if origin[address] != restored[address]] == []
        assert len(origin) > 100
        hashes = {
            **dict(Evidence.objects.exclude(file="").values_list("file", "sha256")),
            **{
                f"data-sets/{path_of(file.name)}": file.sha256
                for data_set in DataSet.objects.all()
                for file in data_set.data_files
            },
        }
    found = {
        path.relative_to(elsewhere).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in Path(elsewhere).rglob("*")
        if path.is_file()
    }
    assert found == hashes
    assert len(found) > FEWEST
    assert Client().get("/themes/workforce/").content != origin["/themes/workforce/"][1]
    fault_table(
        f"A backup while editors save ({sum(during)} times), restored elsewhere",
        f"{len(origin)} pages, each as it was at the moment of the backup",
        "nothing",
        f"{len(found)} files, just those of its rows, each with its SHA-256",
    )
