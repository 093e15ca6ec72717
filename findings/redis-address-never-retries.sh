#!/usr/bin/env bash
# redis-py waits once for a server that is named by an address, and four times if it is named by host and port.
#
# One would guess: Redis.from_url("redis://host:6379") and Redis(host="host", port=6379) make the same client, and
# socket_timeout is the longest that a command may take.
# What happens: with host and port a command that times out is tried three times more, with pauses that grow, so that a
# limit of 0.3 seconds lets it last several; by its address the same client tries once. So who moves from one form to the
# other (Django's cache takes addresses alone) changes how long a page waits for a server that hangs, without a word.
# Seen with redis 7.4.1 on Python 3.11, on 30 November 2026.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps redis==7.4.1

cat > how_often.py <<'PY'
import socket
import sys
import threading
import time

import redis

# It takes connections, as a server does whose process is stopped, and never answers.
listener = socket.create_server(("127.0.0.1", 0))
port = listener.getsockname()[1]
taken = []


def take():
    while True:
        taken.append(listener.accept())


threading.Thread(target=take, daemon=True).start()
limits = {"socket_timeout": 0.3, "socket_connect_timeout": 0.3}
clients = {
    "by address": redis.Redis.from_url(f"redis://127.0.0.1:{port}/0", **limits),
    "by host and port": redis.Redis(host="127.0.0.1", port=port, db=0, **limits),
}
tries = {}
for name, client in clients.items():
    taken.clear()
    begun = time.monotonic()
    try:
        client.get("key")
    except redis.exceptions.TimeoutError:
        pass
    tries[name] = len(taken)
    print(f"{name}: {len(taken)} tries in {time.monotonic() - begun:.1f} s, where each may last 0.3 s")
sys.exit(tries != {"by address": 1, "by host and port": 4})
PY
venv/bin/python how_often.py
