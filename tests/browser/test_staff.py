"""The staff's main task in a real browser: by keyboard, by two people at once, without scripts, on a phone and in the dark."""

import re
from datetime import date

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from findings import workflow
from findings.digest import stop_token
from findings.models import Confirmation, Finding, ProgressUpdate, Response
from tests import accounts, factories

from .barriers import errors, violations
from .keyboard import tab_to

pytestmark = pytest.mark.django_db(transaction=True)
PLAN = "Gloucestershire: steps reported outside a named plan"
expect.set_options(timeout=20_000)  # the machines of a continuous integration are slow


@pytest.fixture
def said(page):
    """What the console says, which should be nothing."""
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def sign_in(page, live_server, name):
    """Opens the desk as somebody whose session has begun: the door itself is tried in test_sign_in.py."""
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


@pytest.mark.parametrize("width", [1280, 320])
def test_progress_goes_from_an_editor_by_an_approver_to_the_public_by_keyboard(
    width, people, live_server, action
):
    editor, approver, other = (
        people(name, width) for name in ("editor", "approver", "other editor")
    )
    said = []
    for page in (editor, approver):
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))

    editor.goto(f"{live_server.url}/admin/findings/plan/{action.plan_id}/change/")
    tab_to(editor, editor.get_by_role("link", name=f"2. {action.summary}"))
    editor.keyboard.press("Enter")
    expect(editor.get_by_role("heading", name="What it answers")).to_be_visible()
    tab_to(editor, editor.get_by_role("link", name="Record progress", exact=True))
    editor.keyboard.press("Enter")
    tab_to(editor, editor.get_by_label("In progress, as now"))
    editor.keyboard.press("ArrowDown")
    expect(editor.get_by_label("Delivered and embedding")).to_be_checked()
    tab_to(editor, editor.get_by_label("What happened"))
    editor.keyboard.type("All posts are filled.")
    tab_to(editor, editor.get_by_text("Evidence, where there is some"))
    editor.keyboard.press("Enter")
    for label, words in (
        ("Title", "Board minutes"),
        ("Address", "https://example.org/minutes"),
        ("What it shows", "That all are filled."),
    ):
        tab_to(editor, editor.get_by_label(label))
        editor.keyboard.type(words)
    tab_to(editor, editor.get_by_label("Its date"))
    editor.keyboard.type("01092025")
    tab_to(editor, editor.get_by_role("button", name="Submit for sign-off"))
    editor.keyboard.press("Enter")
    expect(
        editor.get_by_text("Progress saved. It waits for somebody else to sign it off.")
    ).to_be_visible()
    latest = editor.locator(".timeline li").first
    for words in (
        "To move from in progress to",
        "waiting for sign-off",
        "All posts are filled.",
        "Board minutes",
        "Recorded by editor",
    ):
        expect(latest).to_contain_text(words)
    # Their own is not theirs to sign off.
    expect(editor.get_by_role("link", name="Read and sign off")).to_have_count(0)
    update = ProgressUpdate.objects.get()
    sign_off = f"{live_server.url}/admin/findings/progressupdate/{update.pk}/sign-off/"
    assert editor.request.get(sign_off).status == 403
    # Nobody outside sees any of it.
    public = f"{live_server.url}{action.get_absolute_url()}"
    other.goto(public)
    expect(other.locator("organisation")).not_to_contain_text("All posts are filled.")
    for page in (sign_off, progress_address(live_server, action)):
        assert other.request.get(page).status == 404

    approver.goto(f"{live_server.url}/admin/findings/action/{action.pk}/change/")
    tab_to(approver, approver.get_by_role("link", name="Read and sign off what editor wrote"))
    approver.keyboard.press("Enter")
    expect(approver.get_by_role("heading", name="What editor reports")).to_be_visible()
    tab_to(approver, approver.get_by_role("button", name="Publish"))
    approver.keyboard.press("Enter")
    expect(
        approver.get_by_text(f"Published. {PLAN}, action 2: force says delivered and embedding.")
    ).to_be_visible()
    other.reload()
    for words in ("delivered and embedding", "All posts are filled."):
        expect(other.locator(f"#action-{action.number}")).to_contain_text(words)
    assert not other.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    # Restricted, as nobody ticked otherwise; and no account is ever named.
    for words in ("Board minutes", "Recorded by", "approver"):
        expect(other.locator("organisation")).not_to_contain_text(words)
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
    second.get_by_role("button", name="Submit for sign-off").click()
    expect(second.get_by_role("alert")).to_contain_text(
        "Nothing was saved: somebody wrote on this action while you were writing."
    )
    theirs, mine = (
        second.get_by_role("region", name="Written meanwhile"),
        second.get_by_label("What happened"),
    )
    expect(theirs).to_contain_text("The editor’s words.")
    expect(mine).to_have_value("The steward’s words.")
    expect(second.get_by_label("Not pursued")).to_be_checked()
    left, right = theirs.bounding_box(), mine.bounding_box()
    assert left["x"] + left["width"] <= right["x"]
    assert violations(second) == []
    second.get_by_role("button", name="Submit for sign-off").click()
    expect(second.get_by_text("Progress saved.")).to_be_visible()
    assert {(update.note, update.state) for update in ProgressUpdate.objects.all()} == {
        ("The steward’s words.", "submitted"),
        ("The editor’s words.", "draft"),
    }


