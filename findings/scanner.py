"""A virus scanner of the site's own: a command that reads each file of evidence."""

import logging
import subprocess

from django.conf import settings
from django.core.exceptions import ValidationError

logger = logging.getLogger(__name__)

LONGEST_SCAN = 20  # seconds; shorter than a web server waits


def refuse_infected(upload):
    """Refuse a file that the scanner does not pass, or that it could not read in time.

    The command reads the file from its standard input, and ends with 0 where it is harmless.
    """
    if not settings.EVIDENCE_SCANNER:
        return
    upload.seek(0)
    try:
        done = subprocess.run(
            settings.EVIDENCE_SCANNER,
            input=upload.read(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=LONGEST_SCAN,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        upload.fault_was_ours = True
        logger.error("The virus scanner did not check a file: %s", type(error).__name__)
        raise ValidationError(
            "The virus scanner could not check the file. It was not saved. Try again later."
        ) from None
    finally:
        upload.seek(0)
    if done.returncode:
        logger.warning("The virus scanner refused a file: it ended with %d.", done.returncode)
        raise ValidationError("The virus scanner did not pass the file. It was not saved.")
