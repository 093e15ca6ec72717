"""The threads that work on requests: which works next, and what its calls cost."""

import resource
import threading
import time

from lib.serving.threads import Threads, with_room_for_calls


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
