"""The pages of imports in a real browser: axe finds nothing, and they fit a phone."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from findings.models import Theme
from tests.browser.barriers import errors
from tests.lib.imports.test_planted_errors import SHEETS
from tests.lib.imports.test_running import THEMES
from tests.sheets import csv_file, imported, xlsx_file

pytestmark = pytest.mark.django_db(transaction=True)
SHOTS = os.environ.get("SHOTS")


def shot(page, name):
    if SHOTS:
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)


def uploaded(page, live_server, file):
    page.goto(f"{live_server.url}/admin/imports/importrun/add/")
    page.get_by_label("Files").set_input_files(
        {"name": file.name, "mimeType": "text/csv", "buffer": file.data}
    )
    page.get_by_role("button", name="Show what would change").click()


def test_a_steward_imports_a_file_and_undoes_it(people, live_server):
    page, said, found = people("steward"), [], {}
    page.on("console", lambda message: said.append(message.text))
    imported(csv_file("earlier", THEMES, ["made-up-1", "Made-up 1", "None."]))
    page.goto(f"{live_server.url}/admin/imports/importrun/")
    page.get_by_role("link", name="Import files").click()
    expect(page.get_by_role("heading", name="Import files")).to_be_visible()
    found |= errors(page, said, "upload")
    shot(page, "upload")
    page.goto(f"{live_server.url}/admin/imports/importrun/files/")
    found |= errors(page, said, "files")
    shot(page, "files")
    uploaded(page, live_server, xlsx_file("planted", SHEETS))
    expect(page.get_by_text("nothing can be imported")).to_be_visible()
    found |= errors(page, said, "errors")
    shot(page, "errors")
    rows = ["made-up-1", "Renamed", "Something else."], ["made-up-2", "Made-up 2", "None."]
    uploaded(page, live_server, csv_file("themes", THEMES, *rows))
    expect(page.get_by_text("1 to create, 1 to change")).to_be_visible()
    for summary in page.locator("summary").all():
        summary.click()
    found |= errors(page, said, "waiting")
    shot(page, "waiting")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("themes: 1 created, 1 changed")).to_be_visible()
    found |= errors(page, said, "run")
    shot(page, "run")
    page.get_by_role("link", name="Undo this import").click()
    found |= errors(page, said, "undo")
    shot(page, "undo")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("is undone")).to_be_visible()
    assert not Theme.objects.filter(slug="made-up-2").exists()
    assert found == {}
