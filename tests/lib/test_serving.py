"""The web server in front of a small site: what it takes, for how long, and what clients see."""

import contextlib
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time
from http.client import HTTPConnection, IncompleteRead
from pathlib import Path

import pytest
from django.conf import settings

from lib.serving.limits import refusal

pytestmark = pytest.mark.slow

CONNECTIONS = 30
POST = "POST / HTTP/1.1\r\n{}Content-Length: {}\r\n\r\n"
CHUNKED = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
MARKUP = f"GET / HTTP/1.1\r\n<b>{9_000 * 'x'}\r1\r\n\r\n"
TINY = 200_000 * b"1\r\na\r\n"
NEXT = b"0\r\n\r\nGET /served/ HTTP/1.1\r\n\r\n"


class Site:
    """The small site, with one process of one thread."""

    def __init__(self, log):
        self.log = log
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
            command = [sys.executable, "-m", "gunicorn", "tests.lib.serving_site"]
            command += ["--worker-class=tests.lib.serving_site.HastyWorker", "--threads=1"]
            command += [f"--worker-connections={CONNECTIONS}", "--limit-request-fields=50"]
            command += ["--no-control-socket", "--keep-alive=2", "--access-logfile=-"]
            command += ["--limit-request-line=4094", "--graceful-timeout=5"]
            self.process = subprocess.Popen(
                [*command, f"--bind=fd://{listener.fileno()}"],
                cwd=settings.BASE_DIR,
                pass_fds=[listener.fileno()],
                stdout=log,
                stderr=log,
            )

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def ask(self, path, method="GET", body=None, headers=()):
        """The response to a request, and its content."""
        with contextlib.closing(HTTPConnection("127.0.0.1", self.port, timeout=10)) as asking:
            asking.request(method, path, body, dict(headers))
            response = asking.getresponse()
            return response, response.read()

    def served(self):
        return self.ask("/served/")[1].decode().split()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with (tmp_path_factory.mktemp("serving") / "log").open("w+") as log:
        site = Site(log)
        yield site
        site.process.terminate()
        assert site.process.wait(10) == 0


def test_requests_are_served_and_noted_in_the_access_log(site):
    response, content = site.ask("/", "POST", b"x" * 1_000)
    assert (response.status, content) == (200, b"1000")
    assert response.getheader("Server") is None
    assert site.ask("/", "POST", iter([b"abc", b"de"]))[1] == b"5"
    assert site.ask("/file/")[1] == Path(__file__).with_name("serving_site.py").read_bytes()
    assert len(site.ask("/stream/")[1]) == 10_000_000
    size = Path(__file__).with_name("serving_site.py").stat().st_size
    assert f'"GET /file/ HTTP/1.1" 200 {size} ' in Path(site.log.name).read_text()


def test_a_response_to_head_has_no_content_and_leaves_the_connection_open(site):
    with contextlib.closing(HTTPConnection("127.0.0.1", site.port, timeout=10)) as asking:
        for path in ("/", "/file/"):
            asking.request("HEAD", path)
            assert asking.getresponse().read() == b""
            opened = asking.sock
            asking.request("GET", "/")
            assert asking.getresponse().read() == b"0"
            assert asking.sock is opened


def test_a_response_without_a_length_leaves_the_connection_open(site):
    """waitress would close it after each, and a reader who asks whether a page is new connect
    again."""
    with contextlib.closing(HTTPConnection("127.0.0.1", site.port, timeout=10)) as asking:
        opened = None
        for path, status, length in (("/unchanged/", 304, 0), ("/stream/", 200, 10_000_000)) * 2:
            asking.request("GET", path)
            response = asking.getresponse()
            assert (response.status, len(response.read())) == (status, length)
            assert response.getheader("Connection") is None
            opened = opened or asking.sock
            assert asking.sock is opened
        asking.request("GET", "/unchanged/", headers={"Connection": "close"})
        response = asking.getresponse()
        assert (response.read(), response.getheader("Connection")) == (b"", "close")


