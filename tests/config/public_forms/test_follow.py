"""Following a page by mail: from the page to the first mail, and how it ends."""

import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client

from config import after_response
from config.public_forms import follow
from findings import alerts
from findings.models import Theme
from lib.followers.models import Follower, Following
from tests import factories, followers
from tests.pages import elements, hrefs, text

pytestmark = pytest.mark.django_db
THEME = "/changes/?theme=workforce"


class AtOnce:
    """Does after a response what the site's own thread would do."""

    def submit(self, run_in_context, run, task, *args):
        task(*args)


@pytest.fixture(autouse=True)
def at_once(monkeypatch, mailing):
    cache.clear()
    monkeypatch.setattr(after_response, "sender", AtOnce())


def ask(client, page=THEME, email=followers.EMAIL, **headers):
    return client.post("/follow/", {"page": page, "email": email}, headers=headers)


def links(settings):
    """The links to confirm and to stop in the last mail."""
    assert settings.SITE_ADDRESS
    return re.findall(rf"{settings.SITE_ADDRESS}(/follow/\S+)", mail.outbox[-1].body)


def test_a_reader_follows_a_page_confirms_it_gets_mail_and_ends_it(client, settings):
    client = Client(enforce_csrf_checks=True)
    followers.run()
    offered = [link for link in hrefs(client.get("/themes/workforce/")) if "/follow/" in link]
    page = client.get(offered[0])
    assert "What changed: Theme: People and skills" in text(page)
    (field,) = (one for one in elements(page, "input") if one.attributes["name"] == "page")
    answer = ask(client, field.attributes["value"])
    assert "Look at your mail" in text(client.get(answer["Location"]))

    (message,) = mail.outbox
    assert message.to == [followers.EMAIL]
    assert "People and skills" not in message.body  # whoever asked may have chosen the words
    confirm, stop = links(settings)
    shown = client.get(confirm)
    assert "What changed: Theme: People and skills" in text(shown)
    assert "no-store" in shown["Cache-Control"]
    assert Following.objects.get().confirmed_at is None  # a program that looks at mails opened it
    (box,) = (one for one in elements(shown, "input") if one.attributes["name"] == "following")
    done = client.post(confirm, {"following": box.attributes["value"]})
    assert "You will get mail when this changes" in text(done)

    finding = factories.finding_on(*Theme.objects.filter(slug="workforce"))
    assert followers.run() == "1 mail sent.\n"
    message = mail.outbox[-1]
    assert finding.get_absolute_url() in message.body
    stop = links(settings)[-1]
    assert message.extra_headers["List-Unsubscribe"] == f"<{settings.SITE_ADDRESS}{stop}>"
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "End the mail?" in text(client.get(stop))
    assert Follower.objects.exists()
    assert client.post(stop, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not Follower.objects.exists()
    assert not Following.objects.exists()
    assert "You will get no more mail" in text(client.get(stop))
    assert "This link does not work" in text(client.get(confirm))
    assert client.cookies == {}


def test_one_of_several_pages_can_be_left_and_the_address_goes_with_the_last(client, settings):
    ask(client)
    ask(client, "/findings/?q=telephone")
    assert len(mail.outbox) == 1
    confirm, stop = links(settings)
    ids = list(Following.objects.values_list("pk", flat=True))
    client.post(confirm, {"following": [*ids, "x", "9" * 30]})
    assert Following.objects.confirmed().count() == 2
    client.post(stop, {"following": ids[0]})
    assert [row.address for row in Following.objects.all()] == ["/findings/?q=telephone"]
    assert "You will get no more mail" in text(client.post(stop, {"following": ids[1]}))
    assert not Follower.objects.exists()


def test_whoever_asks_learns_nothing_of_an_address(client):
    followers.follow(THEME, factories.PUBLIC_AT)
    known, unknown = ask(client), ask(client, email="nobody@example.org")
    assert [message.to for message in mail.outbox] == [["nobody@example.org"]]
    assert (known.status_code, known.items()) == (unknown.status_code, unknown.items())


def test_the_database_does_not_show_the_address(client, settings):
    ask(client, email="Reader@Example.org")
    tables = connection.introspection.table_names()
    with connection.cursor() as cursor:
        for table in tables:
            if table.startswith(("followers_", "audit_", "cache")):
                cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text ~* %s', ["reader@"])  # noqa: S608
                assert cursor.fetchone() == (0,), table
    assert Follower.objects.get().email == "Reader@example.org"
    # After the key was changed too: it is found, and still one.
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new", [settings.SECRET_KEY]
    ask(client, email="reader@example.org")
    assert Follower.objects.get().email == "Reader@example.org"


@pytest.mark.parametrize(
    "email",
    [
        "reader@example.org\nBcc: all@example.org",
        "reader@example.org\r\n\r\nBuy this",
        "reader@example.org, all@example.org",
        "<reader@example.org>",
        '"reader\x07"@example.org',
        '"a@b.example, c"@example.org',
        "réader@example.org",
        "reader\u202e@example.org",
        "reader@example",
        f"{'a' * 250}@example.org",
        "reader@example.org\0",
        "",
    ],
)
def test_what_is_no_mail_address_is_refused(client, email):
    answer = ask(client, email=email)
    assert answer.status_code == 400
    assert "There is a problem" in text(answer)
    assert (mail.outbox, Follower.objects.count()) == ([], 0)


def test_a_domain_with_letters_of_its_own_gets_mail(client):
    ask(client, email="reader@Bücher.example")
    ask(client, email="READER@xn--bcher-kva.example")
    (message,) = mail.outbox
    assert message.to == ["reader@xn--bcher-kva.example"]
    assert message.message()["To"] == "reader@xn--bcher-kva.example"


def test_forms_of_other_sites_are_refused(client):
    assert ask(client, origin="https://elsewhere.example").status_code == 403
    assert ask(client, **{"sec-fetch-site": "cross-site"}).status_code == 403
    assert mail.outbox == []
    assert ask(client, origin="http://testserver").status_code == 302


def test_whoever_asks_too_often_waits(client, monkeypatch):
    monkeypatch.setattr(follow, "MOST_AN_HOUR", 1)
    assert ask(client).status_code == 302
    answer = ask(client, email="another@example.org")
    assert (answer.status_code, "Retry-After" in answer) == (429, True)
    assert len(mail.outbox) == 1


def test_a_token_serves_its_own_purpose_alone_and_that_to_confirm_for_a_week(
    client, settings, monkeypatch
):
    ask(client)
    confirm, stop = links(settings)
    (following,) = Following.objects.all()
    swapped = (
        stop.replace("/stop/", "/confirm/"),
        confirm.replace("/confirm/", "/stop/"),
        f"/follow/confirm/{following.follower_id}/",
        confirm[:-3] + "/",
    )
    for address in swapped:
        assert client.get(address).status_code == 404
        assert client.post(address, {"following": following.pk}).status_code == 404
    monkeypatch.setattr(alerts, "CONFIRM_WITHIN", alerts.CONFIRM_WITHIN * -1)
    assert client.post(confirm, {"following": following.pk}).status_code == 404
    assert Following.objects.get().confirmed_at is None
    assert client.get(stop).status_code == 200


def test_a_mail_that_cannot_be_sent_is_logged_without_the_address(client, monkeypatch, caplog):
    monkeypatch.setattr("django.core.mail.EmailMessage.send", lambda mail: 1 / 0)
    assert ask(client).status_code == 302
    (entry,) = (record for record in caplog.records if record.msg == "confirmation not sent")
    assert entry.details["reason"] == "ZeroDivisionError"
    assert "reader" not in repr(entry.__dict__)


def test_what_is_no_page_to_follow_is_refused(client):
    for address in ("/follow/", "/follow/?page=/admin/", "/follow/?page=/findings/?theme=nosuch"):
        assert client.get(address).status_code == 400
    for page in ("/about/", "http://[elsewhere/", "/findings/?organisation=%00"):
        assert ask(client, page).status_code == 400


def test_a_search_is_followed_with_all_its_choices(client):
    page = client.get("/findings/?sort=-kind&theme=workforce&kind=weakness&q=staff")
    (offered,) = (link for link in hrefs(page) if "/follow/" in link)
    (field,) = (
        one for one in elements(client.get(offered), "input") if one.attributes["name"] == "page"
    )
    assert field.attributes["value"] == "/findings/?theme=workforce&kind=weakness&q=staff"


def test_a_page_of_the_past_is_followed_as_it_is_now(client):
    page = client.get("/themes/workforce/?as_at=2025-09-01")
    (offered,) = (link for link in hrefs(page) if "/follow/" in link)
    assert offered == "/follow/?page=%2Fchanges%2F%3Ftheme%3Dworkforce"


def test_without_a_mail_server_nothing_is_offered(client, settings):
    kept = "your email address, encrypted"
    assert kept in text(client.get("/about/privacy/"))
    settings.EMAIL_HOST = ""
    assert kept not in text(client.get("/about/privacy/"))
    assert client.get(f"/follow/?page={THEME}").status_code == 404
    assert ask(client).status_code == 404
    assert not [link for link in hrefs(client.get("/themes/workforce/")) if "/follow/" in link]
