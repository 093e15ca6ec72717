"""The shared store of pages, against a stand-in for Valkey that can hang or hold anything."""

import socketserver
import threading
import time

import pytest

from config.caching import shared_cache
from config.caching.shared_cache import SharedCache

pytestmark = pytest.mark.slow


class Session(socketserver.StreamRequestHandler):
    """Answers what the cache asks of Valkey: words, one by one, with their lengths before them."""

    def handle(self):
        while line := self.rfile.readline():
            words = []
            for _ in range(int(line[1:])):
                length = int(self.rfile.readline()[1:])
                words.append(self.rfile.read(length + 2)[:-2])
            self.server.asked += 1
            if self.server.hangs:
                continue
            self.wfile.write(self.answer(*words))

    def answer(self, command, *words):
        if command == b"GET":
            value = self.server.values.get(words[0])
            return b"$-1\r\n" if value is None else b"$%d\r\n%b\r\n" % (len(value), value)
        if command == b"SET":
            self.server.values[words[0]] = words[1]
        return b"+OK\r\n"


class Store(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Session)
        self.values, self.asked, self.hangs = {}, 0, False


@pytest.fixture
def store(monkeypatch):
    monkeypatch.setattr(SharedCache, "resting_until", 0.0)
    with Store() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def cache_in(store):
    return SharedCache(f"redis://127.0.0.1:{store.server_address[1]}/0", {})


def test_what_one_process_keeps_another_finds(store):
    page = [[["Content-Type", "text/html"]], b"\x1f\x8b\x00 a page"]
    cache_in(store).set("page", page, 60)
    assert cache_in(store).get("page") == page
    assert cache_in(store).get("another") is None


def test_a_store_that_hangs_costs_one_short_wait_and_is_then_left_alone(store, monkeypatch, caplog):
    cache = cache_in(store)
    cache.set("page", "kept", 60)
    store.hangs = True
    begun = time.monotonic()
    assert cache.get("page") is None
    asked = store.asked
    for _ in range(20):
        cache.set("page", "newer", 60)
        assert cache_in(store).get("page") is None
    assert store.asked == asked
    assert time.monotonic() - begun < 3
    assert len(caplog.records) == 1
    store.hangs = False
    monkeypatch.setattr(SharedCache, "resting_until", time.monotonic() - shared_cache.REST)
    assert cache_in(store).get("page") == "kept"


def test_a_store_that_refuses_costs_no_page(store):
    cache = cache_in(store)
    store.shutdown()
    store.server_close()
    assert cache.get("page", "made anew") == "made anew"
    assert cache.add("page", "made anew", 60), "nobody else is making it"


def test_what_cannot_be_read_is_no_page_and_nothing_in_it_is_run(store):
    cache = cache_in(store)
    cache.set("page", "kept", 60)
    (key,) = store.values
    store.values[key] = b"cposix\nsystem\n(S'exit'\ntR."  # a pickle, which Django's own would load
    assert cache.get("page") is None
