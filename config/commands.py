"""The command `findings`, which pip installs: the site's own commands, and Django's."""

import difflib
import os
import sys

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line, get_commands

from .local import run
from .locations import IS_CHECKOUT
from .version import VERSION

# What people look for first, by subject, a sentence each.
GROUPS = {
    "Run the site": {
        "run": "Serve the site on this machine, with a PostgreSQL and the facts that it brings.",
        "serve": "Serve the site in production, on the database of DATABASE_URL.",
    },
    "Set it up, and keep it well": {
        "check": "Look for settings that cannot be right; --deploy looks for unsafe ones.",
        "doctor": "Check the whole installation, and say what is wrong and how to fix it.",
        "migrate": "Create the database’s tables, or update them to this version.",
        "collectstatic": "Put style sheets and scripts where the site serves them from.",
        "createsuperuser": "Make the first account.",
        "password_link": "Print a link by which somebody chooses a new password, once.",
        "backup": "Copy the database and stored files, as at one moment, into one folder.",
        "restore": "Put a backup back into an empty database.",
        "clearsessions": "Remove sessions that have ended.",
    },
    "Put data in and take it out": {
        "import": "Say what files, or --facts, would change; with --commit, import them.",
        "export": "Write what is stored as files that can be imported.",
        "make_data_set": "Make the files of the page of open data, if anything has changed.",
        "sweep_evidence": "Compare files of evidence with what the database says of them.",
        "make_synthetic_region": "Add a region that does not exist, to show, test or measure with.",
        "demo_accounts": "Make accounts to try out each role; never use it in production.",
    },
    "Send mail": {
        "send_digest": "Mail staff what changed and what waits for them.",
        "send_alerts": "Mail readers what changed on the pages that they follow.",
    },
}
OURS = {name: sentence for group in GROUPS.values() for name, sentence in group.items()}
# Where the name that people guess is not the module's.
MODULES = {"import": "import_data", "export": "export_data"}
HELP = ("help", "--help", "-h")
# gunicorn's own help names defaults that the site does not have.
OPTIONS = """  --bind ADDRESS:PORT    Where it listens: 127.0.0.1:8000, or every address at PORT.
  --workers NUMBER       How many processes, of four threads each: 2.

Every other option of gunicorn is there too; GUNICORN_CMD_ARGS may hold them."""


def main(words=None):
    """Run the command that the words after `findings` name; what goes wrong there by the settings
    or the database ends it with a sentence."""
    words = sys.argv[1:] if words is None else words
    run.end_with_a_sentence(lambda: perform(*words or HELP[:1]))


def perform(name, *rest):
    """Do what a command's name says, or print what is asked about it."""
    if name in HELP and rest:
        name, rest = rest[0], ["--help"]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if name in HELP:
        print(overview())
    elif name == "--version":
        print(VERSION)
    elif name == "run" and not rest:
        run.start(run.main)
    elif name == "run":
        print(f"Usage: findings run\n\n{OURS[name]}\nIts settings are PORT and DATA_DIR.")
    elif name == "serve" and any(word in HELP for word in rest):
        print(f"Usage: findings serve [OPTION…]\n\n{OURS[name]}\n\n{OPTIONS}")
    elif name == "serve":
        serve(rest)
    else:
        call(name, rest)


def overview():
    """The commands by subject, with a sentence each."""
    lines = ["Usage: findings COMMAND, or findings COMMAND --help", ""]
    for group, commands in GROUPS.items():
        lines += [group, *(f"  {name:<23}{told}" for name, told in commands.items()), ""]
    return "\n".join([*lines, "You can also use every Django command, such as dbshell and shell."])


def serve(arguments):
    """Become the web server, with arguments of its own; PORT alone listens on every address."""
    # Where pip installed us, a folder `config` in which somebody starts this means nothing.
    options = [] if IS_CHECKOUT else ["-P"]
    gunicorn = ["-m", "gunicorn", "-c", "python:config.gunicorn"]
    os.execv(sys.executable, [sys.executable, *options, *gunicorn, *arguments])


def call(name, arguments):
    """Call a command of Django's or ours; end with a sentence if there is none of this name."""
    if not (name in OURS or name.startswith("-")):
        require_command(name)
    execute_from_command_line(["findings", MODULES.get(name, name), *arguments])


def require_command(name):
    """End with the nearest name if neither Django nor an app has a command of this one."""
    near = difflib.get_close_matches(name, OURS, n=1)
    try:
        django.setup()
    except ImproperlyConfigured:
        if not near:  # it may be the command of an app, which cannot be known now
            raise
    known = get_commands()
    if name not in known:
        near = near or difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean “{near[0]}”?" if near else "`findings` lists them."
        sys.exit(f"There is no command “{name}”. {hint}")


if __name__ == "__main__":
    main()
