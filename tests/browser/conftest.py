import pytest

from tests import accounts
from tests.browser.staff import sign_in


@pytest.fixture
def said(page):
    """What the console says, which should be nothing."""
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


@pytest.fixture
def people(browser, live_server):
    """Opens a browser as a member of staff: several at a time, each with their own."""
    contexts = []

    def open_as(name, width=1280):
        accounts.make(name)
        contexts.append(browser.new_context(viewport={"width": width, "height": 900}))
        page = contexts[-1].new_page()
        sign_in(page, live_server, name)
        return page

    yield open_as
    for context in contexts:
        context.close()