@pytest.mark.parametrize("path", ["/", "/unchanged/", "/stream/"])
@pytest.mark.parametrize("options", ["Close", "TE, close", "close ,TE"])
def test_a_connection_ends_whose_client_says_so_among_other_things(site, path, options):
    with site.connect() as client, client.makefile("rb") as file:
        client.sendall(f"GET {path} HTTP/1.1\r\nConnection: {options}\r\n\r\n".encode())
        client.settimeout(0.8)  # less than an idle connection is kept
        assert b"\r\nConnection: close\r\n" in file.read()


def test_requests_that_are_sent_ahead_are_served_in_turn(site):
    with site.connect() as client:
        client.sendall(b"GET /slow/ HTTP/1.1\r\n\r\n")
        time.sleep(0.2)
        client.sendall(b"GET /unchanged/ HTTP/1.1\r\n\r\nGET / HTTP/1.0\r\n\r\n")
        with client.makefile("rb") as file:
            said = file.read()
    assert re.findall(rb"HTTP/1\.\d (\d+)", said) == [b"200", b"304", b"200"]


def test_a_request_without_a_body_is_no_part_of_the_next_one(site):
    """waitress would wait for the body, and read the next request as more headers of this one."""
    with site.connect() as client, client.makefile("rb") as file:
        client.sendall(b"GET / HTTP/1.1\r\nExpect: 100-continue\r\n\r\n")
        time.sleep(0.2)
        client.sendall(b"GET /unchanged/ HTTP/1.0\r\n\r\n")
        assert re.findall(rb"HTTP/1\.\d (\d+)", file.read()) == [b"200", b"304"]


def test_a_body_is_asked_for_when_what_came_before_has_been_responded_to(site):
    with site.connect() as client, client.makefile("rb") as file:
        client.sendall(b"GET /slow/ HTTP/1.1\r\n\r\n")
        client.sendall(POST.format("Expect: 100-continue\r\nConnection: close\r\n", 4).encode())
        said = b""
        while b" 100 Continue" not in said:
            said += client.recv(1_000)
        client.sendall(b"abcd")
        said += file.read()
    assert re.findall(rb"HTTP/1\.\d (\d+)", said) == [b"200", b"100", b"200"]
    assert said.endswith(b"\r\n\r\n4")


def test_who_has_begun_another_request_is_not_cut_off_in_reading(site):
    with not_reading(site.port, "/stream/", b"GET /unch") as reader:
        read = 0
        for _ in range(4):
            time.sleep(0.4)
            for _ in range(10):
                read += len(reader.recv(1_000))
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        while data := reader.recv(1 << 20):
            read += len(data)
    assert read > 10_000_000


def test_an_error_of_the_system_is_told_like_any_other(site):
    response, content = site.ask("/failing/")
    assert response.status == 500
    assert b"<h1>Something went wrong here</h1>" in content
    assert "OSError: It failed." in Path(site.log.name).read_text()


def test_who_leaves_while_another_request_of_theirs_waits_leaves_no_error(site):
    with site.connect() as working, site.connect() as other:
        working.sendall(b"GET /slow/ HTTP/1.1\r\n\r\n")
        time.sleep(0.2)
        with not_reading(site.port, "/stream/", b"GET /left/ HTTP/1.1\r\n\r\n") as leaving:
            time.sleep(0.2)
            other.sendall(b"GET /slow/ HTTP/1.1\r\n\r\n")
            assert working.recv(1_000).startswith(b"HTTP/1.1 200")
            time.sleep(0.3)
            leaving.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert other.recv(1_000).startswith(b"HTTP/1.1 200")
    assert "/left/" not in site.served()
    assert "AttributeError" not in Path(site.log.name).read_text()


def test_a_client_sees_that_a_stream_broke_off(site):
    with pytest.raises(IncompleteRead):
        site.ask("/broken/")


