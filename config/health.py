"""Whether the site on this machine is alive: `python -m config.health` ends with 0 if it is.

The container's health check runs it, often, so it loads nothing but Python's own.
"""

import os
import sys
from http.client import HTTPConnection, HTTPException

SECONDS = 3


def fault(port, host):
    """What is wrong with the site at a port of this machine, asked for as a host; else nothing."""
    connection = HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("GET", "/healthz", headers={"Host": host})
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        return f"The site does not respond: {error}"
    finally:
        connection.close()
    return "" if status == 200 else f"The site responds with {status}."


def allowed_host():
    """A host by which the site lets itself be asked."""
    name = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".")
    return name if name.strip("*") else "localhost"


if __name__ == "__main__":
    sys.exit(fault(int(os.environ.get("PORT") or 8000), allowed_host()) or None)
