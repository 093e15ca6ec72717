"""The virus scanner: a command that each file of evidence is given to."""

import sys

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from findings import scanner
from findings.files import inspect_upload

# A harmless stand-in: it refuses a file that holds a word, and takes as long as another says.
STAND_IN = """
import sys, time
content = sys.stdin.buffer.read()
if b"slow" in content:
    time.sleep(30)
sys.exit(b"infected" in content)
"""


@pytest.fixture
def stand_in(settings, tmp_path):
    script = tmp_path / "scanner; true.py"  # no shell reads its name
    script.write_text(STAND_IN)
    settings.EVIDENCE_SCANNER = [sys.executable, str(script)]


def upload(content):
    return SimpleUploadedFile("note.txt", content)


def test_a_file_is_kept_if_and_only_if_the_scanner_passes_it_in_time(stand_in, monkeypatch, caplog):
    clean = upload(b"Harmless.")
    assert inspect_upload(clean).size == 9
    assert clean.read() == b"Harmless."
    with pytest.raises(ValidationError, match="The virus scanner did not pass the file"):
        inspect_upload(upload(b"infected"))
    monkeypatch.setattr(scanner, "LONGEST_SCAN", 0.5)
    with pytest.raises(ValidationError, match="The virus scanner could not check the file"):
        inspect_upload(slow := upload(b"slow"))
    assert slow.fault_was_ours  # so its form offers it again
    assert "infected" not in caplog.text


@pytest.mark.parametrize("command", [["no-such-scanner"], ["/"]])
def test_a_scanner_that_is_not_there_refuses_every_file(settings, command):
    settings.EVIDENCE_SCANNER = command
    with pytest.raises(ValidationError, match="could not check the file"):
        inspect_upload(upload(b"Harmless."))


def test_without_a_scanner_files_are_kept(settings):
    settings.EVIDENCE_SCANNER = []
    assert inspect_upload(upload(b"infected")).size == 8
