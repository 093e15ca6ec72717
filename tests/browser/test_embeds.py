"""A card and a chart on the page of another site, in a real browser."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import quote, unquote

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.django_db


class Paper(BaseHTTPRequestHandler):
    """A newspaper: each of its pages shows, in a frame, the address that its own ends with."""

    def do_GET(self):
        shown = unquote(self.path.removeprefix("/story/"))
        frame = f'<iframe src="{shown}" title="x" width="320" height="600"></iframe>'
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(frame.encode())

    def log_message(self, *said):
        pass


@pytest.fixture
def story(page, site):
    """Opens a story that shows an address of ours."""
    paper = ThreadingHTTPServer(("127.0.0.1", 0), Paper)
    Thread(target=paper.serve_forever, daemon=True).start()

    def open_story(address):
        shown = quote(f"{site}{address}", safe="")
        page.goto(f"http://127.0.0.1:{paper.server_port}/story/{shown}")
        return page.frame_locator("iframe")

    yield open_story
    paper.shutdown()
    paper.server_close()


def test_another_site_shows_a_card_and_a_chart_again_and_again_but_no_page(page, story):
    refused = []
    for address, said in (
        ("/embed/forces/gloucestershire/", "Gloucestershire Constabulary"),
        ("/embed/charts/grades_by_region/", "Forces of each region"),
    ):
        # A browser that has it already asks whether it still holds, and keeps to its first policy.
        for _ in ("first", "again"):
            framed = story(address)
            expect(framed.locator("body")).to_contain_text(said)
            assert framed.locator("html").evaluate("html => html.scrollWidth") <= 320
    image = framed.locator("img")
    expect(image).to_have_js_property("complete", True)
    assert image.evaluate("image => image.naturalWidth") == 288
    page.on("console", lambda message: refused.append(message.text))
    with page.expect_console_message():
        story("/forces/gloucestershire/")
    assert "frame-ancestors" in refused[0]
