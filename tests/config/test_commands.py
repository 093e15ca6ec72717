"""The command `findings`, as a person meets it who has read nothing."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import get_commands

from config import commands, gunicorn
from tests.settings_anew import start

ROOMS = {"config", "lib", "forces", "inspections", "findings"}


def findings(*words, **environment):
    """How `findings` and some words end in a process of their own."""
    return start(f"from config import commands; commands.main({list(words)})", **environment)


def test_it_lists_every_command_of_ours_with_a_sentence_and_none_that_is_not_there():
    there = get_commands()
    ours = {name for name, app in there.items() if app.partition(".")[0] in ROOMS}
    listed = {commands.MODULES.get(name, name) for name in commands.OURS} - {"run", "serve"}
    assert ours <= listed <= set(there)
    assert all(sentence.endswith(".") for sentence in commands.OURS.values())


@pytest.mark.parametrize("words", [[], ["--help"]])
def test_the_list_needs_no_settings(words):
    done = findings(*words, SECRET_KEY=None, DATABASE_URL=None)
    assert (done.returncode, done.stderr) == (0, "")
    assert "  import  " in done.stdout


def test_a_word_that_is_none_is_told_with_the_nearest():
    done = findings("improt", SECRET_KEY=None)
    assert done.stderr == "There is no command “improt”. Did you mean “import”?\n"
    done = findings("axes_rest")
    assert done.stderr == "There is no command “axes_rest”. Did you mean “axes_reset”?\n"
    assert done.returncode == 1


def test_settings_that_are_missing_are_told_in_a_sentence_in_a_checkout_too():
    manage = "import runpy, sys; sys.argv = ['manage.py', 'migrate']; "
    manage += "runpy.run_path('manage.py', run_name='__main__')"
    for done in (findings("migrate", SECRET_KEY=None), start(manage, SECRET_KEY=None)):
        assert done.returncode == 1
        assert done.stderr.startswith("SECRET_KEY is not set.")
        assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["METRICS_PORT", "EVIDENCE_MB"])
def test_a_setting_that_is_no_number_is_told_in_a_sentence(name):
    done = findings("doctor", **{name: "1,000"})
    assert done.stderr == f"{name} is “1,000”. Set it to a whole number.\n"
    assert findings("--help", **{name: "1,000"}).returncode == 0


def test_a_server_without_settings_ends_with_a_sentence_and_its_help_needs_none():
    done = findings("serve", SECRET_KEY=None)
    assert done.returncode != 0
    assert done.stderr.startswith("SECRET_KEY is not set.")
    assert done.stderr.count("\n") == 1
    done = findings("serve", "--help", SECRET_KEY=None)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"of four threads each: {gunicorn.workers}." in done.stdout
    assert gunicorn.threads == 4


def test_a_name_that_people_guess_leads_to_the_command(capsys):
    with pytest.raises(SystemExit) as ended:
        commands.main(["import", "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("usage: findings import_data ")


def unread(*command, errors=subprocess.PIPE):
    """How a command ends that writes to a pipe whose reader has left, as `head` does."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        return subprocess.run(
            [sys.executable, *command],
            cwd=settings.BASE_DIR,
            env=os.environ | {"PYTHONUNBUFFERED": ""},
            stdout=writer,
            stderr=errors,
        )
    finally:
        os.close(writer)


@pytest.mark.parametrize(
    "command",
    [
        ("-m", "config.commands"),  # which needs no settings
        ("-m", "config.commands", "diffsettings", "--all"),  # more than a stream holds back
        ("manage.py", "diffsettings", "--output=unified"),
        ("manage.py", "doctor", "--help"),
    ],
)
def test_a_command_whose_reader_has_left_ends_with_1_and_says_nothing(command):
    done = unread(*command)
    assert (done.returncode, done.stderr) == (1, b"")


def test_one_whose_errors_nobody_reads_either_ends_with_1_too():
    assert unread("manage.py", "startproject", "1", errors=subprocess.STDOUT).returncode == 1


def test_an_error_is_told_although_the_reader_has_left():
    work = "print('A line.'); raise ImproperlyConfigured('It is wrong.')"
    code = "from config.local.run import *\ndef work(): " + work + "\nend_with_a_sentence(work)"
    done = unread("-c", code)
    assert (done.returncode, done.stderr) == (1, b"It is wrong.\n")


def test_a_socket_that_breaks_is_no_reader_who_has_left():
    done = start(
        "import socket; from config.local.run import end_with_a_sentence\n"
        "ours, theirs = socket.socketpair(); theirs.close()\n"
        "end_with_a_sentence(lambda: ours.send(b'x'))"
    )
    assert done.returncode == 1
    assert done.stderr.endswith("BrokenPipeError: [Errno 32] Broken pipe\n")
