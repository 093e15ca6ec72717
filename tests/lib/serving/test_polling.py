"""Which sockets are asked whether they wait for something, and how often."""

import socket

from waitress import wasyncore

from lib.serving.polling import Sockets


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
