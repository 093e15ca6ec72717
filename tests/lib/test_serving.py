"""The web server in front of a small site: what it takes, for how long, and what clients see."""

import contextlib
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection, IncompleteRead
from pathlib import Path

import pytest
from django.conf import settings
from waitress import wasyncore

from lib.serving.buffers import Buffer
from lib.serving.limits import refusal
from lib.serving.polling import Sockets
from lib.serving.threads import Threads, with_room_for_calls

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


def test_requests_that_are_sent_ahead_are_served_in_turn(site):
    with site.connect() as client:
        client.sendall(b"GET /slow/ HTTP/1.1\r\n\r\n")
        time.sleep(0.2)
        client.sendall(b"GET /unchanged/ HTTP/1.1\r\n\r\nGET / HTTP/1.0\r\n\r\n")
        with client.makefile("rb") as file:
            said = file.read()
    assert re.findall(rb"HTTP/1\.\d (\d+)", said) == [b"200", b"304", b"200"]


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
        silent, idle, head, body, drip = (stack.enter_context(site.connect()) for _ in range(5))
        idle.sendall(b"GET / HTTP/1.1\r\n\r\n")
        head.sendall(b"GET / HTTP/1.1\r\nX: ")
        body.sendall(POST.format("", 9).encode() + b"12")
        for _ in range(45):  # of which each comes in time
            with contextlib.suppress(OSError):
                drip.sendall(b"G")
            time.sleep(0.05)
        said = [one.makefile("rb").read() for one in (silent, idle, head, body)]
        assert drip.recv(1_000).startswith(b"HTTP/1.1 408 ")
    assert said[0] == b""
    assert said[1].endswith(b"\r\n\r\n0")
    for told in said[2:]:
        assert told.startswith(b"HTTP/1.1 408 ")
        assert b"<h1>The request took too long to come</h1>" in told


def not_reading(port, path):
    """A connection that asks for something large and reads nothing of it."""
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
    reader.settimeout(10)
    reader.connect(("127.0.0.1", port))
    reader.sendall(f"GET {path} HTTP/1.1\r\n\r\n".encode())
    return reader


def test_those_who_do_not_read_a_stream_take_no_thread(site):
    with contextlib.ExitStack() as stack:
        for _ in range(10):
            stack.enter_context(not_reading(site.port, "/stream/"))
        site.served()  # behind those
        started = time.monotonic()
        site.served()
    assert time.monotonic() - started < 1


def test_one_who_does_not_read_a_longer_stream_loses_the_rest_and_the_thread(site):
    with not_reading(site.port, "/long/") as reader:
        time.sleep(0.3)  # until the thread has taken it
        assert site.served()
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


def test_a_flood_of_idle_connections_makes_room_for_newcomers(site):
    with contextlib.ExitStack() as stack:
        for _ in range(CONNECTIONS):
            idle = stack.enter_context(site.connect())
            idle.sendall(b"GET / HTTP/1.1\r\n\r\n")
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


def test_sockets_that_wait_for_clients_are_asked_once():
    class Idle(wasyncore.dispatcher):
        asked = 0

        def readable(self):
            self.asked += 1
            return True

        def writable(self):
            return False

        def handle_read(self):
            self.recv(100)

    sockets = Sockets()
    ours, theirs = zip(*(socket.socketpair() for _ in range(3)), strict=True)
    idle = [Idle(one, map=sockets) for one in ours]
    for _ in range(5):
        theirs[0].send(b"x")
        sockets.turn(0)
    assert [one.asked for one in idle] == [5, 1, 1]
    for one in [*idle, *theirs]:
        one.close()
    assert not sockets
    sockets.selector.close()


def test_the_thread_that_rested_last_works_first():
    threads, names, done = Threads(), [], threading.Semaphore(0)

    class Task:
        def service(self):
            names.append(threading.current_thread().name)
            done.release()

    threads.set_thread_count(4)
    for _ in range(20):
        while threads.active_count:
            time.sleep(0.001)
        threads.add_task(Task())
        done.acquire()
    assert len(set(names)) == 1
    assert threads.shutdown(timeout=5)
    assert not threads.threads


def test_no_depth_of_calls_makes_a_thread_ask_the_system_for_memory_again_and_again():
    """A loop of 1,000 calls, begun at each of 150 depths: none takes a new page for each call."""
    most = []

    def take(depth):
        if depth:
            take(depth - 1)
        before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
        for _ in range(1_000):
            do_nothing()
        most.append(resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before)

    thread = threading.Thread(target=with_room_for_calls, args=[take, 150])
    thread.start()
    thread.join()
    assert len(most) == 151
    assert max(most) < 500


def do_nothing():
    pass


def test_what_a_client_has_read_is_held_no_longer():
    buffer, written, read = Buffer(100_000), [], []
    for number in range(500):
        piece = bytes([number % 256]) * 9_000
        buffer.append(piece)
        written.append(piece)
        if number > 5:
            read.append(buffer.get(9_000))
            buffer.skip(len(read[-1]), True)
        assert buffer.buf.file.getbuffer().nbytes < 300_000
    assert b"".join(read) + buffer.get() == b"".join(written)


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
