"""A page made ready for paper, and its PDF."""

import base64
import hashlib
import re
import subprocess
import sys
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path

from django.contrib.staticfiles import finders

from lib.charts import turns

PROGRAM = Path(__file__).parent / "typeset.py"
SHEETS = ("css/tokens.css", "css/paper.css")
# What a page has for screens alone.
FOR_SCREENS = re.compile(
    r"<link\b[^>]*rel=\"stylesheet\"[^>]*>|<(script|form|button|nav)\b.*?</\1>", re.DOTALL
)
PICTURE = re.compile(r"<picture>.*?</picture>", re.DOTALL)
ATTRIBUTE = r"\b{}=\"([^\"]*)\""


@cache
def is_available() -> bool:
    """Whether PDFs can be made here: the extra `pdf` is installed."""
    return find_spec("weasyprint") is not None


@cache
def sheets() -> str:
    """The style of paper."""
    return "\n".join(Path(finders.find(name)).read_text() for name in SHEETS)


def for_paper(html: str, pictures: dict[str, str]) -> str:
    """A page with the style of paper, and with its charts within it.

    `pictures` are the charts as SVG, by the addresses that the page has for them. One that is not
    there is left out: its table says the same.
    """

    def picture(found: re.Match) -> str:
        address, words = (re.search(ATTRIBUTE.format(name), found[0]) for name in ("src", "alt"))
        drawing = pictures.get(address[1].replace("&amp;", "&"))
        if not drawing:
            return ""
        data = base64.b64encode(drawing.encode()).decode()
        return f'<img src="data:image/svg+xml;base64,{data}" alt="{words[1] if words else ""}">'

    html = PICTURE.sub(picture, FOR_SCREENS.sub("", html))
    return html.replace("</head>", f"<style>{sheets()}</style></head>", 1)


def pdf(html: str) -> bytes:
    """A page that is ready for paper as a PDF; empty if it cannot be made.

    Raises `turns.DrawingBusy` if it cannot be made now.
    """
    key = "pdf:" + hashlib.sha256(html.encode()).hexdigest()
    return turns.draw_in_turn(key, partial(_typeset, html), turns.papers) or b""


def _typeset(html: str) -> bytes:
    done = subprocess.run(
        [sys.executable, str(PROGRAM)],
        input=html.encode(),
        capture_output=True,
        timeout=turns.LONGEST_DRAWING,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace"))
    return done.stdout
