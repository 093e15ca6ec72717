"""The staff's door in a real browser: by keyboard, on a phone, in the dark, and with nothing for
axe to find."""

import time

import pytest
from django.core.cache import cache
from playwright.sync_api import expect

from tests import accounts
from tests.signing_in import code

from .barriers import errors

pytestmark = pytest.mark.django_db(transaction=True)
expect.set_options(timeout=20_000)


@pytest.fixture(autouse=True)
def required(settings):
    settings.REQUIRE_SECOND_FACTOR = True
    cache.clear()


def finished(page, heading):
    """Whether the page is there, whole, accessible and no wider than its window."""
    expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
    assert errors(page, [], heading) == {}


def fresh_code(secret):
    """A code that stays valid for long enough to be typed."""
    left = 30 - time.time() % 30
    if left < 5:
        time.sleep(left)
    return code(secret)


def submit(page, *values):
    """Type, from the field on that has the focus, and send."""
    expect(page.locator("input:focus")).to_be_visible()
    for number, value in enumerate(values):
        if number:
            page.keyboard.press("Tab")
        page.keyboard.type(value)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_an_editor_sets_a_second_factor_up_and_signs_in_with_it_by_keyboard(page, live_server):
    said = []
    page.on("console", lambda message: said.append(message.text))
    accounts.make("editor")
    page.goto(f"{live_server.url}/admin/")
    finished(page, "Sign in")
    submit(page, "editor", "wrong")
    expect(page.get_by_role("alert")).to_contain_text("or password is wrong")
    finished(page, "Sign in")
    page.get_by_label("Username").fill("")
    submit(page, "editor", accounts.PASSWORD)
    finished(page, "Set up two-step sign-in")
    secret = page.locator(".secret").inner_text()
    page.get_by_label("Authenticator code").focus()
    submit(page, fresh_code(secret))
    finished(page, "Your recovery codes")
    recovery = page.locator(".codes li").first.inner_text()
    page.get_by_role("link", name="I have saved them").press("Enter")
    page.get_by_role("link", name="Two-step sign-in").press("Enter")
    finished(page, "Two-step sign-in")
    page.get_by_role("link", name="Create new codes").press("Enter")
    finished(page, "Create new recovery codes?")
    page.goto(f"{live_server.url}/admin/second-factor/totp/deactivate/")
    finished(page, "Turn off two-step sign-in?")
    page.goto(f"{live_server.url}/admin/logout/")
    finished(page, "Sign out?")
    page.get_by_role("button", name="Sign out").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("You have signed out.")
    submit(page, "editor", accounts.PASSWORD)
    finished(page, "Enter your code")
    submit(page, recovery)
    expect(page.get_by_role("link", name="Two-step sign-in")).to_be_visible()
    assert said == []


def test_who_is_locked_out_reads_why(page, live_server):
    for _ in range(5):
        page.goto(f"{live_server.url}/admin/login/")
        submit(page, "editor", "wrong")
    finished(page, "Too many attempts")


def test_a_forgotten_password_is_asked_for_by_keyboard(page, live_server, mailing):
    page.goto(f"{live_server.url}/admin/login/")
    finished(page, "Sign in")
    page.get_by_role("link", name="Forgot your password?").press("Enter")
    finished(page, "Forgotten your password?")
    page.get_by_label("Email").focus()
    submit(page, "nobody@force.example")
    finished(page, "Check your email")
    page.goto(f"{live_server.url}/admin/forgotten/1-used/")
    finished(page, "This link no longer works")
