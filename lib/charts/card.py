"""Draws static/card.png, the picture that goes with a link to the site.

`python -m lib.charts.card` draws it. It is kept with the project. A page with a chart that is no
higher than wide has that for its picture.
"""

import re
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

STATIC = Path(__file__).parents[2] / "static"
SIZE = (1200, 630)
GRADES = ("inadequate", "requires-improvement", "adequate", "good", "outstanding")
TITLE = "Inspection findings"
LINES = ("What police inspections found, region by region:", "grades, findings and progress.")


def card() -> Image.Image:
    """The card: the name of the site above a bar for each grade."""
    css = (STATIC / "css/tokens.css").read_text()
    light = dict(re.findall(r"--([\w-]+):\s*(#\w+)", css.partition("@media")[0]))
    picture = Image.new("RGB", SIZE, light["paper"])
    draw = ImageDraw.Draw(picture)
    draw.text((80, 90), TITLE, light["ink"], ImageFont.load_default(96))
    for place, line in enumerate(LINES):
        draw.text((80, 220 + 56 * place), line, light["ink-soft"], ImageFont.load_default(42))
    for place, grade in enumerate(GRADES):
        left, height = 80 + 212 * place, 40 + 30 * place
        draw.rectangle((left, 550 - height, left + 180, 550), light[f"grade-{grade}"])
    return picture


if __name__ == "__main__":
    card().save(STATIC / "card.png", optimize=True)
