"""The staff's main task in a real browser: by keyboard, by two people at once, without scripts, on
a phone and in the dark."""

import pytest
from playwright.sync_api import expect

from findings.models import ProgressUpdate
from tests import accounts
from tests.action_pages import handed_in
from tests.browser.staff import progress_address, sign_in

from .barriers import violations
from .keyboard import tab_to

pytestmark = pytest.mark.django_db(transaction=True)
PLAN = "Gloucestershire: steps reported outside a named plan"
expect.set_options(timeout=20_000)  # the machines of a continuous integration are slow


def test_progress_goes_from_an_editor_by_an_approver_to_the_public_by_keyboard(
    people, live_server, action
):
    editor, approver, other = (people(name) for name in ("editor", "approver", "other editor"))
    said = []
    for page in (editor, approver):
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))

    editor.goto(f"{live_server.url}/admin/findings/plan/{action.plan_id}/change/")
    tab_to(editor, editor.get_by_role("link", name=f"{action.number}. {action.summary[:40]}"))
    editor.keyboard.press("Enter")
    expect(editor.get_by_role("heading", name="Findings it responds to")).to_be_visible()
    tab_to(editor, editor.get_by_role("link", name="Record progress", exact=True))
    editor.keyboard.press("Enter")
    tab_to(editor, editor.get_by_label("In progress (no change)"))
    editor.keyboard.press("ArrowDown")
    expect(editor.get_by_label("Delivered and embedding")).to_be_checked()
    tab_to(editor, editor.get_by_label("What happened"))
    editor.keyboard.type("All posts are filled.")
    tab_to(editor, editor.get_by_text("Add evidence (optional)"))
    editor.keyboard.press("Enter")
    for label, words in (
        ("Title", "Board minutes"),
        ("Address", "https://example.org/minutes"),
        ("What it shows", "That all are filled."),
    ):
        tab_to(editor, editor.get_by_label(label))
        editor.keyboard.type(words)
    tab_to(editor, editor.get_by_label("Date of the evidence"))
    editor.keyboard.type("01092025")
    tab_to(editor, editor.get_by_role("button", name="Submit for approval"))
    editor.keyboard.press("Enter")
    expect(editor.get_by_text("Progress saved. It is awaiting approval.")).to_be_visible()
    latest = editor.locator(".timeline li").first
    for words in (
        "Proposed change from in progress to",
        "awaiting approval",
        "All posts are filled.",
        "Board minutes",
        "Recorded by editor",
    ):
        expect(latest).to_contain_text(words)
    # Their own is not theirs to approve.
    expect(editor.get_by_role("link", name="Approve")).to_have_count(0)
    update = ProgressUpdate.objects.get()
    approve_page = f"{live_server.url}/admin/findings/progressupdate/{update.pk}/approve/"
    assert editor.request.get(approve_page).status == 403
    # Nobody outside sees any of it.
    public = f"{live_server.url}{action.get_absolute_url()}"
    other.goto(public)
    expect(other.locator("body")).not_to_contain_text("All posts are filled.")
    for page in (approve_page, progress_address(live_server, action)):
        assert other.request.get(page).status == 404

    approver.goto(f"{live_server.url}/admin/findings/action/{action.pk}/change/")
    tab_to(
        approver, approver.get_by_role("link", name="Approve the progress update that editor wrote")
    )
    approver.keyboard.press("Enter")
    expect(approver.get_by_role("heading", name="Update from editor")).to_be_visible()
    tab_to(approver, approver.get_by_role("button", name="Publish"))
    approver.keyboard.press("Enter")
    expect(
        approver.get_by_text(f"Published. {PLAN}, action {action.number}: delivered and embedding.")
    ).to_be_visible()
    other.reload()
    for words in ("delivered and embedding", "All posts are filled."):
        expect(other.locator(f"#action-{action.number}")).to_contain_text(words)
    assert not other.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    # Restricted, as nobody ticked otherwise; and no account is ever named.
    for words in ("Board minutes", "Recorded by", "approver"):
        expect(other.locator("body")).not_to_contain_text(words)
    assert said == []


def test_of_two_people_at_one_action_the_second_is_told_and_both_texts_survive(
    people, live_server, action
):
    first, second = people("editor"), people("steward")
    for page in (first, second):
        page.goto(progress_address(live_server, action))
    second.get_by_label("What happened").fill("The steward’s words.")
    second.get_by_label("Not pursued").check()
    first.get_by_label("What happened").fill("The editor’s words.")
    first.get_by_role("button", name="Save as draft").click()
    expect(first.get_by_text("Progress saved.")).to_be_visible()
    second.get_by_role("button", name="Submit for approval").click()
    expect(second.get_by_role("alert")).to_contain_text(
        "Nothing was saved. Someone else changed this action while you were writing."
    )
    theirs, mine = (
        second.get_by_role("region", name="Added while you were writing"),
        second.get_by_label("What happened"),
    )
    expect(theirs).to_contain_text("The editor’s words.")
    expect(mine).to_have_value("The steward’s words.")
    expect(second.get_by_label("Not pursued")).to_be_checked()
    left, right = theirs.bounding_box(), mine.bounding_box()
    assert left["x"] + left["width"] <= right["x"]
    assert violations(second) == []
    second.get_by_role("button", name="Submit for approval").click()
    expect(second.get_by_text("Progress saved.")).to_be_visible()
    assert {(update.note, update.state) for update in ProgressUpdate.objects.all()} == {
        ("The steward’s words.", "submitted"),
        ("The editor’s words.", "draft"),
    }


def test_what_awaits_approval_is_withdrawn_on_the_page_of_its_action_which_can_be_saved_too(
    page, live_server, action, said
):
    steward = accounts.make("steward")
    handed_in(action, steward)
    sign_in(page, live_server, "steward")
    page.goto(f"{live_server.url}/admin/findings/action/{action.pk}/change/")
    assert page.evaluate("document.querySelector('[name=_save]').form.id") == "action_form"
    page.get_by_role("button", name="Withdraw your progress update").click()
    expect(page.get_by_text("Withdrawn. Only staff can see it")).to_be_visible()
    assert ProgressUpdate.objects.get(by=steward).is_draft
    assert said == []


def test_a_successor_is_asked_for_when_an_action_is_superseded(page, live_server, action, said):
    accounts.make("editor")
    sign_in(page, live_server, "editor")
    page.goto(progress_address(live_server, action))
    successor = page.get_by_label("Superseded by")
    expect(successor).to_be_hidden()
    page.get_by_label("Superseded", exact=True).check()
    expect(successor).to_be_visible()
    successor.select_option("Gloucestershire Rapid Improvement Plan (GRIP), action 1")
    page.get_by_label("What happened").fill("One plan for all.")
    page.get_by_role("button", name="Submit for approval").click()
    waiting = page.locator(".timeline li").first
    expect(waiting).to_contain_text(
        "superseded by Gloucestershire Rapid Improvement Plan (GRIP), action 1"
    )
    assert said == []


def test_progress_is_recorded_without_scripts(browser, live_server, action):
    accounts.make("editor")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/admin/")
    page.get_by_label("Username").fill("editor")
    page.get_by_label("Password").fill(accounts.PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live_server.url}/admin/")
    page.goto(progress_address(live_server, action))
    page.get_by_role("button", name="Submit for approval").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved.")
    expect(page.get_by_label("What happened")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("What happened").fill("Ten posts are filled.")
    page.get_by_role("button", name="Submit for approval").click()
    expect(page.get_by_text("Progress saved.")).to_be_visible()
    context.close()