@pytest.mark.parametrize(
    ("status", "sentence", "head", "content"),
    [
        (414, "The address is longer", "GET /" + 5_000 * "a" + " HTTP/1.1\r\n\r\n", b""),
        (414, "The address is longer", "GET /" + 40_000 * "a", b""),
        (431, "The headers are larger", "GET / HTTP/1.1\r\n" + 60 * "X: 1\r\n" + "\r\n", b""),
        (431, "The headers are larger", "GET / HTTP/1.1\r\nX: " + 40_000 * "a", b""),
        (413, "What was sent is larger", POST.format("Expect: 100-continue\r\n", 1_001), b""),
        (413, "What was sent is larger", POST.format("", 3_000_000), bytes(3_000_000)),
        (413, "What was sent is larger", CHUNKED, 300 * b"4\r\nabcd\r\n"),
        (400, "Invalid header", "GET / HTTP/1.1\r\nno colon\r\n\r\n", b""),
        (400, "Bare CR or LF found in header line &quot;&lt;b&gt;xxx", MARKUP, b""),
        # What would take seconds to read, in which nobody is served.
        (400, "A header has too many blanks", f"GET / HTTP/1.1\r\nX:{30_000 * ' '}x\r\n\r\n", b""),
        (400, "A header has too many blanks", "GET / HTTP/1.1\r\nX: 1\r\n 2\r\n\r\n", b""),
        (400, "The parts sent are too small", CHUNKED.replace("/", "/large/", 1), 900_000 * b"0"),
        (
            400,
            "The parts sent are too small",
            CHUNKED.replace("/", "/large/", 1),
            b"0\r\nX: " + 900_000 * b"x",
        ),
        (400, "The parts sent are too small", CHUNKED.replace("/", "/large/", 1), TINY),
        # Where one request ends and the next begins, nobody in front may read in another way.
        (400, "The request says in two ways", CHUNKED[:-2] + "Content-Length: 4\r\n\r\n", NEXT),
        (400, "The request says in two ways", CHUNKED.replace("1.1", "1.0"), NEXT),
        (400, "The request says in two ways", CHUNKED.replace("1.1", "2.0"), NEXT),
        (400, "The request says in two ways", CHUNKED.replace("d\r", "d, chunked\r"), NEXT),
        (400, "The request says in two ways", CHUNKED.replace("chunked", ""), NEXT),
        (400, "Invalid chunk size", CHUNKED, b"5\n\r\nabcde\r\n" + NEXT),
        (400, "Invalid chunk extension", CHUNKED, b"5;a\n\r\nabcde\r\n" + NEXT),
        # What Python cannot read, and waitress would say nothing of.
        (400, "The address or the length", POST.format("", 5_000 * "9"), b""),
        (400, "The address or the length", "GET http://[ HTTP/1.1\r\n\r\n", b""),
    ],
)
def test_a_request_beyond_a_limit_is_told_so_in_a_sentence(site, status, sentence, head, content):
    began = time.monotonic()
    with site.connect() as connection, connection.makefile("rb") as file:
        connection.sendall(head.encode() + content)
        head, _, told = file.read().decode().partition("\r\n\r\n")
    assert time.monotonic() - began < 2
    assert head.startswith(f"HTTP/1.1 {status} ")
    assert "\r\nContent-Type: text/html; charset=utf-8\r\n" in head
    assert f"<h1>{sentence}" in told
    assert len(told) < 900


def test_a_refusal_that_names_a_page_leads_there_and_takes_no_markup_of_a_client():
    assert b'<a href="/">the first page</a>' in refusal(414)
    assert b"<h1>A &lt;b&gt; header</h1>" in refusal(400, "A <b> header.")


def test_as_much_as_an_address_takes_is_taken(site):
    assert site.ask("/large/", "POST", bytes(3_000_000))[1] == b"3000000"


def test_connections_end_whose_clients_take_too_long(site):
    with contextlib.ExitStack() as stack:
        silent, idle, head, body, claim, drip, blank = (
            stack.enter_context(site.connect()) for _ in range(7)
        )
        idle.sendall(b"GET / HTTP/1.1\r\n\r\n")
        head.sendall(b"GET / HTTP/1.1\r\nX: ")
        body.sendall(POST.format("", 9).encode() + b"12")
        claim.sendall(POST.replace("/", "/large/", 1).format("", 2_900_000).encode() + b"12")
        for _ in range(50):  # of which each comes in time
            with contextlib.suppress(OSError):
                drip.sendall(b"G")
            with contextlib.suppress(OSError):
                blank.sendall(b"\r\n\r\n")
            time.sleep(0.05)
        blank.setblocking(False)
        with contextlib.suppress(ConnectionError):
            assert blank.recv(1_000) == b""
        said = [one.makefile("rb").read() for one in (silent, idle, head, body, claim)]
        assert drip.recv(1_000).startswith(b"HTTP/1.1 408 ")
    assert said[0] == b""
    assert said[1].endswith(b"\r\n\r\n0")
    for told in said[2:]:
        assert told.startswith(b"HTTP/1.1 408 ")
        assert b"<h1>The request took too long to come</h1>" in told


