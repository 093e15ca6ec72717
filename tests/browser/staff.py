"""How a browser comes to the staff's pages."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import expect


def sign_in(page, live_server, name):
    """Opens the desk as somebody whose session has begun: the door itself is tried in
    test_sign_in.py."""
    client = Client()
    client.force_login(get_user_model().objects.get(username=name))
    session = settings.SESSION_COOKIE_NAME
    page.context.add_cookies(
        [{"name": session, "value": client.cookies[session].value, "url": live_server.url}]
    )
    page.goto(f"{live_server.url}/admin/")
    expect(page).to_have_url(f"{live_server.url}/admin/")


def progress_address(live_server, action):
    return f"{live_server.url}/admin/findings/action/{action.pk}/progress/"
