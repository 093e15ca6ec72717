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

    def get(self, address):
        key = address, last_change()
        if key not in self.answers:
            self.answers[key] = super().get(address)
        return self.answers[key]
