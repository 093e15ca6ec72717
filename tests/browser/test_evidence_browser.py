"""Evidence in a real browser: a file from an editor's keyboard, on a phone, to the public; its
pages without a barrier."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from findings.models import Evidence
from tests import accounts, factories
from tests.evidence_files import PDF, kept
from tests.workflow_steps import in_state

from .barriers import errors
from .keyboard import tab_to
from .staff import progress_address, sign_in

pytestmark = pytest.mark.django_db(transaction=True)
MINUTES = {"name": "Board minutes.pdf", "mimeType": "application/pdf", "buffer": PDF}
PAGE = {
    "name": "Board minutes.pdf",
    "mimeType": "application/pdf",
    "buffer": b"<!DOCTYPE html><title>Minutes</title>",
}


@pytest.fixture
def opened(browser):
    """Opens a browser of its own, and closes it afterwards."""
    contexts = []

    def open_with(width):
        contexts.append(browser.new_context(viewport={"width": width, "height": 900}))
        page = contexts[-1].new_page()
        page.on(
            "filechooser", lambda chooser: None
        )  # from the start: who asks for dialogs only now may ask too late
        return page

    yield open_with
    for context in contexts:
        context.close()


def choose(page, file):
    """Choose a file by keyboard alone."""
    page.bring_to_front()  # a window behind another opens no dialog
    tab_to(page, page.get_by_label("File"))
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(file)


def test_a_pdf_goes_from_an_editor_by_an_approver_to_the_public_by_keyboard_on_a_phone(
    opened, live_server, action
):
    editor, approver, other, public = (opened(320) for _ in range(4))
    said = []
    for page, name in ((editor, "editor"), (approver, "approver"), (other, "other editor")):
        page.on("console", lambda message: said.append(message.text))
        accounts.make(name)
        sign_in(page, live_server, name)

    editor.goto(progress_address(live_server, action))
    tab_to(editor, editor.get_by_label("What happened"))
    editor.keyboard.type("All posts are filled.")
    tab_to(editor, editor.get_by_text("Add evidence (optional)"))
    editor.keyboard.press("Enter")
    tab_to(editor, editor.get_by_label("Title"))
    editor.keyboard.type("Board minutes")
    choose(editor, PAGE)
    tab_to(editor, editor.get_by_label("What it shows"))
    editor.keyboard.type("That all are filled.")
    tab_to(editor, editor.get_by_label("Date of the evidence"))
    editor.keyboard.type("09092025")  # the same whatever the browser’s order
    tab_to(editor, editor.get_by_label("Show this evidence to the public"))
    editor.keyboard.press("Space")
    tab_to(editor, editor.get_by_role("button", name="Submit for approval"))
    editor.keyboard.press("Enter")
    expect(
        editor.get_by_role("link", name="Its name ends in .pdf, but its content is not PDF.")
    ).to_be_visible()
    expect(editor.get_by_label("What happened")).to_have_value("All posts are filled.")
    choose(editor, MINUTES)
    tab_to(editor, editor.get_by_role("button", name="Submit for approval"))
    editor.keyboard.press("Enter")
    expect(editor.get_by_text("Progress saved. It is awaiting approval.")).to_be_visible()
    piece = Evidence.objects.get()
    file = f"{live_server.url}{piece.address}"
    assert public.request.get(file).status == 404

    approve_page = f"{live_server.url}/admin/findings/progressupdate/{piece.update_id}/approve/"
    assert editor.request.get(approve_page).status == 403
    rows = {
        "action": action.pk,
        "plan": action.plan_id,
        "progressupdate": piece.update_id,
        "evidence": piece.pk,
    }
    pages = [
        f"/admin/findings/{model}/{pk}/{page}/"
        for model, pk in rows.items()
        for page in ("change", "history", "delete")
    ]
    for address in (
        file,
        approve_page,
        progress_address(live_server, action),
        *(live_server.url + page for page in pages),
    ):
        answer = other.request.get(address)
        assert answer.status in (403, 404) or answer.url == f"{live_server.url}/admin/", address
    for page in (
        "",
        "findings/action/",
        "findings/progressupdate/",
        "findings/evidence/",
        "findings/action/?q=Board",
    ):
        told = other.request.get(f"{live_server.url}/admin/{page}").text()
        assert "Board minutes" not in told
        assert "All posts are filled." not in told

    approver.goto(approve_page)
    expect(approver.get_by_role("heading", name="The public will see")).to_be_visible()
    tab_to(approver, approver.get_by_role("link", name="Board minutes", exact=True))
    with approver.expect_download() as read:
        approver.keyboard.press("Enter")
    assert read.value.suggested_filename == "Board minutes.pdf"
    assert Path(read.value.path()).read_bytes() == PDF
    tab_to(approver, approver.get_by_role("button", name="Publish"))
    approver.keyboard.press("Enter")
    expect(approver.get_by_text("Published.")).to_be_visible()

    public.goto(f"{live_server.url}{action.get_absolute_url()}")
    expect(public.locator(f"#action-{action.number}")).to_contain_text(
        "Board minutes (PDF, 1 kB), 9 September 2025"
    )
    expect(public.locator("li li").filter(has_text="Board minutes")).to_have_css(
        "display", "list-item"
    )  # no dated entry of its own
    with public.expect_download() as saved:
        public.get_by_role("link", name="Board minutes").click()
    assert Path(saved.value.path()).read_bytes() == PDF
    assert said == []


def test_the_pages_of_evidence_are_accessible_on_a_phone_and_in_the_dark(
    opened, live_server, action
):
    steward = accounts.make("steward")
    waiting = in_state(action, "submitted")
    draft = in_state(action, "draft", steward)
    name = f"{'A very long name of some minutes ' * 4}.pdf"
    pieces = [
        kept(waiting, is_public=True, name=name),
        kept(waiting),
        kept(draft, name=name),
        kept(action=action),
    ]
    factories.evidence.make(action=None, update=draft, url=f"https://example.org/{'minutes' * 20}")
    pieces.append(kept(in_state(action, "published"), is_public=True, name=name))
    Path(pieces[-1].file.path).unlink()
    addresses = {
        "draft": f"/admin/findings/action/{action.pk}/progress/",
        "action": f"/admin/findings/action/{action.pk}/change/",
        "approve": f"/admin/findings/progressupdate/{waiting.pk}/approve/",
        "list": "/admin/findings/evidence/",
        "add": f"/admin/findings/evidence/add/?action={action.pk}",
        **{
            f"piece {n}": f"/admin/findings/evidence/{piece.pk}/change/"
            for n, piece in enumerate(pieces)
        },
        "missing": pieces[-1].address,
    }
    page, said, found = opened(1280), [], {}
    page.on("console", lambda message: said.append(message.text))
    sign_in(page, live_server, "steward")
    for told, address in addresses.items():
        page.goto(f"{live_server.url}{address}")
        page.evaluate(
            "document.querySelectorAll('details').forEach((details) => { details.open = true; })"
        )
        said[:] = [words for words in said if told != "missing" or "410" not in words]
        found |= errors(page, said, told, of_colours=told in ("approve", "piece 0"))
    assert found == {}
