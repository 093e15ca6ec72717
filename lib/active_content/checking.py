"""Runs the check of one document in a process of its own, so that none can hang or fill the site.

A document that makes the check crash, take too much memory or too long is refused.
"""

import subprocess
import sys
from pathlib import Path

from .refusals import TOO_COMPLEX, ActiveContentError

PROJECT = Path(__file__).parents[2]
SECONDS = 25


def check_document(kind: str, content: bytes) -> None:
    """Raises `ActiveContentError` if a document of a kind ("pdf", "office", …) is refused."""
    try:
        checked = subprocess.run(
            [sys.executable, "-m", "lib.active_content", kind],
            input=content,
            capture_output=True,
            cwd=PROJECT,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise ActiveContentError(TOO_COMPLEX) from error
    if checked.returncode:
        raise ActiveContentError(TOO_COMPLEX)
    if checked.stdout:
        raise ActiveContentError(checked.stdout.decode())
