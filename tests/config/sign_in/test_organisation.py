"""Signing in through an organisation's identity provider."""

import re
import time

import pytest
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives import serialization
from django.contrib.auth import get_user_model
from django.test import Client

from tests import accounts
from tests.provider import Provider, new_key
from tests.settings_anew import read
from tests.signing_in import DOOR, SET_UP, code, enter, is_in

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(scope="module")
def running_provider():
    provider = Provider()
    yield provider
    provider.close()


@pytest.fixture
def provider(running_provider, settings):
    """A provider that the environment alone has named."""
    running_provider.lies, running_provider.told = {}, {}
    running_provider.signed_with, running_provider.algorithm = running_provider.key, "RS256"
    named = read(**running_provider.environment())
    settings.SOCIALACCOUNT_PROVIDERS = named.SOCIALACCOUNT_PROVIDERS
    return running_provider


@pytest.fixture
def editor():
    user = accounts.make("editor")
    user.email = "Editor@force.example"
    user.save()
    return user


def through(provider, client, query=""):
    """The whole way: from our page to the provider's door, back with a code, and on."""
    address = re.search(r'href="(/admin/oidc/[^"]+)"', client.get(DOOR).text)[1] + query
    return client.get(provider.consent(client.get(address)["Location"]))


def test_without_a_provider_none_is_offered(client):
    assert "oidc" not in client.get(DOOR).text
    assert client.get("/admin/oidc/organisation/login/").status_code == 404


def test_a_verified_address_leads_to_its_account_and_from_then_on_the_providers_own_name(
    client, provider, editor, told
):
    provider.is_about("s-1", email="editor@FORCE.example", email_verified=True)
    page = client.get(DOOR + "?next=/admin/findings/plan/")
    assert "Sign in through Made-up Police" in page.text
    assert through(provider, client)["Location"] == "/admin/"
    assert client.session["_auth_user_id"] == str(editor.pk)
    assert told()[-1] | {"at": "", "path": ""} == {
        "at": "",
        "event": "signed in",
        "user": "editor",
        "address": "127.0.0.1",
        "method": "GET",
        "path": "",
        "by": ["socialaccount"],
    }
    editor.refresh_from_db()
    assert editor.check_password(accounts.PASSWORD)
    provider.is_about("s-1", email="renamed@elsewhere.example", email_verified=False)
    again = Client()
    through(provider, again)
    assert again.session["_auth_user_id"] == str(editor.pk)


@pytest.mark.parametrize(
    ("person", "reason"),
    [
        ({"email": "editor@force.example", "email_verified": False}, "no verified e-mail address"),
        ({"email": "editor@force.example"}, "no verified e-mail address"),
        ({}, "no verified e-mail address"),
        (
            {"email": "stranger@force.example", "email_verified": True},
            "no account has this e-mail address",
        ),
        # Capitals of letters that are others: PostgreSQL's of "ı" is "I".
        (
            {"email": "ed\u0131tor@force.example", "email_verified": True},
            "no account has this e-mail address",
        ),
        (
            {"email": "twin@force.example", "email_verified": True},
            "several accounts have this e-mail address",
        ),
        ({"email": "closed@force.example", "email_verified": True}, "account closed"),
    ],
)
def test_whoever_has_no_account_here_is_refused_and_gets_none(
    client, provider, editor, told, person, reason
):
    make = get_user_model().objects.create_user
    make("one", "twin@force.example")
    make("two", "twin@force.example")
    make("closed", "closed@force.example", is_active=False)
    known = get_user_model().objects.count()
    provider.is_about(**person)
    answer = through(provider, client)
    assert (answer.status_code, told()[-1]["reason"]) == (403, reason)
    assert reason not in answer.text
    assert not is_in(client)
    assert get_user_model().objects.count() == known


def test_an_address_that_was_given_to_somebody_else_leads_to_no_account(
    client, provider, editor, told
):
    SocialAccount.objects.create(user=editor, provider="organisation", uid="s-1")
    provider.is_about("s-2", email=editor.email, email_verified=True)
    assert through(provider, client).status_code == 403
    assert not is_in(client)


def test_the_settings_may_vouch_for_the_addresses_of_a_domain(client, provider, editor, settings):
    named = read(**provider.environment(OIDC_EMAIL_DOMAINS="force.example"))
    settings.SOCIALACCOUNT_PROVIDERS = named.SOCIALACCOUNT_PROVIDERS
    provider.is_about(email=editor.email)
    through(provider, client)
    assert is_in(client)


