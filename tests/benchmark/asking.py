"""Asking servers over HTTP, in turn, and what each answer took."""

import contextlib
import http.client
import sys
import threading
import time
from typing import NamedTuple

from .processes import TICKS

PATIENCE = 900  # seconds


class Probe(NamedTuple):
    """An address at a server, asked again and again; `processes` are those that work for it."""

    name: str
    port: int
    address: str
    processes: tuple
    headers: dict = {}


class Sample(NamedTuple):
    """What one answer took on average in a round: milliseconds of a clock and of CPU."""

    wall: float
    cpu: float


class Failure(Exception):
    """An address that did not answer as it should."""


class Answer(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    content: bytes
    first_byte: float
    seconds: float


def ask(port, address, headers=(), connection=None, keep=True):
    """One answer, with when its first byte came and its last."""
    headers = {"Accept-Encoding": "gzip", **dict(headers)}
    started = time.perf_counter()
    own = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        own.request("GET", address, headers=headers)
        response = own.getresponse()
        first = response.read(1)
        first_byte, rest = time.perf_counter() - started, []
        while block := response.read(65536):
            if keep:
                rest.append(block)
        seconds = time.perf_counter() - started
    finally:
        if not connection:
            own.close()
    content = b"".join([first, *rest])
    return Answer(response.status, response.headers, content, first_byte, seconds)


def ask_for_a_while(probe, seconds):
    """Ask one address again and again, at least once: what an answer took on average."""
    with contextlib.closing(
        http.client.HTTPConnection("127.0.0.1", probe.port, timeout=PATIENCE)
    ) as connection:
        cpu = sum(process.cpu() for process in probe.processes)
        started, asked = time.perf_counter(), 0
        while not asked or time.perf_counter() - started < seconds:
            answer = ask(probe.port, probe.address, probe.headers, connection)
            if answer.status not in (200, 304):
                raise Failure(f"{probe.name} answers {answer.status} at {probe.address}")
            asked += 1
        wall = time.perf_counter() - started
        # Work is counted in ticks of a clock; less than one tells nothing.
        cpu = max(sum(process.cpu() for process in probe.processes) - cpu, 1 / TICKS)
    return Sample(1000 * wall / asked, 1000 * cpu / asked)


def interleave(lines, rounds, seconds):
    """By line, by probe: its samples. Each round asks every probe of every line once.

    `lines` has the probes of each line. One that fails is left out from then on; its samples are
    what it said.
    """
    samples = {line: {probe.name: [] for probe in probes} for line, probes in lines.items()}
    for number in range(rounds + 1):
        for line, probes in lines.items():
            for probe in probes:
                taken = samples[line][probe.name]
                if isinstance(taken, str):
                    continue
                try:
                    sample = ask_for_a_while(probe, seconds if number else 0)
                except (Failure, OSError, http.client.HTTPException) as failure:
                    samples[line][probe.name] = str(failure) or type(failure).__name__
                else:
                    taken += [sample] if number else []  # the first round only warms up
        print(f"Round {number} of {rounds}", file=sys.stderr, flush=True)
    return samples


class Download(NamedTuple):
    """What a file took: seconds to its first byte and to its end, CPU, and memory beyond before."""

    first_byte: float
    seconds: float
    cpu: float
    megabytes: float


def download(process, address, processes):
    """Read a file to its end, watching the memory of the process."""
    before, cpu = process.megabytes(), sum(one.cpu() for one in processes)
    most, ended = [before], threading.Event()

    def watch():
        while not ended.wait(0.2):
            most.append(process.megabytes())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        answer = ask(process.port, address, {"Accept-Encoding": "identity"}, keep=False)
    finally:
        ended.set()
        watcher.join()
    if answer.status != 200:
        raise Failure(f"{answer.status} at {address}")
    cpu = sum(one.cpu() for one in processes) - cpu
    return Download(answer.first_byte, answer.seconds, cpu, max(most) - before)
