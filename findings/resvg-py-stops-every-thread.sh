#!/usr/bin/env bash
# resvg_py holds Python's lock while it draws: one picture stops every thread of a web server's process.
#
# One would guess: a library that draws in Rust, without touching an object of Python, lets other threads run meanwhile, as
# zlib, hashlib and Pillow do, so that drawing in a thread of its own keeps it out of the way of pages.
# What happens: svg_to_bytes() keeps the global lock from its first to its last moment. A picture of some seconds, such as one
# of a few hundred large circles that shine through, is a pause of as many seconds for every other thread. It must be drawn
# in another process.
# Seen with resvg_py 0.5.0 on Python 3.11, on 30 November 2026.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check resvg_py==0.5.0

cat > pauses.py <<'PY'
import random
import sys
import time
import zlib
from threading import Event, Thread

import resvg_py

CIRCLE = '<circle cx="{}" cy="{}" r="200" fill="red" fill-opacity=".01"/>'
DRAWING = "".join(CIRCLE.format(n % 60 * 10, n // 60 * 10) for n in range(200))
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" width="600" height="600">{DRAWING}</svg>'


def longest_pause(work):
    """How long the work took, and the longest that another thread had to wait meanwhile."""
    done, took = Event(), []

    def run():
        begun = time.perf_counter()
        work()
        took.append(time.perf_counter() - begun)
        done.set()

    pause, last = 0, time.perf_counter()
    Thread(target=run).start()
    while not done.is_set():
        time.sleep(0.001)
        now = time.perf_counter()
        pause, last = max(pause, now - last), now
    return took[0], pause


noise = random.Random(1).randbytes(40_000_000)
works = {
    "zlib": lambda: zlib.compress(noise, 9),
    "resvg_py": lambda: resvg_py.svg_to_bytes(svg_string=SVG),
}
shares = {}
for name, work in works.items():
    took, pause = longest_pause(work)
    shares[name] = pause / took
    print(f"{name}: {took:.2f} s of work, in which another thread waited {pause:.2f} s at a stretch")
sys.exit(not (shares["resvg_py"] > 0.8 and shares["zlib"] < 0.5))
PY
venv/bin/python pauses.py
