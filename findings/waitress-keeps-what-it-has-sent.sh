#!/usr/bin/env bash
# waitress holds up to sixteen megabytes of a response that its client has read already.
#
# One would guess: outbuf_overflow, 1 MB as it comes, is the most that a connection holds in memory: what a client has not
# read beyond that goes to a file, and what it has read is gone.
# What happens: only what waits is counted against it, but what has been sent stays in the same memory, in front of what
# waits, until outbuf_high_watermark (16 MB as it comes) has gone that way. So a client who reads as fast as the site writes,
# for whom next to nothing waits, costs sixteen times the setting, and a process with ten such downloads 160 MB; a slow
# client, whose rest goes to a file, costs one.
# Seen with waitress 3.0.2 on Python 3.11, on 30 November 2026.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps waitress==3.0.2

cat > held.py <<'PY'
import sys
import threading
import urllib.request

import waitress

PIECE = 100_000
most_held = most_waiting = 0


def site(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return pieces()


def pieces():
    global most_held, most_waiting
    for _ in range(300):
        yield bytes(PIECE)
        # The client has read it, or will in a moment.
        [channel] = server.active_channels.values()
        for _ in range(500):
            if channel.total_outbufs_len < PIECE:
                break
            pause.wait(0.01)
        most_waiting = max(most_waiting, channel.total_outbufs_len)
        held = [one.buf.file.getbuffer().nbytes for one in channel.outbufs if one.buf is not None and not one.overflowed]
        most_held = max(most_held, sum(held))


pause = threading.Event()
server = waitress.create_server(site, host="127.0.0.1", port=0)
threading.Thread(target=server.run, daemon=True).start()
with urllib.request.urlopen(f"http://127.0.0.1:{server.effective_port}/") as response:
    length = sum(len(block) for block in iter(lambda: response.read(1 << 16), b""))
print(f"outbuf_overflow: {server.adj.outbuf_overflow:,} bytes")
print(f"sent and read: {length:,} bytes, of which never more than {most_waiting:,} waited")
print(f"held in memory at most: {most_held:,} bytes")
sys.exit(not (most_waiting < server.adj.outbuf_overflow and most_held > 10 * server.adj.outbuf_overflow))
PY
venv/bin/python held.py
