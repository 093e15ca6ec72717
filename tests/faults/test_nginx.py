"""nginx before the site, as config/deploy/nginx.conf has it: what it keeps, and for how long."""

import re
import time
from pathlib import Path

import pytest
from django.conf import settings

from findings.models import Theme
from tests import serving

from .proxy import DEPLOY, Nginx

pytestmark = pytest.mark.slow
PAGE = "/themes/workforce/"


@pytest.fixture
def proxied(transactional_db, tmp_path):
    """A site, and the nginx before it."""
    with (tmp_path / "log").open("w+") as log:
        site = serving.Server(log, tmp_path, 1)
        site.ready()
        nginx = Nginx(Path(f"/tmp/nginx-of-tests-{site.port}"), site.port)
        yield site, nginx
        nginx.end()
        site.end()


def when_not_kept(nginx, page=PAGE):
    """A page that nginx has kept, as soon as it asks about it again: within two seconds."""
    until = time.monotonic() + 2
    while (response := nginx.get(page))[0].headers["X-Cache"] == "HIT":
        assert time.monotonic() < until
        time.sleep(0.05)
    return response


def test_nginx_keeps_public_pages_for_a_second_and_shows_them_when_the_site_is_gone(proxied):
    site, nginx = proxied
    # A page is the same with nginx as without, and asked for once in a second.
    host = {"Host": f"127.0.0.1:{nginx.port}"}
    _, plain = site.get(PAGE, **host)
    for headers in ({}, {"Accept-Encoding": "gzip, deflate, br;q=0.5"}):
        first, made = nginx.get(PAGE, **headers)
        assert (first.status, first.headers["X-Cache"]) == (200, "MISS")
        kept, again = nginx.get(PAGE, **headers)
        assert kept.headers["X-Cache"] == "HIT"
        assert made == again == plain
        ids = {one.headers["X-Request-ID"] for one in (first, kept)}
        assert len(ids) == 2  # each reader's own
        assert kept.headers["ETag"] == first.headers["ETag"]
        assert kept.headers["Content-Encoding"] == ("gzip" if headers else None)
    refusing, _ = nginx.get(PAGE, **{"Accept-Encoding": "gzip;q=0"})
    assert refusing.headers["Content-Encoding"] is None
    unchanged, _ = nginx.get(PAGE, **{"If-None-Match": first.headers["ETag"]})
    assert unchanged.status == 304
    was = "/themes/collaboration/"
    assert nginx.get(was)[0].status == 200
    # Then it is asked about, not shown.
    asked, _ = when_not_kept(nginx)
    assert asked.headers["X-Cache"] == "REVALIDATED"
    # What changes is seen within two seconds, and at once by who has a session.
    theme = Theme.objects.get(slug="workforce")
    theme.name = "Renamed meanwhile"
    theme.save()
    Theme.objects.filter(slug="collaboration").update(slug="together")
    own, content = nginx.get(PAGE, Cookie="theme=dark; __Host-session=0")
    assert own.headers["X-Cache"] == "BYPASS"
    assert "Renamed meanwhile" in content
    changed, content = when_not_kept(nginx)
    assert changed.headers["X-Cache"] == "EXPIRED"
    assert "Renamed meanwhile" in content
    # What a visitor writes in an address passes for no other form of another page.
    nginx.get("/themes/?utm_source=gzip")
    nginx.get("/follow/confirm/s3cret/")
    other, _ = nginx.get("/themes/?utm_source=", **{"Accept-Encoding": "gzip"})
    assert (other.headers["X-Cache"], other.headers["Content-Encoding"]) == ("MISS", "gzip")
    # A page that has moved is not shown again, below.
    assert when_not_kept(nginx, was)[0].status == 301
    # Downloads, staff pages, forms and errors are no business of the cache.
    for address, status in (
        ("/findings/?format=csv", 200),
        ("/admin/login/", 200),
        ("/follow/", 404),  # where no mail is sent
        ("/evidence/999999/", 404),
        ("/healthz", 200),
    ):
        response, content = nginx.get(address, **{"Accept-Encoding": "gzip"})
        assert response.status == status, (address, content[:500])
        assert response.headers["X-Cache"] is None, address
        if address.startswith("/admin/"):
            assert response.headers["Content-Encoding"] is None
    _, direct = site.get("/findings/?format=csv", **host)
    assert nginx.get("/findings/?format=csv")[1] == direct
    # Limits, each told in a sentence.
    large, content = nginx.get("/admin/login/", "POST", b"0" * (30 << 20))
    assert (large.status, large.headers["Cache-Control"]) == (413, "no-store")
    assert "too large" in content
    tried = [nginx.get("/admin/login/", "POST", "")[0].status for _ in range(70)]
    assert set(tried[:60]) == {403}  # the site's own: no token
    assert tried[-1] == 429
    assert nginx.get("/admin/login/")[0].status == 200
    # No link of a mail, and nothing that somebody looked for, is written down.
    written = (nginx.folder / "access.log").read_text()
    assert "s3cret" not in written
    assert "utm_source" not in written
    assert re.search(r'^127\.0\.0\.1 \S+ "GET /follow/confirm/\.\.\." 404 ', written, re.MULTILINE)
    # The site is gone: what was kept is shown, and for the rest there is a sentence.
    site.process.kill()
    site.process.wait()
    until = time.monotonic() + 3  # in which its worker, too, sees that it is
    while (stale := when_not_kept(nginx))[0].headers["X-Cache"] != "STALE":
        assert time.monotonic() < until
    began = time.monotonic()
    stale, content = stale
    assert stale.status == 200
    assert "Renamed meanwhile" in content
    assert nginx.get(was)[0].status == 301
    for address in ("/compare/", "/admin/", "/findings/?format=csv"):
        gone, content = nginx.get(address)
        assert (gone.status, gone.headers["Retry-After"]) == (503, "30"), address
        assert "Try again in a minute." in content
    assert time.monotonic() - began < 3


def test_nginx_and_the_site_agree_about_sizes_and_addresses():
    text = (DEPLOY / "nginx.conf").read_text()
    allowed = int(re.search(r"client_max_body_size (\d+)m;", text)[1])
    assert settings.EVIDENCE_MB < allowed <= settings.EVIDENCE_MB + 10
    # With these, a page could be shown that went back under embargo minutes ago.
    directives = "\n".join(line.partition("#")[0] for line in text.splitlines())
    assert "updating" not in directives
    assert "background_update" not in directives
