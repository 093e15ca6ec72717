"""Commands whose words a terminal shows as they are: what they quote cannot steer it."""

import sys
import unicodedata
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, OutputWrapper

# Control characters, marks that turn or hide letters, halves of a character, and ends of lines.
STEERING = ("Cc", "Cf", "Cs", "Zl", "Zp")


def escape_steering(text: str) -> str:
    """A text in which what would steer a terminal is written out, such as an escape as “\\x1b”."""
    return "".join(
        char.encode("unicode_escape").decode() if unicodedata.category(char) in STEERING else char
        for char in text
    )


def in_words(error: OSError) -> str:
    """What is wrong with which file, such as “/backups: Permission denied”."""
    said = error.strerror or str(error)
    return f"{error.filename}: {said}" if error.filename else said


class EscapedOutput(OutputWrapper):
    """A command's output: each writing is one line, whatever it quotes."""

    last_line = ""

    def write(
        self,
        msg: str = "",
        style_func: Callable[[str], str] | None = None,
        ending: str | None = None,
    ) -> None:
        line = msg.removesuffix("\n")
        self.last_line = escape_steering(line)
        super().write(self.last_line + msg[len(line) :], style_func, ending)


class TerminalCommand(BaseCommand):
    """A command that prints names and texts which somebody else has written."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        style = self.stderr.style_func
        self.stdout, self.stderr = EscapedOutput(sys.stdout), EscapedOutput(sys.stderr)
        self.stderr.style_func = style

    def execute(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401
        for name in ("stdout", "stderr"):
            if options.get(name):
                options[name] = EscapedOutput(options[name])
        return super().execute(*args, **options)

    def write_lines(self, text: str) -> None:
        """Print a text of several lines."""
        for line in text.split("\n"):
            self.stdout.write(line)
