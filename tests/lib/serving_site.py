"""A small site behind `lib.serving`, and a process whose limits are soon reached."""

import time
from pathlib import Path

from lib.serving.worker import BufferingWorker

# What each sends, in pieces of 100 kB; of the longest, a process holds only a part.
STREAMS = {"/stream/": 100, "/broken/": 100, "/long/": 300}
served = []


class HastyWorker(BufferingWorker):
    """Takes little, and waits for nobody for long."""

    def limits(self):
        return (
            super()
            .limits()
            ._replace(head_seconds=1, body_seconds=1, idle_seconds=1, unread_seconds=1)
        )

    def most_body_bytes(self, path):
        return 3_000_000 if path == "/large/" else 1_000


def application(environ, start_response):
    path, length = environ["PATH_INFO"], len(environ["wsgi.input"].read())
    served.append(path)
    headers = [("Content-Type", "text/plain")]
    if path == "/file/":
        headers.append(("Content-Length", str(Path(__file__).stat().st_size)))
    start_response("304 Not Modified" if path == "/unchanged/" else "200 OK", headers)
    if path == "/unchanged/":
        return []
    if path == "/failing/":
        raise OSError("It failed.")
    if path == "/slow/":
        time.sleep(0.7)
    if path == "/served/":
        return [" ".join(served).encode()]
    if path == "/file/":
        return environ["wsgi.file_wrapper"](Path(__file__).open("rb"))
    if path in STREAMS:
        return stream(STREAMS[path], path == "/broken/")
    return [f"{length}".encode()]


def stream(pieces, is_broken):
    for _ in range(pieces):
        yield bytes(100_000)
    if is_broken:
        raise ValueError("It broke.")
