#!/usr/bin/env bash
# Schemathesis takes every compressed answer of a WSGI application for a breach of its description.
#
# One would guess: whoever asks for gzip unpacks it, as requests and httpx do; what a description says of the body is
# compared with the body as it was before it was compressed, over WSGI as over the network.
# What happens: for a WSGI application, Schemathesis sends "Accept-Encoding: gzip, deflate, br" and then reads the
# compressed bytes as the text of the body. An application that compresses (as most do behind no proxy, and some only from
# a certain length on) fails with "Content deserialization error", though over the network the same answer passes. Tests
# that call an application in-process must ask for "identity" themselves.
# Seen with schemathesis 4.32.5 on Python 3.11, on 30 November 2026.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check schemathesis==4.32.5

cat > compressed.py <<'PY'
import gzip
import json
import sys

import schemathesis

ROWS = {"type": "object", "required": ["rows"]}
ANSWER = {"description": "rows", "content": {"application/json": {"schema": ROWS}}}
DESCRIPTION = {
    "openapi": "3.1.0",
    "info": {"title": "Rows", "version": "1"},
    "paths": {"/rows": {"get": {"responses": {"200": ANSWER}}}},
}


def application(environ, start_response):
    body, headers = json.dumps({"rows": [1, 2, 3]}).encode(), [("Content-Type", "application/json")]
    if "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
        body = gzip.compress(body)
        headers.append(("Content-Encoding", "gzip"))
    start_response("200 OK", [*headers, ("Content-Length", str(len(body)))])
    return [body]


schema = schemathesis.openapi.from_dict(DESCRIPTION)
schema.app = application
case = schema["/rows"]["GET"].Case()
seen = {}
for asked in (None, "identity"):
    response = case.call(headers={"Accept-Encoding": asked} if asked else None)
    try:
        case.validate_response(response)
        seen[asked] = "as described"
    except BaseException as error:  # a group of failures of its own
        seen[asked] = f"a breach: {str(error).splitlines()[2].removeprefix('- ')}"
    print(f"asked for {asked or 'what it asks for itself'}: {seen[asked]}")
sys.exit(not (seen[None].startswith("a breach") and seen["identity"] == "as described"))
PY
venv/bin/python compressed.py
