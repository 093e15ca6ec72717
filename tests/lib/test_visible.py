"""What looks empty counts as empty, wherever it is typed."""

import pytest
from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models

from findings.forms import ProgressForm
from findings.models import ProgressUpdate
from lib.audit.admin import posted_reason
from lib.sheets.values import clean_text
from lib.visible import is_visible

# Zero-width space, joiners, soft hyphen, direction marks, fillers of Hangul, the empty Braille
# pattern, a mark of order, a tag, selectors of variants, vowels of Khmer that show nothing.
INVISIBLE = (
    "\u200b\u200c\u200d\u2060\u00ad\u200e\u200f\u202e\u2066\u115f\u1160\u3164\uffa0\u2800\ufeff"
    "\U000e0041\ufe0f\u034f\u17b4\u180e\u2028\x1b \t\n"
)


def test_each_of_them_is_no_text_and_words_that_hold_them_are():
    assert [ascii(letter) for letter in INVISIBLE if is_visible(letter)] == []
    assert not is_visible(INVISIBLE)
    for text in ("a", "7", "—", "…", "£", "✓", "❤\ufe0f", "می\u200cخواهم", "क्\u200dष", "ﷺ"):
        assert is_visible(text), text


def test_every_form_and_model_of_ours_refuses_them():
    with pytest.raises(ValidationError, match="nobody can see"):
        forms.CharField(required=False).clean(INVISIBLE)
    assert forms.CharField().clean("می\u200cخواهم") == "می\u200cخواهم"
    ours = ("forces", "inspections", "findings")
    for model in (model for app in ours for model in apps.get_app_config(app).get_models()):
        for field in model._meta.concrete_fields:
            if isinstance(field, models.CharField | models.TextField) and not field.choices:
                with pytest.raises(ValidationError):
                    field.run_validators(INVISIBLE.replace("\n", ""))


def test_a_note_or_a_reason_of_them_is_none(action, rf):
    form = ProgressForm(action, None, {"status": action.status, "note": INVISIBLE})
    assert set(form.errors) == {"note"}
    with pytest.raises(ValidationError) as refused:
        ProgressUpdate(action=action, note=INVISIBLE).clean_fields()
    assert "note" in refused.value.message_dict
    assert posted_reason(rf.post("/", {"why": INVISIBLE})) == ""


def test_a_cell_of_them_is_empty_and_joiners_within_a_word_stay():
    for lines in (True, False):
        assert clean_text(INVISIBLE, lines=lines) == ""
    assert clean_text("در می\u200cخواهم\u200c") == "در می\u200cخواهم"
    assert clean_text("South\u200c \u200dWest\u200d") == "South West"
