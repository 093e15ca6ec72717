"""Every page of staff on which something is typed, whichever form it has."""

import re

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import QueryDict
from django.urls import reverse

from lib.forms.unsaved import SECRETS, keep
from tests import accounts, factories
from tests.addresses import admin_address
from tests.pages import elements, text
from tests.test_matrix import ABOUT_NO_ROW, MODELS, OWN, VIEWS, row

pytestmark = pytest.mark.django_db
NOT_TYPED = {"hidden", "submit", "button", "checkbox", "radio", "file"}


# What names fields and columns, in pages’ own words.
NAMING = ("label", "legend", "th", "summary", "h1", "h2", "h3")
UNPLAIN = re.compile(
    r"\b(organisations?(?!’s? own sign-in)|slugs?|(?<!policing )bod(y|ies))\b", re.IGNORECASE
)


# Those whose pages to add a row are not like the others.
OWN_PAGES = ("auth.user", "findings.finding", "imports.importrun")


def pages():
    """The addresses of every sort of page of staff."""
    for label in MODELS:
        there = row(label, OWN)
        yield from (admin_address(label, "change", there.pk), admin_address(label, "changelist"))
        if label in OWN_PAGES:
            yield from (admin_address(label, "delete", there.pk), admin_address(label, "add"))
        for view in [view for view in VIEWS if view.partition(":")[0] == label]:
            yield admin_address(label, view.partition(":")[2], there.pk)
    for page in ABOUT_NO_ROW:
        name, _, app = page.partition(":")
        yield reverse(f"admin:{name}", args=[app] if app else [])


def fields_typed_in(response):
    """The form of each field for text that a page sends by POST, by the field's name."""
    return {
        box.attributes["name"]: box.closest("form")
        for box in [*elements(response, "input"), *elements(response, "textarea")]
        if box.attributes.get("type") not in NOT_TYPED
        and "hidden" not in box.classes
        and box.closest("form")
        and box.closest("form").attributes.get("method") == "post"
    }


@pytest.mark.slow
def test_every_form_of_staff_is_plain_no_browser_stops_it_and_what_was_typed_comes_back(client):
    theme, force = factories.theme.make(), factories.force.make()
    for _ in range(2):  # which may repeat one another
        factories.finding_on(theme).organisations.add(force)
    client.force_login(accounts.make("superuser"))
    user = get_user_model().objects.get(pk=client.session["_auth_user_id"])
    seen = set()
    for page in pages():
        keep(user.pk, page, QueryDict("why=So."))
        response = client.get(page)
        if response.status_code != 200:
            continue
        named = [e.text for e in elements(response) if e.tag in NAMING or "help" in e.classes]
        assert not list(filter(UNPLAIN.search, named)), page
        fields = fields_typed_in(response)
        for name, form in fields.items():
            assert "novalidate" in form.attributes, (page, name)
        if [name for name in fields if not SECRETS.search(name)]:
            assert "This is what you wrote here but did not save." in text(response), page
            seen.add(page)
    assert len(seen) > 30


def test_nor_does_it_stop_one_on_which_people_prove_who_they_are():
    asking = [
        path.read_text()
        for path in (settings.BASE_DIR / "templates").rglob("*.html")
        if "account/_fields.html" in path.read_text() and path.parent.name != "follow"
    ]
    assert len(asking) == 8
    for page in asking:
        assert re.search(r'<form class="door" method="post" action="[^"]+" novalidate>', page), page
