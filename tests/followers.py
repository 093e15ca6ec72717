"""Readers who follow pages by mail: how they begin to, and the command that writes to them."""

from io import StringIO

from django.core.management import call_command

from lib.followers.models import Follower

EMAIL = "reader@example.org"


def follow(address, at, email=EMAIL):
    """A reader who has confirmed that they follow a page."""
    Follower.objects.ask(email, address, at)
    follower = Follower.objects.at_address(email).get()
    follower.confirm(follower.followings.values_list("pk", flat=True), at)
    return follower


def run(*arguments):
    """What `send_alerts` prints."""
    out = StringIO()
    call_command("send_alerts", *arguments, stdout=out, stderr=out)
    return out.getvalue()
