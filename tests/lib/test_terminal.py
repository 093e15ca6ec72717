"""What commands print of other people's words steers no terminal."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command, get_commands, load_command_class

from lib.terminal import TerminalCommand

HOSTILE = "a\x1b]0;b\x07\r\n\u202ec\x9b2J\udc80é–📄"
ESCAPED = r"a\x1b]0;b\x07\r\n\u202ec\x9b2J\udc80é–📄"


def test_every_command_of_ours_escapes_what_it_quotes_and_keeps_its_lines():
    ours = {
        name: load_command_class(app, name)
        for name, app in get_commands().items()
        if app in ("findings", "forces", "inspections", "lib.audit", "lib.forms", "lib.imports")
    }
    assert len(ours) >= 6
    assert all(isinstance(command, TerminalCommand) for command in ours.values())


def test_a_command_writes_out_what_would_steer_a_terminal(capsys):
    class Quoting(TerminalCommand):
        requires_system_checks = ()

        def handle(self, **options):
            self.stdout.write(HOSTILE)
            self.write_lines("one\ntwo\x1b")
            self.stderr.write(HOSTILE)
            raise CommandError(HOSTILE)

    out, errors = StringIO(), StringIO()
    with pytest.raises(CommandError):
        call_command(Quoting(), stdout=out, stderr=errors)
    assert out.getvalue() == f"{ESCAPED}\none\ntwo\\x1b\n"
    assert errors.getvalue() == f"{ESCAPED}\n"
    with pytest.raises(SystemExit):
        Quoting().run_from_argv(["manage.py", "quoting"])
    printed = capsys.readouterr()
    assert printed.out == out.getvalue()
    assert printed.err == f"{ESCAPED}\nCommandError: {ESCAPED}\n"
