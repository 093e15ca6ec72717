"""Requests of several kinds, so many, in one thread of a process of their own.

`python -m tests.faults.requests` reads what to ask as JSON, and writes what was not answered well.
"""

import asyncio
import json
import sys
from random import Random

from tests.benchmark.readers import ask


async def send(port, session, first, count, at_once, shares, addresses):
    """The addresses that were not answered with 200, and how they were; each is told once."""
    chosen, failed = Random(first), {}  # noqa: S311
    ahead = iter(chosen.choices(list(shares), list(shares.values()), k=count))
    headers = {"Cookie": f"session={session}"}

    async def work():
        nonlocal first
        for kind in ahead:
            first += 1
            address = chosen.choice(addresses[kind]).format(first)
            response = await ask(
                port, address, headers=headers if address.startswith("/admin/") else {}
            )
            if response.status != 200:
                failed[address.partition("?")[0]] = response.status

    await asyncio.gather(*(work() for _ in range(at_once)))
    return sorted(failed.items())


if __name__ == "__main__":
    json.dump(asyncio.run(send(**json.load(sys.stdin))), sys.stdout)