def test_the_settings_may_let_it_make_accounts_but_never_staff(client, provider, settings):
    settings.OIDC_CREATE_ACCOUNTS = True
    provider.is_about(
        email="new@force.example", email_verified=True, preferred_username="new", is_staff=True
    )
    through(provider, client)
    made = get_user_model().objects.get(email="new@force.example")
    assert client.session["_auth_user_id"] == str(made.pk)
    assert (made.is_staff, made.is_superuser, made.memberships.exists()) == (False, False, False)
    assert client.get("/admin/", follow=True).status_code == 403


# What is wrong with an id_token, and what the log then says of it.
FORGED = {
    "another sign-in": ({"lies": {"nonce": "of another"}}, "id_token: made for another sign-in"),
    "no sign-in at all": ({"lies": {"nonce": None}}, "id_token: made for another sign-in"),
    "another site": ({"lies": {"aud": "elsewhere"}}, "id_token: Audience doesn't match"),
    "another issuer": ({"lies": {"iss": "https://elsewhere.example"}}, "id_token: Invalid issuer"),
    "an hour ago": (
        {"lies": {"iat": 1, "exp": int(time.time()) - 3600}},
        "id_token: Signature has expired",
    ),
    "ever": ({"lies": {"exp": None}}, 'id_token: Token is missing the "exp" claim'),
    "another key": ({"signed_with": new_key()}, "id_token: Signature verification failed"),
    "nobody": (
        {"algorithm": "none", "signed_with": None},
        "id_token: The specified alg value is not allowed",
    ),
    "another person in userinfo": (
        {"told": {"userinfo": {"sub": "s-9"}}},
        "userinfo speaks of somebody else",
    ),
    "another issuer's settings": (
        {"told": {"issuer": "https://elsewhere.example"}},
        "not the issuer that the settings name",
    ),
}


@pytest.mark.parametrize("forgery", FORGED)
def test_an_id_token_made_for_or_by_another_is_refused(client, provider, editor, told, forgery):
    provider.is_about(email=editor.email, email_verified=True)
    lies, reason = FORGED[forgery]
    for name, value in lies.items():
        setattr(provider, name, value)
    answer = through(provider, client)
    assert answer.status_code == 401
    assert "We could not sign you in" in answer.text
    assert not is_in(client)
    assert not SocialAccount.objects.exists()
    assert (told()[-1]["event"], told()[-1]["reason"]) == ("sign-in failed", reason)


def test_an_id_token_signed_with_the_public_key_as_if_it_were_secret_is_refused(
    client, provider, editor
):
    """The oldest forgery of all: HS256 with what everybody may know."""
    provider.is_about(email=editor.email, email_verified=True)
    public = provider.key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    provider.signed_with, provider.algorithm = public, "HS256"
    assert through(provider, client).status_code == 401
    assert not is_in(client)


def test_an_answer_counts_once_and_only_in_the_browser_that_asked(client, provider, editor):
    provider.is_about(email=editor.email, email_verified=True)
    answer = provider.consent(client.get("/admin/oidc/organisation/login/")["Location"])
    stranger = Client()
    assert stranger.get(answer).status_code == 401
    assert not is_in(stranger)
    assert client.get(answer.replace("state=", "state=x")).status_code == 401
    assert client.get(answer)["Location"] == "/admin/"
    client.post("/admin/logout/")
    assert client.get(answer).status_code == 401
    assert not is_in(client)


def test_an_address_cannot_ask_the_provider_for_more(client, provider):
    asked = client.get(
        "/admin/oidc/organisation/login/?scope=everything&auth_params=prompt%3Dnone&process=connect"
    )["Location"]
    assert "everything" not in asked
    assert "prompt" not in asked


def test_a_provider_that_does_not_answer_is_told_apart_from_a_broken_site(
    client, provider, settings
):
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["server_url"] = (
        "http://127.0.0.1:9"
    )
    page = client.get("/admin/oidc/organisation/login/")
    assert (page.status_code, "We could not sign you in" in page.text) == (401, True)


@pytest.mark.parametrize("counts", [True, False])
def test_the_providers_second_factor_counts_where_the_settings_say_so(
    client, provider, editor, settings, required, counts
):
    settings.OIDC_SECOND_FACTOR = counts
    provider.is_about(email=editor.email, email_verified=True)
    through(provider, client)
    assert client.get("/admin/").status_code == (200 if counts else 302)
    by_password = Client()
    enter(by_password, "editor")
    assert by_password.get("/admin/")["Location"] == SET_UP


def test_who_signs_in_through_a_provider_alone_can_set_up_a_second_factor(
    client, provider, editor, required, django_capture_on_commit_callbacks
):
    editor.set_unusable_password()
    editor.save()
    provider.is_about(email=editor.email, email_verified=True)
    through(provider, client)
    secret = re.search(r'class="secret">(\w+)<', client.get(SET_UP).text)[1]
    with django_capture_on_commit_callbacks(execute=True):
        client.post(SET_UP, {"code": code(secret)})
    assert client.get("/admin/").status_code == 200