KEPT = "This is what you had written here and not saved."


def test_a_half_written_note_is_kept_until_it_is_saved(people, live_server, action, said):
    page = people("editor")
    page.goto(progress_address(live_server, action))
    note = page.get_by_label("What happened")
    note.press_sequentially("Half a sen")
    page.goto(f"{live_server.url}/admin/")
    page.goto(progress_address(live_server, action))
    expect(page.get_by_text(KEPT)).to_be_visible()
    expect(note).to_have_value("Half a sen")
    # What is done to the action besides does not touch it.
    page.goto(f"{live_server.url}/admin/findings/action/{action.pk}/owner/")
    page.get_by_label("Owner").fill("head of crime")
    page.get_by_label("Why").fill("Agreed.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Owned by the head of crime.")).to_be_visible()
    page.goto(progress_address(live_server, action))
    expect(note).to_have_value("Half a sen")
    note.press_sequentially("tence, finished.")
    page.get_by_role("button", name="Save as draft").click()
    expect(page.get_by_text("Progress saved.")).to_be_visible()
    assert page.evaluate("Object.keys(localStorage)") == []
    page.goto(progress_address(live_server, action))
    expect(page.get_by_text(KEPT)).to_have_count(0)
    expect(note).to_have_value("Half a sentence, finished.")
    note.fill("Something else.")
    page.reload()
    expect(note).to_have_value("Something else.")
    page.get_by_role("button", name="Take what was saved").click()
    expect(note).to_have_value("Half a sentence, finished.")
    expect(note).to_be_focused()
    assert page.evaluate("Object.keys(localStorage)") == []


