"""A program of its own that shows the figures of all processes: `python -m … HOST PORT`.

It ends with its input, which the process that started it holds, and takes the figures with it.
"""

import json
import os
import shutil
import sys

from prometheus_client import CollectorRegistry, multiprocess, start_http_server

if __name__ == "__main__":
    host, port = sys.argv[1:]
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    try:
        start_http_server(int(port), host, registry)
    except OSError as error:
        event = f"METRICS_PORT {port} cannot be had: {error.strerror}"
        sys.exit(json.dumps({"level": "ERROR", "logger": "metrics", "event": event}))
    sys.stdin.read()
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
