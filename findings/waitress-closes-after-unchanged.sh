#!/usr/bin/env bash
# waitress closes the connection after each 304, and after each response that it sends in parts.
#
# One would guess: an HTTP/1.1 connection stays open after any response whose end the client can tell, as it can of a 304,
# which has no content, and of one in chunks.
# What happens: whatever names no Content-Length is sent with "Connection: close", also where waitress itself sends it in
# chunks. So the cheapest response is followed by the dearest step: whoever asks whether a page is still the same opens a
# new connection for each one, and so does a proxy in front that keeps some open. Here that made a 304 half as dear again.
# Seen with waitress 3.0.2 on Python 3.11, on 30 November 2026.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps waitress==3.0.2

cat > connections.py <<'PY'
import sys
import threading
from http.client import HTTPConnection

import waitress

clients = set()


def site(environ, start_response):
    clients.add(environ["REMOTE_PORT"])
    if environ["PATH_INFO"] == "/unchanged":
        start_response("304 Not Modified", [("ETag", '"1"')])
        return []
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"all"] if environ["PATH_INFO"] == "/whole" else (part for part in (b"in ", b"parts"))


server = waitress.create_server(site, host="127.0.0.1", port=0)
threading.Thread(target=server.run, daemon=True).start()
counts = {}
for path in ("/whole", "/unchanged", "/parts"):
    clients.clear()
    connection = HTTPConnection("127.0.0.1", server.effective_port)
    for _ in range(10):
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
    counts[path] = len(clients)
    print(f"{path}: status {response.status}, {counts[path]} connections for 10 requests of one client")
sys.exit(counts != {"/whole": 1, "/unchanged": 10, "/parts": 10})
PY
venv/bin/python connections.py
