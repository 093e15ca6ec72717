"""What a browser sends that shows a form of the staff."""

from django.contrib.auth import get_user

from lib.forms.tokens import make_token
from tests.pages import elements


def new_token(client):
    """What `token_of` gives, where no test looks at the page."""
    return make_token(get_user(client))


def token_of(client, page):
    """The token of the main form of a page."""
    return token_in(client.get(page))


def token_in(response):
    """The token of the last form of a page that is no other page's."""
    tokens = [
        box.attributes["value"]
        for box in elements(response, "input")
        if box.attributes.get("name") == "form_token"
        and not box.closest("form").attributes.get("action")
    ]
    return tokens[0]
