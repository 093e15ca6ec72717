"""Readers and editors at once, in one thread of a process of their own.

`python -m tests.faults.crowd` reads whom to send where as JSON, and writes what they saw. An editor
opens an action, reports progress, approves it, and asks as anybody may whether the public page says
it.
"""

import asyncio
import html
import json
import re
import sys
import time
from itertools import chain
from random import Random
from urllib.parse import urlencode

from tests.benchmark.readers import ask, in_own_process, many

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
APPROVE = re.compile(r"/admin/findings/progressupdate/\d+/approve/")
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept-Encoding": "identity"}


class Unexpected(Exception):
    """A page that is not the one that an editor should see."""


class Editor:
    """Somebody who is signed in, and saves what they report on their own actions, one by one.

    `actions` are the keys of these with the addresses of their public pages.
    """

    def __init__(self, port, name, session, actions, pause=0.0):
        self.port, self.name, self.actions, self.pause = port, name, actions, pause
        self.cookies = {"session": session}
        self.waits, self.errors, self.saved, self.stale = [], [], [], []

    async def open(self, address, typed=None):
        """A page, or what sending a form leads to; cookies are kept as a browser does."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = FORM | {"Cookie": cookies, "Referer": f"http://127.0.0.1:{self.port}{address}"}
        content = urlencode(typed).encode() if typed else b""
        started = time.perf_counter()
        method = "POST" if typed else "GET"
        response = await ask(self.port, address, method, headers, content)
        self.waits.append((time.perf_counter() - started, f"{method} {address}"))
        self.take_cookies(response)
        if response.status != (302 if typed else 200):
            raise Unexpected(f"{response.status} {method} {address}")
        return response.header("location") if typed else response.content.decode()

    def take_cookies(self, response):
        """Keep the cookies that a response brings."""
        for name, value in response.headers:
            if name == "set-cookie":
                cookie, _, rest = value.partition("=")
                self.cookies[cookie] = rest.partition(";")[0]

    async def send(self, address, **typed):
        """Fill in the first form of a page and send it: where that leads."""
        return await self.open(address, hidden_fields(await self.open(address)) | typed)

    async def save(self, number):
        """Report on one action, approve it, and look whether everybody sees it."""
        key, public = self.actions[number % len(self.actions)]
        action, note = f"/admin/findings/action/{key}", f"{self.name}-{number}."
        await self.send(
            f"{action}/progress/", status="in_progress", note=note, submit="Submit for approval"
        )
        page = await self.open(f"{action}/change/")
        approve = APPROVE.search(page)
        if note not in page or not approve:
            raise Unexpected(f"{action} does not show {note}")
        await self.send(approve[0], publish="Approve and publish")
        self.saved.append(note)
        response = await ask(self.port, public, headers={"Accept-Encoding": "identity"})
        if response.status != 200 or note not in response.content.decode():
            self.stale.append(note)

    async def work(self, until):
        chosen, number = Random(self.name), 0  # noqa: S311
        while time.monotonic() < until:
            await asyncio.sleep(chosen.uniform(0, 2 * self.pause))
            try:
                await self.save(number)
            except (OSError, EOFError, ValueError, Unexpected) as error:
                self.errors.append((self.name, f"{type(error).__name__} {error}"))
            number += 1


def hidden_fields(page):
    """What the first form of a staff page sends without being typed."""
    form = page.partition('id="content-main"')[2]
    form = form[form.index('<form method="post"') :].partition("</form>")[0]
    return {name: html.unescape(value) for name, value in HIDDEN.findall(form)}


async def gather(port, addresses, readers, seconds, pause, editors, editors_pause):
    """What everybody waited for, in seconds with its address; who was told to come again; errors;
    what was saved, or stale."""
    people = [Editor(port, *editor, pause=editors_pause) for editor in editors]
    until = time.monotonic() + seconds
    (waits, errors, again), *_ = await asyncio.gather(
        many(port, addresses, readers, seconds, pause=pause),
        *(person.work(until) for person in people),
    )
    return {
        "waits": waits,
        "again": again,
        "errors": [*errors, *chain(*(person.errors for person in people))],
        "editors_waits": [*chain(*(person.waits for person in people))],
        "saved": [*chain(*(person.saved for person in people))],
        "stale": [*chain(*(person.stale for person in people))],
    }


def send_crowd(**plan):
    """What a crowd saw that is sent to a site from a process of its own."""
    return in_own_process("tests.faults.crowd", plan)


if __name__ == "__main__":
    json.dump(asyncio.run(gather(**json.load(sys.stdin))), sys.stdout)
