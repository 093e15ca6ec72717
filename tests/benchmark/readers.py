"""Many readers at once, in one thread of a process of their own: what they wait for is the site.

`python -m tests.benchmark.readers` reads what to ask as JSON, and writes what it took.
"""

import asyncio
import json
import subprocess
import sys
import time
from itertools import chain
from random import Random
from typing import NamedTuple

from .processes import PROJECT

PATIENCE = 120  # seconds
LARGEST_HEAD = 65_536
MOST_RETURNS = 3  # times that a reader comes again for one page


class Response(NamedTuple):
    """A response that came whole; the names of its headers are in small letters."""

    status: int
    headers: list[tuple[str, str]]
    content: bytes

    def header(self, name):
        return next((value for one, value in self.headers if one == name), "")


async def ask(port, address, method="GET", headers=(), content=b""):
    """A response over a connection of its own; raises an error if it breaks off or never comes."""
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=LARGEST_HEAD)
        try:
            named = {
                "Host": f"127.0.0.1:{port}",
                "Accept-Encoding": "gzip",
                "Connection": "close",
                **({"Content-Length": str(len(content))} if content else {}),
                **dict(headers),
            }
            head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
            writer.write(f"{method} {address} HTTP/1.1\r\n{head}\r\n".encode() + content)
            await writer.drain()
            return await read_response(reader)
        finally:
            writer.close()


async def read_response(reader):
    """What comes, to its end: a part of one is never taken for the whole."""
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    pairs = [line.partition(":") for line in lines if line]
    headers = [(name.lower(), value.strip()) for name, _, value in pairs]
    response = Response(int(first.split()[1]), headers, b"")
    if response.header("transfer-encoding") == "chunked":
        content = b"".join([chunk async for chunk in chunks(reader)])
    else:
        content = await reader.readexactly(int(response.header("content-length") or 0))
    return response._replace(content=content)


async def chunks(reader):
    """The chunks of a content, whose last one is empty."""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        yield (await reader.readexactly(size + 2))[:-2]
    await reader.readuntil(b"\r\n")


async def read_pages(port, addresses, number, until, seed=1, pause=0.0):
    """What one reader waits for; errors; and how they were told to come again; with the addresses.

    Before each page they pause for up to twice `pause`. Who pauses does come again when told to, as
    where others are downloading; they wait until they have what they came for.
    """
    chosen, waits, errors, again = Random(f"{seed} {number}"), [], [], []  # noqa: S311
    while time.monotonic() < until:
        await asyncio.sleep(chosen.uniform(0, 2 * pause))
        address = chosen.choice(addresses)
        started = time.perf_counter()
        try:
            response = await ask(port, address)
            for _ in range(MOST_RETURNS):
                if not pause or not (later := response.header("retry-after")):
                    break
                again.append((address, later))
                await asyncio.sleep(int(later))
                response = await ask(port, address)
        except (OSError, EOFError, ValueError) as error:
            errors.append((address, type(error).__name__))
        else:
            if response.status == 200:
                waits.append((time.perf_counter() - started, address))
            else:
                errors.append((address, response.status))
    return waits, errors, again


async def many(port, addresses, readers, seconds, seed=1, pause=0.0):
    """The same of all readers together."""
    until = time.monotonic() + seconds
    each = [read_pages(port, addresses, number, until, seed, pause) for number in range(readers)]
    return [[*chain(*of_all)] for of_all in zip(*await asyncio.gather(*each), strict=True)]


def in_own_process(module, plan):
    """What a module of this kind gives for a plan."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", module],
        cwd=PROJECT,
        input=json.dumps(plan),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def ask_mixed(port, addresses, readers, seconds, seed=1, pause=0.0):
    """What many readers wait for, each asking any address in turn: seconds, and errors.

    Gives back the address with each.
    """
    plan = {"port": port, "addresses": addresses, "readers": readers}
    plan |= {"seconds": seconds, "seed": seed, "pause": pause}
    waits, errors, _ = in_own_process("tests.benchmark.readers", plan)
    return waits, errors


if __name__ == "__main__":
    json.dump(asyncio.run(many(**json.load(sys.stdin))), sys.stdout)
