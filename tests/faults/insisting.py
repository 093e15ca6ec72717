"""Editors who send what broke off again, the same bytes, until they are told what became of it."""

import asyncio
import time

from tests.benchmark.readers import ask
from tests.evidence_files import pdf
from tests.faults.crowd import Editor, Unexpected, hidden_fields

PATIENCE = 120  # seconds, for one page
BOUNDARY = "a-line-that-no-file-holds"
UPLOAD = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
EVIDENCE = {"evidence-shows": "That it was done.", "evidence-dated_on": "2026-01-01"}


class InsistingEditor(Editor):
    """Somebody who reports on their own actions, each time with a file of evidence."""

    broken = 0

    async def ask_once(self, address, content=b""):
        """What comes of a page, or of sending its form."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": cookies, "Accept-Encoding": "identity"} | (UPLOAD if content else {})
        headers["Referer"] = f"http://127.0.0.1:{self.port}{address}"
        return await ask(self.port, address, "POST" if content else "GET", headers, content)

    async def insist(self, address, content=b""):
        """A response that is no fault of the site's, however often it takes to ask."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                response = await self.ask_once(address, content)
                if response.status < 500:
                    return response
                last = response.status
            except (OSError, EOFError, ValueError, IndexError) as error:
                last = error
                self.broken += bool(content)
            await asyncio.sleep(0.1)
        raise TimeoutError(f"{address}: {last!r}")

    async def fill_in(self, key, name, length=60_000):
        """The page of an action's progress, and its form: a note, and a file of so many bytes."""
        page = f"/admin/findings/action/{key}/progress/"
        opened = await self.insist(page)
        if opened.status != 200:
            raise Unexpected(f"{opened.status} {opened.header('location')} {page}")
        self.take_cookies(opened)
        typed = hidden_fields(opened.content.decode())
        typed |= {"status": "in_progress", "note": name, "draft": "Save"}
        typed |= EVIDENCE | {"evidence-title": name}
        return page, encode(typed, "evidence-file", f"{name}pdf", pdf(length=length))

    async def save(self, number):
        """Keep a draft about an action."""
        name = f"{self.name}-{number}."
        key, _ = self.actions[number % len(self.actions)]
        response = await self.insist(*await self.fill_in(key, name))
        if response.status == 302:
            self.saved.append(name)
        else:
            self.errors.append((name, response.status))


def encode(typed, field, filename, file):
    """A form with a file, as a browser sends it."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in typed.items()
    ]
    head = f'Content-Disposition: form-data; name="{field}"; filename="{filename}"\r\n'
    parts.append(f"--{BOUNDARY}\r\n{head}Content-Type: application/pdf\r\n\r\n")
    return "".join(parts).encode() + file + f"\r\n--{BOUNDARY}--\r\n".encode()


async def save_until(ended, editors):
    """Have all editors save, each one thing after the other, until something has ended."""

    async def work(editor):
        number = 0
        while not ended.is_set():
            await editor.save(number)
            number += 1

    await asyncio.gather(*map(work, editors))
