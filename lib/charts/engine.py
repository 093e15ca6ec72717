"""The program that draws figures, which each process starts once it has one to draw."""

import atexit
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from threading import Event, Timer
from typing import Any

PROGRAM = Path(__file__).parent / "render.py"
# A drawing is given so many times its processor time: other work may have the processor.
PATIENCE = 5


def is_installed() -> bool:
    """Whether figures can be drawn here."""
    return find_spec("mirage") is not None


class Engine:
    """Draws one figure after another; a program that has ended is started again.

    `script` is run in it before it draws. It is for one thread.
    """

    def __init__(self, script: str) -> None:
        self.script, self.process = script, None

    def draw(self, data: list[Any], layout: dict[str, Any], seconds: float) -> str:
        """A figure as SVG; raises `RuntimeError` with the reason if it cannot be drawn."""
        figure = {"data": data, "layout": layout, "seconds": seconds}
        # A program that was killed meanwhile, as for want of memory, is no fault of this figure.
        reply = self._ask(figure) or self._ask(figure)
        if not reply:
            raise RuntimeError("The program that draws figures ended.")
        if "error" in reply:
            raise RuntimeError(reply["error"])
        return reply["svg"]

    def _ask(self, figure: dict[str, Any]) -> dict[str, str] | None:
        """What the program replies; None if it has ended."""
        process = self.process = self.process or self._start()
        is_late = Event()

        def interrupt() -> None:
            is_late.set()
            self._kill()

        late = Timer(figure["seconds"] * PATIENCE, interrupt)
        late.start()
        try:
            process.stdin.write(json.dumps(figure).encode() + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = b""
        finally:
            late.cancel()
        if line.endswith(b"\n"):
            return json.loads(line)
        self.end()
        return {"error": "The drawing was interrupted."} if is_late.is_set() else None

    def _start(self) -> subprocess.Popen:
        # In a session of its own: what a terminal tells every process must not end it.
        process = subprocess.Popen(
            [sys.executable, str(PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        atexit.register(self.end)
        with suppress(BrokenPipeError):
            process.stdin.write(json.dumps({"script": self.script}).encode() + b"\n")
        return process

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)  # and the copy that draws

    def end(self) -> None:
        """End the program, which may have ended already."""
        atexit.unregister(self.end)
        if self.process:
            self._kill()
            with suppress(BrokenPipeError):
                self.process.communicate()
            self.process = None
