"""A program of its own that draws figures as SVG: a line of JSON in, a line of JSON out.

The first line has a script for the engine. Each other one has a figure and the seconds of processor
time that it may take; what comes back has its `svg`, or an `error`. To load plotly takes three
times as long as to draw, and a used engine remembers the widths of texts in other figures: so it is
loaded once, and each figure is drawn by a copy of this process. It ends with its input.
"""

import gc
import json
import os
import sys

from mirage.engine import MirageEngine


def main() -> None:
    """Load the engine, and draw what is asked for until nothing more can be."""
    engine = MirageEngine()
    engine.context.eval(json.loads(sys.stdin.buffer.readline())["script"])
    gc.freeze()
    while line := sys.stdin.buffer.readline():
        copy = os.fork()
        if not copy:
            write(draw(engine, **json.loads(line)))
            os._exit(0)
        _, status = os.waitpid(copy, 0)
        if status:
            write({"error": f"The drawing ended with the status {status}."})


def draw(engine: MirageEngine, data: list, layout: dict, seconds: int) -> dict[str, str]:
    """The figure, or why it could not be drawn."""
    try:
        engine.context.set_time_limit(seconds)
        return {"svg": engine.render_svg(data, layout)}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def write(reply: dict[str, str]) -> None:
    sys.stdout.buffer.write(json.dumps(reply).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
