"""An examination: parts of an installation looked at side by side, none for longer than it may."""

import logging
import os
import time
from contextlib import suppress
from threading import Thread
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from config.environment import env_secret

# Seconds that one part may take. What hangs is left behind: its thread ends with the process.
LONGEST = 12
LONGEST_ASKED = 3  # seconds for another server to respond
HIDDEN = "********"
SECRET_ENDS = ("SECRET", "PASSWORD", "KEY", "TOKEN", "DSN")


class Fault(NamedTuple):
    """What is wrong, and how to mend it, in a sentence each; a warning stops nothing from working.

    `part` is where it was found.
    """

    sentence: str
    mend: str
    is_warning: bool = False
    part: str = ""


def warning(sentence, mend):
    """A fault that stops nothing from working."""
    return Fault(sentence, mend, is_warning=True)


def examine(parts):
    """The faults that functions find, by the name of each part: all look at the same time."""
    logging.disable()  # what libraries say meanwhile is no fault, and no entry of the site's log
    found = {name: [] for name in parts}
    threads = {
        name: Thread(target=look, args=[examine_part, found[name]], daemon=True)
        for name, examine_part in parts.items()
    }
    for thread in threads.values():
        thread.start()
    deadline = time.monotonic() + LONGEST
    for name, thread in threads.items():
        thread.join(max(0, deadline - time.monotonic()))
        if thread.is_alive():
            found[name].append(
                Fault(
                    f"Checking {name} took longer than {LONGEST} seconds.",
                    "See whether a disk, store or server that it uses has stopped responding.",
                )
            )
    logging.disable(logging.NOTSET)
    secrets = known_secrets()
    return [
        fault._replace(
            sentence=hide(fault.sentence, secrets), mend=hide(fault.mend, secrets), part=name
        )
        for name, faults in found.items()
        for fault in list(faults)
    ]


def look(examine_part, faults):
    """Write down what a function finds, one by one: what it found before it failed stays."""
    try:
        faults.extend(examine_part())
    except Exception as error:  # whatever else fails is a fault of its own, and no other's
        said = " ".join(str(error).split())
        faults.append(
            Fault(
                f"It could not be checked to the end: {type(error).__name__}: {said}",
                "Fix what this names, then run `doctor` again.",
            )
        )
    finally:
        connections.close_all()


def known_secrets():
    """What must stand in no sentence: secrets of the settings and of the environment."""
    held = [value for name, value in os.environ.items() if name.endswith(SECRET_ENDS)]
    for name in os.environ:
        if name.endswith(tuple(f"{end}_FILE" for end in SECRET_ENDS)):
            with suppress(ImproperlyConfigured):  # the file of another program, perhaps
                held.append(env_secret(name.removesuffix("_FILE")))
    held += [getattr(settings, name) for name in dir(settings) if name.endswith(SECRET_ENDS)]
    held += settings.SECRET_KEY_FALLBACKS
    secrets = {value for value in held if isinstance(value, str)}
    stores = [str(cache["LOCATION"]) for cache in settings.CACHES.values() if "LOCATION" in cache]
    secrets |= {urlsplit(store).password or "" for store in stores if "://" in store}
    secrets |= {connections[alias].settings_dict["PASSWORD"] or "" for alias in connections}
    secrets.add((settings.REPLICA or {}).get("PASSWORD") or "")
    return sorted({*secrets, *map(unquote, secrets)} - {""}, key=len, reverse=True)


def hide(text, secrets):
    """A text without secrets; one so short that it stands in every text is none."""
    for secret in secrets:
        if len(secret) > 3:
            text = text.replace(secret, HIDDEN)
    return text
