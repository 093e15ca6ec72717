"""nginx as config/deploy/nginx.conf sets it up, on a port of 127.0.0.1 and in its own folder."""

import contextlib
import gzip
import re
import signal
import socket
import subprocess
import time
from http.client import HTTPConnection
from pathlib import Path

from django.conf import settings

from tests.programs import program
from tests.serving import free_port

DEPLOY = Path(settings.BASE_DIR) / "config" / "deploy"
HOST = "server 127.0.0.1:{port} max_fails=10 fail_timeout=2s;\n"
# What the file for conf.d stands in, and where nothing of the machine's own nginx is touched.
MAIN = """
daemon off;
pid {folder}/pid;
error_log stderr;
worker_processes {workers};
events {{ worker_connections 2048; }}
http {{
    access_log off;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/responses;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include findings.conf;
}}
"""


class Nginx:
    """A running nginx before the sites that listen on these ports."""

    def __init__(self, folder, *ports, workers=1):
        self.folder, self.port = folder, free_port()
        folder.mkdir()
        folder.chmod(0o755)  # its workers are nobody, where root starts it
        ours = (DEPLOY / "nginx.conf").read_text()
        for pattern, instead in (
            (r"listen 80;", f"listen 127.0.0.1:{self.port};"),
            (r"listen \[::\]:80;", ""),
            (r"/var/cache/findings ", f"{folder}/cache "),
            (r"/var/log/nginx/", f"{folder}/"),
        ):
            ours, times = re.subn(pattern, instead, ours)
            assert times == 1, pattern
        (folder / "findings.conf").write_text(ours)
        (folder / "findings-hosts.conf").write_text("".join(HOST.format(port=one) for one in ports))
        (folder / "nginx.conf").write_text(MAIN.format(folder=folder, workers=workers))
        self.command = [program("nginx"), "-c", str(folder / "nginx.conf")]
        checked = subprocess.run([*self.command, "-t"], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr
        assert "[warn]" not in checked.stderr, checked.stderr
        self.start()

    def start(self):
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        wait_for_port(self.port)

    def end(self, how=signal.SIGQUIT):
        self.process.send_signal(how)
        self.process.wait(timeout=30)

    def get(self, address, method="GET", content=None, **headers):
        """The response to a request for an address, and what it holds, as text."""
        with contextlib.closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as ask:
            ask.request(method, address, content, headers)
            response = ask.getresponse()
            read = response.read()
            if response.headers["Content-Encoding"] == "gzip":
                read = gzip.decompress(read)
            return response, read.decode()


def wait_for_port(port, seconds=20):
    until = time.monotonic() + seconds
    while True:
        with socket.socket() as caller:
            if caller.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < until, f"Nothing listens on port {port}."
        time.sleep(0.02)
