#!/usr/bin/env bash
# waitress: a buffer that is pruned gives back nothing of what it still held.
#
# One would guess: prune(), which its docstring calls an operation that removes what has been read, leaves what has not been
# read to the next get().
# What happens: the rest is copied into a new buffer, whose place stays at its end, so that get() gives nothing although the
# length is right; what is appended then is all that comes. So a response whose buffer is pruned while it is sent loses a
# part in its middle, and its length is still as promised. waitress itself never prunes; who holds less memory by it does.
# Seen with waitress 3.0.2 on Python 3.11, on 30 November 2026.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps waitress==3.0.2

cat > pruned.py <<'PY'
import sys

from waitress.buffers import OverflowableBuffer

buffer = OverflowableBuffer(1_000_000)
buffer.append(b"a" * 20_000)
buffer.append(b"b" * 20_000)
first = buffer.get(20_000)
buffer.skip(len(first), True)
print(f"read: {len(first):,} of a; length now {len(buffer):,}")
buffer.prune()
rest = buffer.get()
print(f"pruned: length {len(buffer):,}, and get() gives {len(rest):,} bytes")
sys.exit(not (len(buffer) == 20_000 and rest == b""))
PY
venv/bin/python pruned.py