def test_a_note_that_was_not_saved_is_forgotten_at_sign_out_and_is_nobody_elses(
    page, live_server, action, said
):
    for name in ("editor", "approver"):
        accounts.make(name)
    sign_in(page, live_server, "editor")
    page.goto(progress_address(live_server, action))
    note = page.get_by_label("What happened")
    note.press_sequentially("Mine.")
    (key,) = page.evaluate("Object.keys(localStorage)")
    page.context.clear_cookies()
    sign_in(page, live_server, "approver")
    page.goto(progress_address(live_server, action))
    expect(note).to_have_value("")
    assert page.evaluate("Object.keys(localStorage)") == [key]
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("button", name="Log out")).to_have_count(0)
    assert page.evaluate("Object.keys(localStorage)") == []
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
    page.get_by_role("button", name="Submit for sign-off").click()
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
    page.get_by_role("button", name="Submit for sign-off").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved.")
    expect(page.get_by_label("What happened")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("What happened").fill("Ten posts are filled.")
    page.get_by_role("button", name="Submit for sign-off").click()
    expect(page.get_by_text("Progress saved.")).to_be_visible()
    context.close()


@pytest.mark.parametrize("width", [1280, 320])
def test_what_leads_elsewhere_is_as_plain_as_its_neighbours(width, people, live_server):
    """Django sets the head's links thin, and underlines them in white."""
    page = people("steward", width)
    seen = page.locator(
        "#user-tools a, #logout-form button, .todo a, .plans a, .lists a:not(.addlink)"
    ).evaluate_all(
        "(all) => all.map((link) => getComputedStyle(link)).map((style) => [style.fontWeight < 400, style.textDecorationLine])"
    )
    assert seen
    assert [link for link in seen if link != [False, "underline"]] == []


def test_a_long_name_leaves_room_for_what_stands_beside_it(people, live_server, action):
    page = people("editor")
    page.goto(
        f"{live_server.url}/admin/findings/progressupdate/{factories.reported(action, 'embedding').pk}/change/"
    )
    heading, tools = page.locator("#content > h1"), page.locator(".object-tools")
    end = heading.evaluate(
        "(heading) => { const words = new Range(); words.selectNodeContents(heading); return words.getBoundingClientRect().right }"
    )
    assert end <= tools.bounding_box()["x"]


def test_on_a_phone_no_field_is_cut_off(people, live_server):
    page = people("superuser", 320)
    user = accounts.make("editor")
    for address in ("findings/confirmation/add/", f"auth/user/{user.pk}/change/"):
        page.goto(f"{live_server.url}/admin/{address}")
        cut = "(rows) => rows.filter((row) => row.scrollWidth > row.clientWidth).map((row) => row.className)"
        assert page.locator(".form-row").evaluate_all(cut) == []


@pytest.mark.parametrize("scripts", [True, False])
def test_what_is_due_first_is_one_press_from_the_desk_by_keyboard(
    scripts, browser, live_server, action
):
    accounts.make("editor")
    workflow.set_due_date(
        action, date(2025, 12, 1), "organisation", "Agreed.", factories.staff.make(), timezone.now()
    )
    context = browser.new_context(
        java_script_enabled=scripts, viewport={"width": 320, "height": 900}
    )
    page = context.new_page()
    sign_in(page, live_server, "editor")
    tab_to(page, page.get_by_role("link", name="1 overdue"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 action", exact=True)).to_be_visible()
    page.goto(f"{live_server.url}/admin/")
    tab_to(page, page.get_by_role("link", name=f"Record progress on {action}", exact=True))
    page.keyboard.press("Enter")
    expect(page).to_have_url(progress_address(live_server, action))
    context.close()


def test_who_holds_no_role_is_told_and_signs_out(page, live_server, said):
    accounts.make("past editor")
    page.goto(f"{live_server.url}/admin/")
    page.get_by_label("Username").fill("past editor")
    page.get_by_label("Password").fill(accounts.PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="No role of yours is active today")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Username")).to_be_visible()


def test_a_steward_finds_a_long_lists_choices_by_name_and_by_keyboard(page, live_server, said):
    accounts.make("steward")
    sign_in(page, live_server, "steward")
    page.goto(f"{live_server.url}/admin/findings/plan/add/")
    box = page.get_by_role("combobox", name="Organisation")
    tab_to(page, box)
    page.keyboard.press("Enter")
    expect(page.locator(".select2-search__field:focus")).to_have_count(1)
    page.keyboard.type("glouc")
    expect(page.get_by_role("option")).to_have_text(
        ["Gloucestershire"]
    )  # the whole list stood there before
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Organisation: Gloucestershire")).to_be_focused()
    page.goto(f"{live_server.url}/admin/findings/finding/add/")
    page.get_by_role("button", name="Add another Source").click()
    expect(page.get_by_role("combobox", name="Source:")).to_have_count(2)
    assert said == []


def test_the_staffs_pages_are_accessible_on_a_phone_and_in_the_dark(
    page, live_server, action, said
):
    steward = accounts.make("steward")
    finding = Finding.objects.get(reference="F15")
    confirmation = factories.confirmation.make(finding=finding)
    update = factories.reported(
        action,
        "embedding",
        "A note of some length. " * 20,
        steward,
        confirmation.finding.inspection.public_at,
    )
    factories.evidence.make(action=None, update=update)
    factories.grading.make(inspection__published_on=timezone.localdate())
    workflow.set_due_date(
        action, date(2025, 12, 1), "organisation", "Agreed.", steward, timezone.now()
    )
    waiting, sent_back = (
        workflow.write_update(action, "embedding", words, update.signed_by, timezone.now())
        for words in ("One.", "Two.")
    )
    for handed_in in (waiting, sent_back):
        workflow.submit(handed_in, update.signed_by, timezone.now())
    workflow.send_back(sent_back, steward, "Say more. " * 20)
    workflow.write_update(action, "embedding", "A draft.", steward, timezone.now())
    workflow.set_owner(action, "head of crime", "Agreed at the board.", steward)
    theme = factories.theme.make(name="Mistaken")
    finding.themes.add(theme)
    finding.summary, old = "Different words. " * 20, finding.summary
    finding.save()
    finding.themes.remove(theme)
    theme.delete()
    Finding.objects.filter(pk=finding.pk).update(summary=old)
    addresses = [
        "",
        *(
            f"findings/{model}/"
            for model in ("action", "finding", "plan", "progressupdate", "confirmation")
        ),
        "findings/action/?attention=undated&q=crime",
        "findings/action/?q=nothing+like+it",
        "inspections/grading/",
        "forces/organisation/",
        f"findings/plan/{action.plan_id}/change/",
        f"findings/action/{action.pk}/change/",
        f"findings/action/{action.pk}/progress/",
        f"findings/action/{action.pk}/due-date/",
        f"findings/action/{action.pk}/owner/",
        f"findings/progressupdate/{waiting.pk}/sign-off/",
        f"findings/action/{action.pk}/delete/",
        f"findings/action/{action.pk}/history/",
        f"findings/finding/{finding.pk}/history/",
        f"findings/finding/{finding.pk}/change/",
        f"findings/response/{Response.objects.first().pk}/delete/",
        "deleted/",
        f"findings/confirmation/{Confirmation.objects.get().pk}/change/",
        "findings/finding/add/",
        "inspections/inspection/add/",
        "findings/progressupdate/?attention=waiting",
        "weekly-mail/",
        f"weekly-mail/stop/{stop_token(steward)}/",
    ]
    page.goto(f"{live_server.url}/admin/login/")
    found = errors(page, said, "login")
    sign_in(page, live_server, "steward")
    for address in addresses:
        page.goto(f"{live_server.url}/admin/{address}")
        found |= errors(page, said, address)
    page.goto(progress_address(live_server, action))
    page.get_by_text("Evidence, where there is some").click()
    page.get_by_label("Title").fill("Minutes")
    page.get_by_text("Throw this draft away").click()
    page.get_by_text("All moves in words").click()
    page.get_by_role("button", name="Submit for sign-off").click()
    expect(page.get_by_role("alert")).to_be_visible()
    found |= errors(page, said, "errors")
    page.goto(f"{live_server.url}/admin/findings/action/")
    page.get_by_role("checkbox", name="Select all").check()
    page.get_by_label("Action:").select_option("Set the due date")
    page.get_by_role("button", name="Go").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_be_visible()
    found |= errors(page, said, "many at once")
    page.goto(f"{live_server.url}/admin/findings/finding/{finding.pk}/change/")
    Finding.objects.filter(pk=finding.pk).update(detail="Words of another. " * 20)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("region", name="Changed meanwhile")).to_contain_text("Words of another")
    said[:] = [words for words in said if "409" not in words]
    found |= errors(page, said, "changed meanwhile")
    assert found == {}


def test_a_stranger_sees_the_sign_in_page_first(page, live_server):
    page.goto(f"{live_server.url}/admin/findings/action/")
    expect(page).to_have_url(re.compile(r"/admin/login/\?next=/admin/findings/action/$"))
