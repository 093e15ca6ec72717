"""The page on which those who look after the site see how it is."""

import re

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.urls import reverse
from django.utils import timezone

from config.backups.models import Backup
from config.observability import regular_work, system
from lib.observability.models import CommandRun
from tests import accounts
from tests.pages import elements

pytestmark = pytest.mark.django_db


@pytest.fixture
def see(client):
    accounts.sign_in(client, "superuser")
    return lambda: client.get(reverse("admin:system"))


def lines_of(shown):
    parts = shown.context["parts"]
    return {line.name: line for part in parts for line in part.lines}


def test_all_parts_show_with_few_queries(see, django_assert_max_num_queries):
    see()
    with django_assert_max_num_queries(50):  # and four for each part, which is read by itself
        shown = see()
    assert [part.title for part in shown.context["parts"]] == list(system.PARTS)
    assert not [part.error for part in shown.context["parts"] if part.error]
    lines = lines_of(shown)
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        assert lines["PostgreSQL"].value == cursor.fetchone()[0]
    assert re.fullmatch(r"\d+\.\d+.*", lines["This site"].value)
    assert lines["Migrations that have not been applied"].value == "none"
    assert lines["send_digest"].value == "not needed: EMAIL_HOST names no mail server"
    headings = [element.text.strip() for element in elements(shown, "th")]
    assert set(lines) <= set(headings)


def test_a_part_that_fails_or_takes_too_long_says_so_and_the_others_show(see, monkeypatch):
    def fails(at):
        yield system.Line("Half", "of it")
        system.value_of("SELECT secret FROM nowhere")

    def sleeps(at):
        system.value_of("SELECT pg_sleep(60)")

    monkeypatch.setattr(system, "LONGEST_PART", "100ms")
    monkeypatch.setitem(system.PARTS, "Pages and charts", fails)
    monkeypatch.setitem(system.PARTS, "Database", sleeps)
    shown = see()
    errors = {part.title: part.error for part in shown.context["parts"] if part.error}
    assert errors == {
        "Pages and charts": "This could not be read (ProgrammingError). The log says why.",
        "Database": "This could not be read (OperationalError). The log says why.",
    }
    assert "secret" not in shown.content.decode()
    assert "Last import" in lines_of(shown)
    monkeypatch.setattr(system, "LONGEST_PAGE", -1)
    assert {part.error for part in see().context["parts"]} == {
        "This was left out because the other parts took too long."
    }


def test_the_last_run_of_a_command_shows_and_whether_it_is_late_or_failed(
    see, settings, mailoutbox
):
    settings.EMAIL_HOST = "mail.example"
    assert lines_of(see())["send_digest"] == ("send_digest", "has never run", True)
    call_command("send_digest", dry_run=True)
    runs = CommandRun.objects.filter(command="send_digest")
    assert not runs.exists()  # it only tried
    call_command("send_digest")
    line = lines_of(see())["send_digest"]
    assert line.value.endswith(": 0 mails sent.")
    assert not line.is_fault
    long_ago = timezone.now() - regular_work.REGULAR["send_digest"] - 2 * regular_work.MARGIN
    runs.update(ended_at=long_ago)
    line = lines_of(see())["send_digest"]
    assert ", late: 0 mails sent." in line.value
    assert line.is_fault


def test_a_backup_that_is_late_or_lacks_files_is_a_fault(see):
    assert lines_of(see())["Last backup"] == ("Last backup", "none has been made yet", True)
    made = Backup.objects.create(made_at=timezone.now(), name="one", size=2048, files=3, lost=0)
    lines = lines_of(see())
    assert lines["Last backup"].value.endswith(", 2.0\xa0KB")
    assert not lines["Last backup"].is_fault
    assert not lines["Stored files missing from it"].is_fault
    made.made_at -= regular_work.BACKUP_EVERY + 2 * regular_work.MARGIN
    made.lost = 1
    made.save()
    lines = lines_of(see())
    assert lines["Last backup"].value.endswith(", late")
    assert lines["Last backup"].is_fault
    assert lines["Stored files missing from it"] == ("Stored files missing from it", "1", True)


def test_a_run_that_fails_is_noted_in_our_own_words_alone(see, monkeypatch):
    with pytest.raises(CommandError) as raised:
        call_command("import_data", "nowhere.csv")
    line = lines_of(see())["import_data"]
    assert line.is_fault
    assert line.value.endswith(f", failed: {raised.value}")

    def fails(*args, **options):
        raise ValueError("a row’s own words")

    monkeypatch.setattr("lib.imports.management.commands.import_data.Command.handle", fails)
    with pytest.raises(ValueError, match="own words"):
        call_command("import_data", "nowhere.csv")
    assert lines_of(see())["import_data"].value.endswith(", failed: ValueError")


def test_a_run_that_cannot_be_noted_is_one_line_of_the_log(monkeypatch, caplog):
    def fails(*args, **options):
        raise DatabaseError("connection refused\n\tIs the server running?")

    monkeypatch.setattr(CommandRun.objects, "update_or_create", fails)
    with pytest.raises(CommandError):
        call_command("import_data", "nowhere.csv")
    (line,) = caplog.records
    assert line.getMessage().endswith("noted: connection refused Is the server running?")
    assert not line.exc_info
