"""The staff's pages in a real browser: by keyboard, on a phone, in the dark."""

import re
from datetime import date

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from findings import workflow
from findings.digest import stop_token
from findings.models import Confirmation, Finding, Response
from tests import accounts, factories, workflow_steps
from tests.browser.barriers import OF_COLOURS, errors, small_words, violations
from tests.browser.keyboard import tab_to
from tests.browser.staff import progress_address, sign_in

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_leads_elsewhere_is_as_plain_as_its_neighbours(people, live_server):
    """Django sets the head's links thin, and underlines them in white."""
    page = people("steward", 320)
    seen = page.locator(
        "#user-tools a, #logout-form button, .todo a, .plans a, .lists a:not(.addlink)"
    ).evaluate_all(
        "(all) => all.map((link) => getComputedStyle(link))"
        ".map((style) => [style.fontWeight < 400, style.textDecorationLine])"
    )
    assert seen
    assert [link for link in seen if link != [False, "underline"]] == []


def test_a_long_name_leaves_room_for_what_stands_beside_it(people, live_server, action):
    page = people("editor")
    page.goto(
        f"{live_server.url}/admin/findings/progressupdate/"
        f"{factories.reported(action, 'embedding').pk}/change/"
    )
    heading, tools = page.locator("#content > h1"), page.locator(".object-tools")
    end = heading.evaluate(
        "(heading) => { const words = new Range(); words.selectNodeContents(heading);"
        " return words.getBoundingClientRect().right }"
    )
    assert end <= tools.bounding_box()["x"]


def test_on_a_phone_no_field_is_cut_off(people, live_server):
    page = people("superuser", 320)
    user = accounts.make("editor")
    for address in (
        "findings/confirmation/add/",
        f"auth/user/{user.pk}/change/",
        f"auth/user/{user.pk}/password/",
    ):
        page.goto(f"{live_server.url}/admin/{address}")
        cut = (
            "(rows) => rows.filter((row) => row.scrollWidth > row.clientWidth)"
            ".map((row) => row.className)"
        )
        assert page.locator(".form-row").evaluate_all(cut) == []
        assert small_words(page) == []


