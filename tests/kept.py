"""Rows that the tests of a module share, and pages of them that are asked for once."""

from contextlib import contextmanager

from django.db import transaction
from django.test import Client

from .pages import last_change


@contextmanager
def kept(blocker):
    """What is written within it stays while several tests run."""
    with blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


class RememberingClient(Client):
    """A client that asks for each page once for as long as nobody changes anything."""

    def __init__(self):
        super().__init__()
        self.answers = {}

    def get(self, address, data=None, **headers):
        key = address, repr(data), repr(headers), last_change()
        if key not in self.answers:
            answer = super().get(address, data, **headers)
            if answer.streaming:  # a download is read once
                return answer
            self.answers[key] = answer
        return self.answers[key]
