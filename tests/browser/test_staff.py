"""The staff's main task in a real browser: by keyboard, by two people at once, without scripts, on a phone and in the dark."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from findings.models import Action, Confirmation, Finding, ProgressUpdate
from findings.workflow import record_progress
from tests import accounts, factories

pytestmark = pytest.mark.django_db(transaction=True)
PLAN = "Gloucestershire: steps reported outside a named plan"
MOST_TABS = 60
expect.set_options(timeout=20_000)  # the machines of a continuous integration are slow


@pytest.fixture
def said(page):
    """What the console says, which should be nothing."""
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


@pytest.fixture
def action(live_server):
    """One of Gloucestershire's that is in progress."""
    return Action.objects.get(plan__slug="gloucestershire-reported-steps", number=2)


def sign_in(page, live_server, role):
    page.goto(f"{live_server.url}/admin/")
    expect(page.get_by_label("Username")).to_be_focused()
    page.keyboard.type(role)
    page.keyboard.press("Tab")
    page.keyboard.type(accounts.PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Staff", level=1, exact=True)).to_be_visible()


def tab_to(page, locator):
    """Go on by Tab alone until something has the focus."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if locator.evaluate("element => element === document.activeElement"):
            return
    pytest.fail(f"Tab does not reach {locator}")


def progress_address(live_server, action):
    return f"{live_server.url}/admin/findings/action/{action.pk}/progress/"


def test_an_editor_records_progress_by_keyboard_and_the_public_page_changes(page, live_server, action, said):
    accounts.make("editor")
    sign_in(page, live_server, "editor")
    tab_to(page, page.get_by_role("link", name=f"Record progress on {PLAN}"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("link", name=f"2. {action.summary}"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What it answers")).to_be_visible()
    tab_to(page, page.get_by_role("link", name="Record progress", exact=True))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("In progress, as now"))
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Delivered and embedding")).to_be_checked()
    tab_to(page, page.get_by_label("What happened"))
    page.keyboard.type("All posts are filled.")
    tab_to(page, page.get_by_text("Evidence, where there is some"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("Title"))
    page.keyboard.type("Board minutes")
    tab_to(page, page.get_by_label("Address"))
    page.keyboard.type("https://example.org/minutes")
    tab_to(page, page.get_by_label("What it shows"))
    page.keyboard.type("That all posts are filled.")
    tab_to(page, page.get_by_label("Its date"))
    page.keyboard.type("01092025")
    tab_to(page, page.get_by_role("button", name="Record progress"))
    page.keyboard.press("Enter")
    told = f"Progress recorded. {PLAN}, action 2: moved from in progress to delivered and embedding."
    expect(page.get_by_text(told)).to_be_visible()
    latest = page.locator(".timeline li").first
    for words in ("Moved from in progress to", "All posts are filled.", "Board minutes", "Recorded by editor"):
        expect(latest).to_contain_text(words)
    page.goto(f"{live_server.url}{action.get_absolute_url()}")
    for words in ("delivered and embedding", "All posts are filled."):
        expect(page.locator(f"#action-{action.number}")).to_contain_text(words)
    # Restricted, as nobody ticked otherwise; and no account is ever named.
    expect(page.locator("body")).not_to_contain_text("Board minutes")
    expect(page.locator("body")).not_to_contain_text("Recorded by")
    assert said == []


def test_of_two_people_at_one_action_the_second_is_told_and_both_texts_survive(browser, live_server, action):
    accounts.make("editor")
    accounts.make("steward")
    first, second = (browser.new_context().new_page() for _ in range(2))
    for page, role in ((first, "editor"), (second, "steward")):
        sign_in(page, live_server, role)
        page.goto(progress_address(live_server, action))
    second.get_by_label("What happened").fill("The steward’s words.")
    second.get_by_label("Not pursued").check()
    first.get_by_label("Pending sign-off").check()
    first.get_by_label("What happened").fill("The editor’s words.")
    first.get_by_role("button", name="Record progress").click()
    expect(first.get_by_text("Progress recorded.")).to_be_visible()
    second.get_by_role("button", name="Record progress").click()
    expect(second.get_by_role("alert")).to_contain_text("Nothing was saved: somebody recorded progress on this action")
    expect(second.get_by_role("region", name="Recorded meanwhile")).to_contain_text("The editor’s words.")
    expect(second.get_by_label("What happened")).to_have_value("The steward’s words.")
    expect(second.get_by_label("Pending sign-off, as now")).to_be_checked()
    expect(second.get_by_label("Not pursued")).to_have_count(0)
    second.get_by_role("button", name="Record progress").click()
    expect(second.get_by_text("Progress recorded.")).to_be_visible()
    assert [(update.note, update.status) for update in ProgressUpdate.objects.all()] == [
        ("The steward’s words.", "pending_sign_off"),
        ("The editor’s words.", "pending_sign_off"),
    ]
    for page in (first, second):
        page.context.close()


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
    page.get_by_role("button", name="Record progress").click()
    expect(page.get_by_text("moved from in progress to superseded")).to_be_visible()
    expect(page.get_by_role("link", name="Record progress")).to_have_count(0)
    assert said == []


def test_progress_is_recorded_without_scripts(browser, live_server, action):
    accounts.make("editor")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, live_server, "editor")
    page.goto(progress_address(live_server, action))
    page.get_by_role("button", name="Record progress").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved.")
    expect(page.get_by_label("What happened")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("What happened").fill("Ten posts are filled.")
    page.get_by_role("button", name="Record progress").click()
    expect(page.get_by_text("Progress recorded.")).to_be_visible()
    context.close()


def test_a_steward_finds_a_long_lists_choices_by_name_and_by_keyboard(page, live_server, said):
    accounts.make("steward")
    sign_in(page, live_server, "steward")
    page.goto(f"{live_server.url}/admin/findings/plan/add/")
    box = page.get_by_role("combobox", name="Organisation")
    tab_to(page, box)
    page.keyboard.press("Enter")
    expect(page.locator(".select2-search__field:focus")).to_have_count(1)
    page.keyboard.type("glouc")
    expect(page.get_by_role("option")).to_have_text(["Gloucestershire"])  # the whole list stood there before
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Organisation: Gloucestershire")).to_be_focused()
    page.goto(f"{live_server.url}/admin/findings/finding/add/")
    page.get_by_role("button", name="Add another Source").click()
    expect(page.get_by_role("combobox", name="Source:")).to_have_count(2)
    assert said == []


def test_the_staffs_pages_are_accessible_on_a_phone_and_in_the_dark(browser, live_server, action):
    steward = accounts.make("steward")
    finding = Finding.objects.get(reference="F15")
    confirmation = factories.confirmation.make(finding=finding)
    update = record_progress(action, "embedding", "A note of some length. " * 20, steward, confirmation.finding.inspection.public_at)
    factories.evidence.make(action=None, update=update)
    addresses = [
        "",
        *(f"findings/{model}/" for model in ("action", "finding", "plan", "progressupdate", "confirmation")),
        "findings/action/?attention=undated&q=crime",
        "findings/action/?q=nothing+like+it",
        "inspections/grading/",
        "forces/organisation/",
        "forces/membership/",
        f"findings/plan/{action.plan_id}/change/",
        f"findings/action/{action.pk}/change/",
        f"findings/action/{action.pk}/progress/",
        f"findings/action/{action.pk}/delete/",
        f"findings/action/{action.pk}/history/",
        f"findings/confirmation/{Confirmation.objects.get().pk}/change/",
        "findings/finding/add/",
        "inspections/inspection/add/",
    ]
    found = {}
    for width, scheme in ((1280, "light"), (320, "dark")):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page = context.new_page()
        said = []
        page.on("console", lambda message, said=said: said.append(message.text))
        page.goto(f"{live_server.url}/admin/login/")
        found |= problems(page, said, "login", width)
        sign_in(page, live_server, "steward")
        for address in addresses:
            page.goto(f"{live_server.url}/admin/{address}")
            found |= problems(page, said, address, width)
        page.goto(progress_address(live_server, action))
        page.get_by_text("Evidence, where there is some").click()
        page.get_by_label("Title").fill("Minutes")
        page.get_by_role("button", name="Record progress").click()
        expect(page.get_by_role("alert")).to_be_visible()
        found |= problems(page, said, "errors", width)
        context.close()
    assert found == {}


def problems(page, said, name, width):
    """What the console said of a page, what axe finds there, and whether it scrolls sideways; by its name, where there is any."""
    page.wait_for_load_state()
    sideways = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    heard, problems = list(said), Axe().run(page).response["violations"]
    said.clear()  # axe itself breaks the content security policy
    named = [(problem["id"], problem["nodes"][0]["html"]) for problem in problems]
    return {(name, width): (heard, named, sideways)} if heard or named or sideways else {}


def test_a_stranger_sees_the_sign_in_page_first(page, live_server):
    page.goto(f"{live_server.url}/admin/findings/action/")
    expect(page).to_have_url(re.compile(r"/admin/login/\?next=/admin/findings/action/$"))
