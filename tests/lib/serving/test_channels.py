"""A connection that has no server around it."""

import socket
import threading
from types import SimpleNamespace

from waitress import trigger
from waitress.adjustments import Adjustments

from lib.serving.channels import Channel
from lib.serving.polling import Sockets

POST = b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"


def test_only_the_main_thread_closes_a_connection():
    """It would fall over one that vanishes while it looks at the others."""
    sockets, (ours, theirs) = Sockets(), socket.socketpair()
    pulled = trigger.trigger(sockets)
    server = SimpleNamespace(active_channels={}, trigger=pulled)
    channel = Channel(server, ours, None, Adjustments(), map=sockets)
    channel.adj.limits = SimpleNamespace(line=100, fields=10, head=1_000, body=lambda path: 10)
    channel.received(POST)
    assert theirs.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    theirs.close()
    thread = threading.Thread(target=channel.send_continue)
    thread.start()
    thread.join()
    assert channel in sockets.values()
    sockets.turn(1)
    assert channel not in sockets.values()
    pulled.close()
    sockets.selector.close()