def test_what_is_due_first_is_one_press_from_the_worklist_by_keyboard_without_scripts(
    browser, live_server, action
):
    accounts.make("editor")
    workflow_steps.set_due_date(
        action, date(2025, 12, 1), "organisation", "Agreed.", factories.staff.make(), timezone.now()
    )
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 900})
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
    expect(page.get_by_role("heading", name="You do not have an active role")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Username")).to_be_visible()


def test_a_steward_finds_a_long_lists_choices_by_name_and_by_keyboard(page, live_server, said):
    accounts.make("steward")
    sign_in(page, live_server, "steward")
    page.goto(f"{live_server.url}/admin/findings/plan/add/")
    box = page.get_by_role("combobox", name="Force or unit")
    tab_to(page, box)
    page.keyboard.press("Enter")
    expect(page.locator(".select2-search__field:focus")).to_have_count(1)
    page.keyboard.type("glouc")
    expect(page.get_by_role("option")).to_have_text(
        ["Gloucestershire"]
    )  # the whole list stood there before
    assert small_words(page) == []
    page.keyboard.press("Enter")
    name = "Force or unit: (required) Gloucestershire"
    expect(page.get_by_role("combobox", name=name)).to_be_focused()
    page.get_by_role("link", name="Today").first.click()
    page.get_by_role("link", name="Choose a Date").first.click()
    expect(page.locator(".calendarbox .selected")).to_be_visible()
    assert said == []
    assert violations(page, OF_COLOURS) == []
    assert small_words(page) == []
    said.clear()  # axe itself breaks the content security policy
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
    workflow_steps.set_due_date(
        action, date(2025, 12, 1), "organisation", "Agreed.", steward, timezone.now()
    )
    waiting, sent_back = (
        workflow.write_update(action, "embedding", words, update.reviewed_by, timezone.now())
        for words in ("One.", "Two.")
    )
    for handed_in in (waiting, sent_back):
        workflow.submit(handed_in, update.reviewed_by, timezone.now())
    workflow.send_back(sent_back, steward, "Say more. " * 20)
    workflow.write_update(action, "embedding", "A draft.", steward, timezone.now())
    workflow_steps.set_owner(action, "head of crime", "Agreed at the board.", steward)
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
            for model in ("action", "finding", "progressupdate", "confirmation")
        ),
        "findings/action/?attention=undated&q=crime",
        "findings/action/?q=nothing+like+it",
        f"findings/plan/{action.plan_id}/change/",
        f"findings/action/{action.pk}/change/",
        f"findings/action/{action.pk}/progress/",
        f"findings/action/{action.pk}/due-date/",
        f"findings/action/{action.pk}/owner/",
        f"findings/progressupdate/{waiting.pk}/approve/",
        f"findings/action/{action.pk}/delete/",
        f"findings/action/{action.pk}/history/",
        f"findings/finding/{finding.pk}/history/",
        f"findings/finding/{finding.pk}/change/",
        f"findings/response/{Response.objects.first().pk}/delete/",
        "deleted/",
        f"findings/confirmation/{Confirmation.objects.get().pk}/change/",
        "findings/finding/add/",
        f"findings/plan/{action.plan_id}/copy/",
        f"inspections/inspection/{finding.inspection_id}/change/",
        f"inspections/inspection/{finding.inspection_id}/preview/",
        "imports/importrun/",
        "password_change/",
        "weekly-mail/",
        f"weekly-mail/stop/{stop_token(steward)}/",
    ]
    seen_for_colours = {"", "findings/action/", "findings/finding/add/", "deleted/"}
    seen_for_colours |= {f"findings/action/{action.pk}/progress/"}
    page.goto(f"{live_server.url}/admin/login/")
    found = errors(page, said, "login", of_colours=True)
    sign_in(page, live_server, "steward")
    for address in addresses:
        page.goto(f"{live_server.url}/admin/{address}")
        found |= errors(page, said, address, of_colours=address in seen_for_colours)
    page.goto(progress_address(live_server, action))
    page.get_by_text("Add evidence (optional)").click()
    page.get_by_label("Title").fill("Minutes")
    page.get_by_text("Delete this draft").click()
    page.get_by_text("All allowed changes, as text").click()
    page.get_by_role("button", name="Submit for approval").click()
    expect(page.get_by_role("alert")).to_be_visible()
    found |= errors(page, said, "errors")
    page.goto(f"{live_server.url}/admin/findings/action/")
    page.get_by_role("checkbox", name="Select all").check()
    page.get_by_label("Action:").select_option("Set the due date")
    page.get_by_role("button", name="Go").click()
    page.get_by_role("button", name="Submit for approval").click()
    expect(page.get_by_role("alert")).to_be_visible()
    found |= errors(page, said, "many at once")
    page.goto(f"{live_server.url}/admin/findings/action/")
    page.get_by_role("checkbox", name="Select all").check()
    page.get_by_label("Action:").select_option("delete_selected")
    page.get_by_role("button", name="Go").click()
    found |= errors(page, said, "delete many")
    page.goto(f"{live_server.url}/admin/findings/finding/{finding.pk}/change/")
    Finding.objects.filter(pk=finding.pk).update(detail="Words of another. " * 20)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("region", name="Changed while you were editing")).to_contain_text(
        "Words of another"
    )
    said[:] = [words for words in said if "409" not in words]
    found |= errors(page, said, "changed meanwhile")
    assert found == {}


def test_a_stranger_sees_the_sign_in_page_first(page, live_server):
    page.goto(f"{live_server.url}/admin/findings/action/")
    expect(page).to_have_url(re.compile(r"/admin/login/\?next=/admin/findings/action/$"))