def not_reading(port, path, next_request=b""):
    """A connection that asks for something large and reads nothing of it."""
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
    reader.settimeout(10)
    reader.connect(("127.0.0.1", port))
    reader.sendall(f"GET {path} HTTP/1.1\r\n\r\n".encode() + next_request)
    return reader


def test_those_who_do_not_read_a_stream_take_no_thread(site):
    with contextlib.ExitStack() as stack:
        for _ in range(10):
            stack.enter_context(not_reading(site.port, "/stream/"))
        site.served()  # behind those
        started = time.monotonic()
        site.served()
    assert time.monotonic() - started < 1


def test_nobody_who_reads_no_response_is_served_their_next_request(site):
    """It would take a thread as soon as all responses together are too much to be held."""
    ahead = 3 * b"GET /stream/ HTTP/1.1\r\n\r\n" + b"GET /unread/ HTTP/1.1\r\n\r\n"
    with not_reading(site.port, "/stream/", ahead):
        time.sleep(0.3)
        started = time.monotonic()
        assert "/unread/" not in site.served()
    assert time.monotonic() - started < 1


def test_one_who_does_not_read_a_longer_stream_loses_the_rest_and_the_thread(site):
    with not_reading(site.port, "/long/") as reader:
        time.sleep(0.3)  # until the thread has taken it
        assert site.served()
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        read = 0
        with contextlib.suppress(ConnectionError):
            while data := reader.recv(1 << 20):
                read += len(data)
    assert read < 30_000_000


def test_who_has_left_while_waiting_for_a_thread_is_not_served(site):
    with site.connect() as working, site.connect() as leaving:
        working.sendall(b"GET /slow/ HTTP/1.1\r\n\r\n")
        time.sleep(0.2)
        leaving.sendall(b"GET /left/ HTTP/1.1\r\n\r\n")
        time.sleep(0.2)
        leaving.close()
        assert working.recv(1_000).startswith(b"HTTP/1.1 200")
    assert "/slow/" in site.served()
    assert "/left/" not in site.served()


@pytest.mark.parametrize(
    "said",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\0 HTTP/1.1\r\n\r\n",
        b"POST /large/ HTTP/1.1\r\nContent-Length: 20000\r\n\r\n" + bytes(10_000),
    ],
)
def test_a_flood_of_connections_that_ask_for_nothing_makes_room_for_newcomers(site, said):
    """Idle ones, those that have been refused and do not close, and requests that do not end."""
    site.served()  # it may be starting yet
    with contextlib.ExitStack() as stack:
        for _ in range(CONNECTIONS):
            idle = stack.enter_context(site.connect())
            idle.sendall(said)
        time.sleep(1.1)
        assert site.ask("/")[0].status == 200


def test_a_newcomer_is_refused_while_all_others_are_being_served(site):
    with contextlib.ExitStack() as stack:
        for _ in range(CONNECTIONS):
            sending = stack.enter_context(site.connect())
            sending.sendall(b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n1")
        response, content = site.ask("/")
    assert (response.status, response.getheader("Retry-After")) == (503, "5")
    assert b"<h1>Too many people are asking at once</h1>" in content


def test_a_process_that_died_is_replaced_and_one_that_is_ended_responds_first(tmp_path):
    with (tmp_path / "log").open("w+") as log:
        site = Site(log)
        assert site.served() == ["/served/"]
        parent = site.process.pid
        os.kill(int(Path(f"/proc/{parent}/task/{parent}/children").read_text()), signal.SIGKILL)
        assert site.served() == ["/served/"]
        with site.connect() as idle, site.connect() as working:
            working.sendall(b"GET /slow/ HTTP/1.1\r\n\r\n")
            time.sleep(0.3)
            os.kill(site.process.pid, signal.SIGTERM)
            with working.makefile("rb") as file:
                said = file.read()
            assert said.endswith(b"0")
            assert b"Connection: close" in said
            assert site.process.wait(3) == 0
            assert idle.recv(1) == b""
