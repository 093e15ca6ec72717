"""Turns the SVG that it reads into a PNG: `python rasterise.py ZOOM FONT FAMILY`.

It is a program of its own because resvg keeps every other thread of its process waiting.
"""

import sys

from resvg_py import svg_to_bytes

if __name__ == "__main__":
    zoom, font, family = sys.argv[1:]
    png = svg_to_bytes(
        svg_string=sys.stdin.buffer.read().decode(),
        zoom=int(zoom),
        skip_system_fonts=True,
        font_files=[font],
        sans_serif_family=family,
    )
    sys.stdout.buffer.write(png)
