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


def test_lists_and_help_need_no_settings():
    asked = [[], ["--help"], ["serve", "--help"]]
    code = f"from config import commands; [*map(commands.main, {asked})]"
    done = start(code, SECRET_KEY=None, DATABASE_URL=None, METRICS_PORT="1,000")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("  import  ") == 2
    assert f"of four threads each: {gunicorn.workers}." in done.stdout
    assert gunicorn.threads == 4


def test_a_word_that_is_none_is_told_with_the_nearest():
    done = findings("improt", SECRET_KEY=None)
    assert done.returncode == 1
    assert done.stderr == "There is no command “improt”. Did you mean “import”?\n"
    with pytest.raises(SystemExit) as ended:
        commands.main(["axes_rest"])
    assert ended.value.code == "There is no command “axes_rest”. Did you mean “axes_reset”?"


def test_settings_that_are_missing_are_told_in_a_sentence_in_a_checkout_too():
    manage = "import runpy, sys; sys.argv = ['manage.py', 'migrate']; "
    manage += "runpy.run_path('manage.py', run_name='__main__')"
    for done in (findings("migrate", SECRET_KEY=None), start(manage, SECRET_KEY=None)):
        assert done.returncode == 1
        assert done.stderr.startswith("SECRET_KEY is not set.")
        assert done.stderr.count("\n") == 1


def test_a_setting_that_is_no_number_is_told_in_a_sentence():
    done = findings("doctor", METRICS_PORT="1,000")
    assert done.stderr == "METRICS_PORT is “1,000”. Set it to a whole number.\n"


def test_a_server_without_settings_ends_with_a_sentence():
    done = findings("serve", SECRET_KEY=None)
    assert done.returncode != 0
    assert done.stderr.startswith("SECRET_KEY is not set.")
    assert done.stderr.count("\n") == 1


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


def work(code):
    """A command that does some work as ours do theirs."""
    return "-c", f"from config.local.run import *\ndef work(): {code}\nend_with_a_sentence(work)"


@pytest.mark.parametrize(
    "command",
    [
        ("-m", "config.commands"),
        ("manage.py", "diffsettings", "--output=unified"),  # more than a stream holds back
        work("print('Usage'); sys.exit(0)"),  # as --help of Django's does
    ],
)
def test_a_command_whose_reader_has_left_ends_with_1_and_says_nothing(command):
    done = unread(*command)
    assert (done.returncode, done.stderr) == (1, b"")


def test_one_whose_errors_nobody_reads_either_ends_with_1_too():
    done = unread(*work("print('An error.', file=sys.stderr)"), errors=subprocess.STDOUT)
    assert done.returncode == 1


def test_an_error_is_told_although_the_reader_has_left():
    done = unread(*work("print('A line.'); raise ImproperlyConfigured('It is wrong.')"))
    assert (done.returncode, done.stderr) == (1, b"It is wrong.\n")


def test_a_socket_that_breaks_is_no_reader_who_has_left():
    done = start(
        "import socket; from config.local.run import end_with_a_sentence\n"
        "ours, theirs = socket.socketpair(); theirs.close()\n"
        "end_with_a_sentence(lambda: ours.send(b'x'))"
    )
    assert done.returncode == 1
    assert done.stderr.endswith("BrokenPipeError: [Errno 32] Broken pipe\n")
