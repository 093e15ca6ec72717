"""Forms of staff in a real browser, on a slow line: sent once, and nothing typed is lost."""

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from findings.models import Evidence, ProgressUpdate
from lib.forms.models import HeldFile, UnsavedForm
from tests import accounts, factories
from tests.browser.staff import progress_address, sign_in
from tests.evidence_files import PDF

from .barriers import violations

pytestmark = pytest.mark.django_db(transaction=True)
KEPT = "This is what you wrote here but did not save."
FILE = {"name": "minutes.pdf", "mimeType": "application/pdf", "buffer": PDF}
expect.set_options(timeout=20_000)  # the machines of a continuous integration are slow


def slow_down(page):
    """A line with half a second of delay each way."""
    line = page.context.new_cdp_session(page)
    line.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 500, "downloadThroughput": -1, "uploadThroughput": 20_000},
    )


def sign_in_again(page):
    page.get_by_label("Username").fill("editor")
    page.get_by_label("Password").fill(accounts.PASSWORD)
    page.keyboard.press("Enter")


def test_two_clicks_on_a_slow_line_are_one_update(page, live_server, action, said):
    accounts.make("editor")
    sign_in(page, live_server, "editor")
    page.goto(progress_address(live_server, action))
    page.get_by_label("What happened").fill("All posts are filled.")
    slow_down(page)
    page.get_by_role("button", name="Save as draft").dblclick(delay=100)
    expect(page.get_by_text("Progress saved.")).to_have_count(1)
    expect(page.get_by_text("Nothing was saved")).to_have_count(0)
    assert ProgressUpdate.objects.count() == 1
    assert said == []


def test_a_session_that_ends_in_mid_form_gives_every_field_back_without_scripts(
    browser, live_server, action
):
    accounts.make("editor")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, live_server, "editor")
    page.goto(progress_address(live_server, action) + "?more=")
    fields = {
        "What happened": "All posts are filled.",
        "Title": "Board minutes",
        "What it shows": "That all are filled.",
        "Date of the evidence": "2025-09-01",
        "Review date (optional)": "2026-09-01",
    }
    for label, value in fields.items():
        page.get_by_label(label).fill(value)
    page.get_by_label("Delivered and embedding").check()
    page.get_by_label("Show this evidence to the public").check()
    page.get_by_label("File", exact=True).set_input_files(FILE)
    Session.objects.all().delete()
    page.get_by_role("button", name="Save as draft").click()
    sign_in_again(page)
    expect(page.get_by_text(KEPT)).to_be_visible()
    for label, value in fields.items():
        expect(page.get_by_label(label)).to_have_value(value)
    for label in ("Delivered and embedding", "Show this evidence to the public"):
        expect(page.get_by_label(label)).to_be_checked()
    page.get_by_role("button", name="Save as draft").click()
    expect(page.get_by_text("Progress saved.")).to_be_visible()
    assert Evidence.objects.get().filename == "minutes.pdf"
    context.close()


def test_a_failed_save_keeps_its_file_and_leads_to_what_is_wrong(page, live_server, action, said):
    accounts.make("steward")
    sign_in(page, live_server, "steward")
    page.goto(progress_address(live_server, action) + "?more=")
    page.get_by_label("Title").fill("Board minutes")
    page.get_by_label("What it shows").fill("That all are filled.")
    page.get_by_label("Date of the evidence").fill("2025-09-01")
    page.get_by_label("File", exact=True).set_input_files(FILE)
    page.get_by_role("button", name="Save as draft").click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    assert page.title().startswith("Error: ")
    page.get_by_role("link", name="Say what happened.").click()
    expect(page.get_by_label("What happened")).to_be_focused()
    page.keyboard.type("All posts are filled.")
    page.get_by_role("button", name="Save as draft").click()
    expect(page.get_by_text("Progress saved.")).to_be_visible()
    assert Evidence.objects.get().filename == "minutes.pdf"
    assert not HeldFile.objects.exists()
    # An add form of the admin, whose script would move the focus to the first field.
    page.goto(f"{live_server.url}/admin/findings/theme/add/")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_be_focused()
    assert said == []
    assert violations(page) == []


def test_a_half_written_note_is_kept_until_it_is_saved_and_is_nobody_elses(
    page, live_server, action, said
):
    for name in ("editor", "approver"):
        accounts.make(name)
    sign_in(page, live_server, "editor")
    page.goto(progress_address(live_server, action))
    note = page.get_by_label("What happened")
    with page.expect_response("**/admin/unsaved/"):
        note.press_sequentially("Half a sen")
    page.context.clear_cookies()
    sign_in(page, live_server, "approver")
    page.goto(progress_address(live_server, action))
    expect(note).to_have_value("")
    page.context.clear_cookies()
    sign_in(page, live_server, "editor")
    page.goto(progress_address(live_server, action))
    expect(page.get_by_text(KEPT)).to_be_visible()
    expect(note).to_have_value("Half a sen")
    with page.expect_response("**/admin/unsaved/"):
        note.press_sequentially("tence.")
    page.get_by_role("button", name="Use what is saved").click()
    expect(note).to_have_value("")
    assert not UnsavedForm.objects.exists()
    assert page.evaluate("Object.keys(localStorage)") == []
    assert said == []


def test_what_must_be_filled_in_is_marked_in_words_on_every_kind_of_staff_form(page, live_server):
    accounts.make("superuser")
    sign_in(page, live_server, "superuser")
    plan = factories.plan.make()
    after = "(label) => getComputedStyle(label, '::after').content"
    for address in (
        "/admin/findings/finding/add/",
        "/admin/imports/importrun/add/",
        f"/admin/findings/plan/{plan.pk}/copy/",
    ):
        page.goto(f"{live_server.url}{address}")
        labels = page.locator("label.required")
        assert labels.count(), address
        assert "(required)" in labels.first.evaluate(after), address
