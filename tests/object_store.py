"""An object store for tests: a real HTTP server that speaks as much of S3 as the site needs."""

import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from findings.bucket import EvidenceBucket

BUCKET = "evidence"
KEYS = {
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
    "AWS_DEFAULT_REGION": "eu-west-2",
}
LONG_AGO = "2020-01-01T00:00:00.000Z"


class ObjectStore:
    """Keeps objects, or does what `trouble` says: answer with that status, or "hang" once it has
    done what it was asked. `asked` are the methods so far."""

    def __init__(self):
        self.objects, self.asked, self.trouble, self.troubled = {}, [], None, ()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def environment(self):
        """What leads boto3 here."""
        return KEYS | {"AWS_ENDPOINT_URL_S3": self.address}

    def storage(self, monkeypatch):
        """The bucket of evidence here, as a storage."""
        for name, value in self.environment.items():
            monkeypatch.setenv(name, value)
        return EvidenceBucket(bucket_name=BUCKET, file_overwrite=False, addressing_style="path")

    def is_in_trouble(self, trouble, *methods):
        self.trouble, self.troubled = trouble, methods

    def is_well(self):
        self.trouble, self.asked = None, []

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def listing(self, prefix):
        """What lies in a folder, as S3 lists it."""
        inside = [name for name in self.objects if name.startswith(prefix)]
        folders = {
            name[: len(prefix)] + name[len(prefix) :].partition("/")[0] + "/"
            for name in inside
            if "/" in name[len(prefix) :]
        }
        files = [name for name in inside if "/" not in name[len(prefix) :]]
        contents = "".join(
            f"<Contents><Key>{escape(name)}</Key><LastModified>{LONG_AGO}</LastModified>"
            f"<Size>{len(self.objects[name])}</Size></Contents>"
            for name in files
        )
        prefixes = "".join(
            f"<CommonPrefixes><Prefix>{escape(name)}</Prefix></CommonPrefixes>" for name in folders
        )
        return f"<ListBucketResult>{contents}{prefixes}</ListBucketResult>".encode()

    def _handler(store):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do(self):
                store.asked.append(self.command)
                content = self.content()
                is_troubled = store.trouble and self.command in store.troubled
                if is_troubled and store.trouble != "hang":
                    error = "<Error><Code>Refused</Code><Message>Out of space</Message></Error>"
                    return self.answer(store.trouble, error.encode())
                status, body = self.result(content)
                if is_troubled:
                    time.sleep(0.5)
                return self.answer(status, body)

            def content(self):
                content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if "aws-chunked" not in self.headers.get("Content-Encoding", ""):
                    return content
                whole, rest = b"", content
                while (length := int(rest.partition(b"\r\n")[0].partition(b";")[0], 16)) > 0:
                    start = rest.index(b"\r\n") + 2
                    whole, rest = whole + rest[start : start + length], rest[start + length + 2 :]
                return whole

            def result(self, content):
                address = urlsplit(self.path)
                name = address.path.removeprefix(f"/{BUCKET}").lstrip("/")
                if self.command == "PUT":
                    store.objects[name] = content
                elif self.command == "DELETE":
                    store.objects.pop(name, None)
                    return 204, b""
                elif not name:
                    return 200, store.listing(parse_qs(address.query).get("prefix", [""])[0])
                elif name not in store.objects:
                    return 404, b"<Error><Code>NoSuchKey</Code></Error>"
                else:
                    return 200, store.objects[name]
                return 200, b""

            def answer(self, status, body):
                self.close_connection = True
                try:
                    self.send_response(status)
                    self.send_header("Connection", "close")
                    self.send_header("Content-Length", str(len(body)))
                    self.send_header("ETag", '"0"')
                    self.send_header("Last-Modified", formatdate(0, usegmt=True))
                    self.end_headers()
                    if self.command != "HEAD":
                        self.wfile.write(body)
                except ConnectionError:  # whoever asked has not waited
                    pass

            do_GET = do_HEAD = do_PUT = do_DELETE = do

        return Handler
