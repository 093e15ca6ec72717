"""A form that is sent twice is saved once, and both sendings lead to the same."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.contrib.admin import ModelAdmin
from django.db import connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from findings.models import Action, ProgressUpdate, Theme
from findings.workflow import submit
from lib.forms import middleware
from lib.forms.models import SentForm, UnsavedForm
from tests import accounts
from tests.action_pages import handed_in, page_of, progress_page, typed
from tests.forms_sent import new_token, token_of
from tests.pages import text


def send(session, page, data):
    """Send a form over a connection of its own."""
    client = Client()
    client.cookies.update(session)
    try:
        return client.post(page, data)
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_time_are_one_update_with_one_message(client, action):
    accounts.sign_in(client, "editor")
    page = progress_page(action)
    data = typed(action, form_token=token_of(client, page))
    with ThreadPoolExecutor() as threads:
        answers = [threads.submit(send, client.cookies, page, data) for _ in range(4)]
        answers = [answer.result() for answer in answers]
    assert {(answer.status_code, answer.url) for answer in answers} == {
        (302, reverse("admin:findings_action_change", args=[action.pk]))
    }
    assert ProgressUpdate.objects.filter(action=action).count() == 1
    assert text(client.get(answers[0].url)).count("Progress saved.") == 1
    # Its other button is another click on the same form; once read, the message is said again.
    late = client.post(page, data | {"draft": "Save"}, follow=True)
    assert text(late).count("Progress saved.") == 1
    assert ProgressUpdate.objects.filter(action=action).count() == 1


@pytest.mark.django_db
def test_what_differs_is_another_form_and_so_is_that_of_another_page_or_session(client):
    accounts.sign_in(client, "steward")
    page = reverse("admin:findings_theme_add")
    token = new_token(client)
    facts = {"name": "Custody", "slug": "custody", "definition": "Cells.", "form_token": token}
    for changes in ({}, {}, {"name": "Cells", "slug": "cells"}):
        assert client.post(page, facts | changes).status_code == 302
    assert Theme.objects.filter(slug__in=["custody", "cells"]).count() == 2
    client.session.flush()
    accounts.sign_in(client, "superuser")
    assert "already exists" in text(client.post(page, facts))


@pytest.mark.django_db
def test_a_form_in_a_window_of_its_own_is_saved_once_too(client):
    accounts.sign_in(client, "steward")
    page = reverse("admin:findings_theme_add") + "?_popup=1"
    facts = {"name": "Custody", "slug": "custody", "definition": "Cells.", "_popup": 1}
    facts["form_token"] = new_token(client)
    first, second = (client.post(page, facts) for _ in range(2))
    assert (first.status_code, first.content) == (200, second.content)
    assert Theme.objects.filter(slug="custody").count() == 1
    assert SentForm.objects.count() == 1


@pytest.mark.django_db
def test_a_button_that_is_clicked_again_later_does_what_it_says(client, action):
    editor = accounts.sign_in(client, "editor")
    update = handed_in(action, editor)
    withdraw = page_of("withdraw", update)
    button = {"form_token": new_token(client)}
    for _ in range(2):
        assert client.post(withdraw, button).status_code == 302
    submit(ProgressUpdate.objects.get(pk=update.pk), editor, timezone.now())
    SentForm.objects.update(at=timezone.now() - timedelta(minutes=2))
    assert "Withdrawn." in text(client.post(withdraw, button, follow=True))
    assert ProgressUpdate.objects.get(pk=update.pk).is_draft


@pytest.mark.django_db(transaction=True)
def test_a_second_sending_does_not_wait_long_for_the_first_and_loses_nothing(
    client, action, monkeypatch
):
    monkeypatch.setattr("lib.forms.middleware.LONGEST_WAIT", 0.3)
    accounts.sign_in(client, "editor")
    page = progress_page(action)
    data = typed(action, form_token=new_token(client))
    with ThreadPoolExecutor() as threads:
        with transaction.atomic():  # somebody else, for whom the first waits
            Action.objects.select_for_update().get(pk=action.pk)
            first = threads.submit(send, client.cookies, page, data)
            time.sleep(0.5)
            second = threads.submit(send, client.cookies, page, data).result()
        assert second.status_code == 503
        assert int(float(second["Retry-After"])) < 4
        assert "we are still saving the first one. Nothing has been lost." in text(second)
        assert first.result().status_code == 302
    assert send(client.cookies, page, data).url == first.result().url
    assert ProgressUpdate.objects.filter(action=action).count() == 1
    assert not UnsavedForm.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("is_saved", [True, False])
def test_what_broke_off_is_saved_once_whether_that_was_after_it_was_saved_or_before(
    client, monkeypatch, is_saved
):
    accounts.sign_in(client, "steward")
    page = reverse("admin:findings_theme_add")
    theme = {"name": "Custody", "slug": "custody", "definition": "Cells."}
    theme |= {"form_token": new_token(client), "_addanother": "Save"}
    with monkeypatch.context() as patch:
        place = (middleware, "finish") if is_saved else (ModelAdmin, "save_form")
        patch.setattr(*place, killed)
        with pytest.raises(SystemExit):
            client.post(page, theme)
    assert Theme.objects.filter(slug="custody").exists() == is_saved
    for _ in range(2):
        again = client.post(page, theme, headers={"referer": f"http://testserver{page}"})
        assert again.status_code == 302
        assert urlsplit(again.url).path == page
    told = middleware.SAVED_BEFORE_BREAK in text(client.get(page))
    assert (told, Theme.objects.filter(slug="custody").count()) == (is_saved, 1)


def killed(*args, **kwargs):
    raise SystemExit
