"""The signals that end the site: Ctrl-C, another process, a closed terminal."""

import signal

ENDINGS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
