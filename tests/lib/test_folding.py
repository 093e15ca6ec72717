import unicodedata

import pytest
from django.db import connection
from django.db.models import Value
from django.db.models.sql import Query

from lib.folding import FROM, TO, fold, folded, marked, places_in

# What Latin text is written with: letters, marks, punctuation, symbols and emoji.
ALPHABET = [*range(1, 0x530), *range(0x1E00, 0x1F00), *range(0x2000, 0x2C00), 0x3000, 0xFB01]
ALPHABET += [*range(0xFE00, 0xFE70), 0xFEFF, *range(0xFF01, 0xFF60), 0x1F693, 0x1F6A8]


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("children’s", "children's"),
        ("“rape”", '"rape"'),
        ("non‑crime – co‐operation — 5 − 2", "non-crime - co-operation - 5 - 2"),
        ("2023–24, 2023/24", "2023 24, 2023 24"),
        ("café, cafe\u0301, Ynys Môn, Ŵ", "cafe, cafe, Ynys Mon, W"),
        ("so…on", "so on"),
        ("1\u00a0of\u202f2", "1 of 2"),
        ("co\u00adoperate", "cooperate"),
        ("police.uk", "police.uk"),
    ],
)
def test_a_text_is_folded_to_what_a_keyboard_has(typed, plain):
    assert fold(typed) == plain


def test_each_letter_of_a_folded_text_has_its_place_in_the_text():
    for code in ALPHABET:
        text = f"a{chr(code)}1{chr(code)}2"
        places = places_in(text)
        assert len(places) == len(fold(text)) + 1, hex(code)
        assert places == sorted(places), hex(code)
        assert places[-1] == len(text), hex(code)


def test_marks_are_carried_over_to_the_text_and_only_if_it_is_the_same():
    assert marked("Le Café…", "Le [Cafe] ", "[", "]") == "Le [Café]…"
    assert marked("so...on ﬁne", "[so] on [fine]", "[", "]") == "[so]...on [ﬁne]"
    assert marked("other", "Le [Cafe]", "[", "]") == "Le [Cafe]"


def test_no_quote_or_dash_is_left_out():
    kinds = {"Pd", "Pi", "Pf"}
    codes = [*range(0x80, 0x530), *range(0x2000, 0x2C00), *range(0x2E00, 0x2E80)]
    signs = [chr(code) for code in codes if unicodedata.category(chr(code)) in kinds]
    assert len(signs) > 30
    assert {sign for sign in signs if not fold(f"a{sign}b").isascii()} == set()
    assert len(FROM) == len(TO) == len(set(FROM))


@pytest.mark.django_db
def test_python_and_the_database_fold_alike():
    texts = [f"a{chr(code)}1{chr(code)}2" for code in ALPHABET]
    with connection.cursor() as cursor:
        sql, values = folded(Value("?")).as_sql(*compiled())
        sql = sql.replace("%s", "t.text", 1)
        cursor.execute(
            f"SELECT t.text, {sql} FROM unnest(%s) AS t(text)",  # noqa: S608 (our own expression)
            [*values[1:], texts],
        )
        assert {text: there for text, there in cursor if fold(text) != there} == {}


def compiled():
    """What an expression needs to become SQL."""
    return Query(None).get_compiler(connection=connection), connection
