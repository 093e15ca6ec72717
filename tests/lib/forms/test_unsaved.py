"""What was typed and not saved comes back to its writer, and to nobody else."""

import pytest
from django.forms import PasswordInput
from django.urls import reverse

from findings.models import Evidence
from forces.models import Organisation
from lib.forms.models import HeldFile, UnsavedForm
from lib.forms.unsaved import SECRETS, keep
from tests import accounts
from tests.action_pages import progress_page, typed
from tests.evidence_files import handed_over, sent
from tests.forms_sent import new_token, token_in, token_of
from tests.pages import elements, text

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
NOTICE = "This is what you wrote here but did not save."


def end_session(client):
    """What a browser has left when a session has ended: nothing that says who it is."""
    client.session.flush()


def values(response):
    """What stands in the fields of a page's main form."""
    found = {}
    for box in elements(response, "input"):
        kind = box.attributes.get("type")
        if kind not in ("checkbox", "radio") or "checked" in box.attributes:
            default = "on" if kind == "checkbox" else None
            found[box.attributes.get("name")] = box.attributes.get("value", default)
    for area in elements(response, "textarea"):
        found[area.attributes.get("name")] = area.text
    for option in elements(response, "option"):
        if "selected" in option.attributes:
            found[option.closest("select").attributes.get("name")] = option.attributes["value"]
    return found


def test_progress_and_its_evidence_come_back_after_signing_in_with_the_file(client, action):
    editor = accounts.sign_in(client, "editor")
    page = progress_page(action)
    typed_in = sent(action, handed_over(), form_token=token_of(client, page), status="embedding")
    typed_in |= {"evidence-is_public": "on", "evidence-review_on": "2026-01-31"}
    end_session(client)
    answer = client.post(page, typed_in)
    assert answer.url.startswith("/admin/login/")
    # Somebody else at the same browser sees nothing of it.
    accounts.sign_in(client, "steward")
    assert NOTICE not in text(client.get(page))
    client.force_login(editor)
    again = client.get(page)
    assert NOTICE in text(again)
    shown = values(again)
    names = [name for name in typed_in if name not in ("draft", "evidence-file", "form_token")]
    assert {name: shown.get(name) for name in names} == {n: str(typed_in[n]) for n in names}
    assert "Use minutes.pdf, which you chose before" in text(again)
    data = {name: value for name, value in shown.items() if name and value is not None}
    done = client.post(page, data | {"draft": "Save", "form_token": token_in(again)}, follow=True)
    assert "Progress saved." in text(done)
    assert Evidence.objects.get().filename == "minutes.pdf"
    assert not UnsavedForm.objects.exists() and not HeldFile.objects.exists()


def test_a_change_form_comes_back_with_its_parts_its_reason_and_what_others_wrote_is_not_lost(
    client,
):
    steward = accounts.sign_in(client, "steward")
    row = Organisation.objects.get(slug="gloucestershire")
    page = reverse("admin:forces_organisation_change", args=[row.pk])
    opened = client.get(page)
    data = {name: value for name, value in values(opened).items() if name and value is not None}
    data |= {
        "form_token": token_in(opened),
        "name": "Gloucestershire Police, renamed",
        "why": "As its website says.",
        "aliases-TOTAL_FORMS": "2",
        "aliases-0-name": "GC",
        "aliases-1-name": "Glos Police",
    }
    end_session(client)
    client.post(page, data)
    Organisation.objects.filter(pk=row.pk).update(short_name="Glos")
    client.force_login(steward)
    again = client.get(page)
    shown = values(again)
    for name in ("name", "why", "aliases-0-name", "aliases-1-name", "version"):
        assert shown[name] == data[name], name
    again = client.post(page, data | {"form_token": token_in(again)})
    assert again.status_code == 409
    row.refresh_from_db()
    assert row.short_name == "Glos"


def test_a_bulk_page_comes_back_with_its_actions_and_an_import_with_its_files(client, action):
    steward = accounts.sign_in(client, "steward")
    page = reverse("admin:findings_action_changelist")
    chosen = {"action": "set_owners", "_selected_action": [action.pk]}
    form = client.post(page, chosen)
    typed_in = {**chosen, "version": values(form)["version"], "owner_role": "head of crime"}
    imports = reverse("admin:imports_importrun_add")
    upload = {"files": handed_over("themes.csv", b"name\n"), "leave_out": "Owner"}
    upload["form_token"] = token_of(client, imports)
    end_session(client)
    client.post(page, typed_in | {"form_token": token_in(form)})
    client.post(imports, upload)
    client.force_login(steward)
    again = client.get(page)
    assert values(again)["owner_role"] == "head of crime"
    assert str(action) in text(again)
    assert values(client.get(imports))["leave_out"] == "Owner"
    assert "Use themes.csv" in text(client.get(imports))
    # Nothing else of the list is ever done by coming back.
    UnsavedForm.objects.all().delete()
    keep(steward.pk, page, form.wsgi_request.POST.copy())
    assert "owner_role" not in values(client.get(page))


def test_what_is_typed_is_kept_meanwhile_until_saved_given_up_or_signed_out(client, action):
    accounts.sign_in(client, "editor")
    page, at = progress_page(action), reverse("admin:keep_unsaved")
    token = new_token(client)
    draft = {"unsaved_token": token, "unsaved_page": page, "note": "Half a sen"}
    assert client.post(at, draft).status_code == 204
    assert "Half a sen" in text(client.get(page))
    client.post(page, typed(action, form_token=token))
    client.post(at, draft)  # on its way when the form was saved
    assert not UnsavedForm.objects.exists()
    draft["unsaved_token"] = new_token(client)
    client.post(at, draft)
    given_up = client.post(reverse("admin:forget_unsaved"), {"unsaved_page": page})
    assert given_up.url == page
    assert NOTICE not in text(client.get(page))
    client.post(at, draft)
    client.post(reverse("account_logout"))
    assert not UnsavedForm.objects.exists()
    client.post(at, draft | {"unsaved_token": "1-somebody"})
    assert not UnsavedForm.objects.exists()


def test_a_password_is_never_kept_whatever_its_field_is_called(client):
    accounts.sign_in(client, "superuser")
    for name in ("auth_user_add", "password_change"):
        boxes = [
            box.attributes["name"]
            for box in elements(client.get(reverse(f"admin:{name}")), "input")
            if box.attributes.get("type") == PasswordInput.input_type
        ]
        assert boxes and all(map(SECRETS.search, boxes))
    page = reverse("admin:auth_user_add")
    facts = {"form_token": new_token(client), "username": "new", "password1": "not for you"}
    end_session(client)
    client.post(page, facts)
    assert UnsavedForm.objects.get().data == "username=new"
