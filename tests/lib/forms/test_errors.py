"""A form that was refused: what is wrong stands above it, and a chosen file is not lost."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from findings.models import Evidence
from lib.forms.models import HeldFile
from tests import accounts, factories
from tests.action_pages import progress_page
from tests.evidence_files import HTML, handed_over, sent
from tests.forms_sent import new_token, token_in
from tests.pages import elements, text, version_now
from tests.workflow_steps import set_owner

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def summary(response):
    """The links of a page's summary of errors, each to a field that is there."""
    (box,) = [part for part in elements(response, "div") if "error-summary" in part.classes]
    assert {"autofocus", "tabindex"} <= set(box.attributes)
    targets = [link.attributes["href"].removeprefix("#") for link in box.all("a")]
    ids = {part.attributes.get("id") for part in elements(response)}
    assert set(targets) <= ids
    return box.text, targets


def test_a_file_outlives_a_failed_save_unless_it_is_wrong_itself_or_taken_back(client, action):
    accounts.sign_in(client, "editor")
    page = progress_page(action)
    data = sent(action, handed_over(), note="")
    refused = client.post(page, data | {"form_token": new_token(client)})
    assert summary(refused) == (
        "There is a problem Nothing was saved. Say what happened.",
        ["id_note"],
    )
    held = str(HeldFile.objects.get().pk)
    assert "Use minutes.pdf, which you chose before" in text(refused)
    del data["evidence-file"]
    # Nobody else can have it.
    accounts.sign_in(client, "approver")
    theirs = {"held-evidence-file": held, "form_token": new_token(client)}
    client.post(page, data | theirs)
    assert not Evidence.objects.exists()
    client.force_login(HeldFile.objects.get().by)
    data |= {"held-evidence-file": held, "form_token": new_token(client)}
    again = client.post(page, data)  # refused once more
    token = token_in(again)
    client.post(page, data | {"note": "Filled.", "form_token": token}, follow=True)
    assert Evidence.objects.get().filename == "minutes.pdf"
    assert not HeldFile.objects.exists()
    data = sent(action, handed_over(content=HTML), note="")
    wrong = client.post(page, data | {"form_token": new_token(client)})
    assert "which you chose before" not in text(wrong)
    assert not HeldFile.objects.exists()


def test_a_held_file_is_kept_an_hour_and_outlives_a_conflict(client, action):
    accounts.sign_in(client, "editor")
    page = progress_page(action)
    data = sent(action, handed_over("../\u202eminutes.pdf"))
    set_owner(action, "head of crime", "Agreed.", factories.staff.make())
    conflict = client.post(page, data | {"form_token": new_token(client)})
    assert conflict.status_code == 409
    held = HeldFile.objects.get()
    assert str(held.pk) in conflict.content.decode()
    assert "Use minutes.pdf, which you chose before" in text(conflict)
    HeldFile.objects.update(at=timezone.now() - timedelta(hours=1, minutes=1))
    del data["evidence-file"]
    data |= {"held-evidence-file": held.pk, "form_token": new_token(client)}
    client.post(page, data)
    client.get(reverse("account_logout"))
    client.force_login(accounts.make("viewer"))  # at any sign-in, what is too old is deleted
    assert not HeldFile.objects.exists()


def test_the_errors_of_every_form_of_staff_stand_above_it_and_lead_to_their_fields(client, action):
    accounts.sign_in(client, "superuser")
    for name, data, sentence, target in (
        ("findings_finding_add", {}, "Summary: This field is required.", "id_summary"),
        (
            "forces_organisation_add",
            {"aliases-TOTAL_FORMS": 1, "aliases-INITIAL_FORMS": 0, "aliases-0-name": "x" * 500},
            "Ensure this value has at most",
            "id_aliases-0-name",
        ),
        ("password_change", {}, "Old password: This field is required.", "id_old_password"),
        ("imports_importrun_add", {}, "Files: This field is required.", "id_files"),
        (
            "imports_importrun_add",
            {"files": handed_over("themes.csv", b"theme,name,definition\nno spaces,,x\n")},
            "Nothing was imported. themes.csv, themes!A2, theme “no spaces”: Use only letters",
            "problem-1",
        ),
    ):
        response = client.post(reverse(f"admin:{name}"), data, follow=True)
        words, targets = summary(response)
        assert sentence in words, name
        assert target in targets, name
        assert text(response).count("Error: ") == 1, name
    page = reverse("admin:auth_user_password_change", args=[accounts.make("viewer").pk])
    response = client.post(page, {"password1": "short", "usable_password": "true"})
    assert summary(response) == (
        "There is a problem Nothing was saved. Password confirmation: This field is required.",
        ["id_password2"],
    )
    assert (text(response).count("Error: "), "Please correct" in text(response)) == (1, False)
    owner = client.post(
        reverse("admin:findings_action_owner", args=[action.pk]), {"version": version_now()}
    )
    assert summary(owner)[1] == ["id_reason"]
    required = [part.text for part in elements(owner, "label") if "required" in part.classes]
    assert required == ["Why"]
    client.post(reverse("account_logout"))
    login = client.post(reverse("account_login"), {"login": "editor"})
    assert summary(login) == (
        "There is a problem Password: This field is required.",
        ["id_password"],
    )
