"""Readers and editors of a site, each a thread, and what they saw when."""

import contextlib
import itertools
import re
import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import NamedTuple
from urllib.parse import urlencode

from django.conf import settings

CSRF = "t" * 32
LIST = "/admin/findings/theme/"
WRITTEN = re.compile(r"What (\w+ \d+) wrote\.")
UNCHECKED = "we cannot check if anything has changed since"
numbers = itertools.count()


class Seen(NamedTuple):
    """One response: to what, when it was asked for, after how long it came, its status (0: none),
    and what it said, or where it led."""

    address: str
    at: float
    seconds: float
    status: int
    text: str
    cache: str


def ask(port, address, method="GET", typed=None, session="", patience=20):
    """A response, or the lack of one."""
    began = time.monotonic()
    headers = (
        {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session}; csrf={CSRF}"} if session else {}
    )
    if typed is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    asking = HTTPConnection("127.0.0.1", port, timeout=patience)
    with contextlib.closing(asking):
        try:
            asking.request(method, address, typed and urlencode(typed), headers)
            response = asking.getresponse()
            text = response.read().decode(errors="replace")
            status, cache = response.status, response.headers["X-Cache"] or ""
            text = response.headers["Location"] or text
        except (OSError, HTTPException) as error:
            status, cache, text = 0, "", repr(error)
    return Seen(address, began, time.monotonic() - began, status, text, cache)


@dataclass
class Visitors:
    """Readers and editors of what listens on a port, until they are told to stop."""

    port: int
    themes: dict  # of each editor: the session, the key and the slug of their own theme
    addresses: list
    read: list = field(default_factory=list)
    saved: list = field(default_factory=list)  # what editors sent, with the name that they gave
    acknowledged: dict = field(default_factory=dict)  # by slug: names, with the time of each
    own_old: list = field(default_factory=list)  # editors who did not see what they had saved
    stopped: threading.Event = field(default_factory=threading.Event)

    def begin(self, readers):
        self.threads = [threading.Thread(target=self._read, args=(n,)) for n in range(readers)]
        self.threads += [threading.Thread(target=self._edit, args=(one,)) for one in self.themes]
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join()

    def _read(self, number):
        slugs = [slug for _, _, slug in self.themes.values()]
        for step in itertools.count(number):
            address = [
                f"/themes/{slugs[step % len(slugs)]}/",
                f"/themes/{slugs[step % len(slugs)]}/?new={next(numbers)}",
                self.addresses[step // 3 % len(self.addresses)],
            ][step % 3]
            self.read.append(ask(self.port, address))
            if self.stopped.wait(0.3):
                return

    def _edit(self, name):
        session, key, slug = self.themes[name]
        page = f"{LIST}{key}/change/"
        while not self.stopped.wait(0.5):
            form = ask(self.port, page, session=session)
            if form.status != 200:
                self.saved.append((form, ""))
                continue
            new = f"{name} {next(numbers)}"
            typed = {"definition": f"What {new} wrote.", "slug": slug, "replaced_by": ""}
            for box in ("name", "version", "form_token"):
                typed[box] = re.search(rf'name="{box}" value="([^"]*)"', form.text)[1]
            typed["csrfmiddlewaretoken"] = CSRF
            sent = ask(self.port, page, "POST", typed, session)
            self.saved.append((sent, new))
            if sent.status == 302 and sent.text == LIST:
                self.acknowledged.setdefault(slug, []).append((time.monotonic(), new))
                own = ask(self.port, f"/themes/{slug}/", session=session)
                if own.status == 200 and written(own) != new and UNCHECKED not in own.text:
                    self.own_old.append((new, sent, own._replace(text=written(own))))

    def staleness(self, seen):
        """By how many seconds a page of a theme was older than what had been saved; 0 if not."""
        slug = seen.address.split("/")[2]
        names = self.acknowledged.get(slug, [])
        shown = written(seen)
        place = next((n for n, (_, name) in enumerate(names) if name == shown), -1)
        newer = [at for at, _ in names[place + 1 :] if at < seen.at]
        if place < 0 and shown not in (name for _, name in names):
            # Not acknowledged, and so the newest, or what there was at first.
            is_unknown = any(new == shown for _, new in self.saved)
            newer = [] if is_unknown else newer
        return seen.at - newer[0] if newer else 0.0


def written(seen):
    """What a page shows of what an editor wrote last."""
    found = WRITTEN.search(seen.text)
    return found[1] if found else ""
