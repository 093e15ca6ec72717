"""A connection that has no server around it."""

import socket
import threading
from types import SimpleNamespace

import pytest
from waitress import trigger
from waitress.adjustments import Adjustments
from waitress.buffers import ReadOnlyFileBasedBuffer

from lib.serving.channels import Channel
from lib.serving.polling import Sockets

POST = b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"


@pytest.fixture
def sockets():
    sockets = Sockets()
    yield sockets
    for one in list(sockets.values()):
        one.close()
    sockets.selector.close()


@pytest.fixture
def connection(sockets):
    """Our side of it, and the client's."""
    ours, theirs = socket.socketpair()
    server = SimpleNamespace(active_channels={}, trigger=trigger.trigger(sockets))
    server.pull_trigger = server.trigger.pull_trigger
    channel = Channel(server, ours, None, Adjustments(), map=sockets)
    channel.adj.limits = SimpleNamespace(line=100, fields=10, head=1_000, body=lambda path: 10)
    with theirs:
        yield channel, theirs


def test_only_the_main_thread_closes_a_connection(sockets, connection):
    """It would fall over one that vanishes while it looks at the others."""
    channel, client = connection
    channel.received(POST)
    assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.close()
    channel.request.expect_continue = True
    thread = threading.Thread(target=channel.send_continue)
    thread.start()
    thread.join()
    assert channel in sockets.values()
    sockets.turn(1)
    assert channel not in sockets.values()


def test_a_connection_ends_whose_file_has_become_shorter(sockets, connection, tmp_path):
    """Its client would wait for the rest, and the process try to send it without a pause."""
    channel, client = connection
    path = tmp_path / "file"
    path.write_bytes(bytes(2_000_000))
    sent = ReadOnlyFileBasedBuffer(path.open("rb", buffering=0))
    sent.prepare()
    channel.write_soon(sent)
    path.write_bytes(b"")
    sockets.turn(1)
    client.recv(1_000_000)
    sockets.turn(1)
    assert channel not in sockets.values()
