"""What people do in a browser by keyboard alone."""

import pytest
from playwright.sync_api import expect

MOST_TABS = 300


def tab_to(page, locator):
    """Go on by Tab alone, held down, until something has the focus; pressing it is then left to the
    keyboard too."""
    expect(locator).to_have_count(1)
    wanted = locator.element_handle()  # looked for once: by name that takes longer than a press
    for _ in range(MOST_TABS):
        page.keyboard.down("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            page.keyboard.up("Tab")
            return
    pytest.fail(f"Tab does not reach {locator}")
