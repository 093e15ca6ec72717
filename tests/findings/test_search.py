import json

import pytest
from django.db import connection
from django.db.models.sql import Query
from django.utils.safestring import SafeString

from findings.models import Finding, Response
from findings.search import MOST_TERMS, STOP_WORDS, Search, is_stop_word
from tests import factories
from tests.pages import text as text_of

pytestmark = pytest.mark.django_db
SOUTH_WEST = Finding.objects.filter(inspection__slug="soc-south-west-2025")


def found(text):
    search = Search(text)
    assert search.errors == []
    return {finding.reference for finding in search.filter(SOUTH_WEST)}


def marked(text, summary):
    finding = factories.finding.make(summary=summary)
    search = Search(text)
    (finding,) = search.with_headline(Finding.objects.filter(pk=finding.pk))
    return search.highlight(finding)


def test_words_are_found_by_their_stem_and_all_of_them_must_be_there():
    assert {"F10"} <= found("vacancies")
    assert found("vacancies") == found("vacancy") == found("VACANCY")
    assert found("vacancy drones") == set()


def test_a_phrase_is_found_as_it_stands():
    assert found('"intelligence analysts"') == {"F19"}
    assert found('"analysts intelligence"') == set()
    assert found("analysts intelligence") >= {"F19"}


def test_a_hyphen_leaves_out():
    both = found("investigators")
    assert found("investigators -extra") == both - found("extra")
    assert found("-investigators") == {finding.reference for finding in SOUTH_WEST} - both


def test_several_hyphens_leave_out_what_has_any_of_the_words():
    assert found("investigators -extra -trained") == found("investigators") - found(
        "extra"
    ) - found("trained")
    assert found("-investigators -vacancies") == found("-investigators") & found("-vacancies")


def test_it_is_the_abbreviation_and_not_the_pronoun():
    assert "F12" in found("IT")
    assert "F17" not in found("IT")  # It won extra funding
    assert found("it") == found("IT")


def test_the_meaning_of_an_abbreviation_is_found_too_and_the_abbreviation_by_its_meaning():
    factories.finding.make(reference="made-up-ocg", summary="Three OCGs were left alone.")
    ocg = {finding.reference for finding in Search("OCG").filter(Finding.objects)}
    assert {"F8", "made-up-ocg"} <= ocg
    assert ocg == {finding.reference for finding in Search("OCGs").filter(Finding.objects)}
    assert "made-up-ocg" in {
        f.reference for f in Search('"organised crime group"').filter(Finding.objects)
    }
    assert {"F1", "F16"} <= found("SOC")
    assert "F18" in found("LRO")


def test_a_response_to_a_finding_finds_it_and_one_to_the_report_does_not_find_its_findings():
    assert found('"operating model"') == set()
    factories.response.make(
        inspection=None,
        finding=Finding.objects.get(reference="F12"),
        summary="It reflects a change of operating model.",
    )
    assert found('"operating model"') == {"F12"}


@pytest.mark.parametrize(
    "name", ["Avon", '"Avon and Somerset"', '"Avon & Somerset"', '"Avon and Somerset Constabulary"']
)
def test_an_organisations_names_find_what_names_it(name):
    assert {
        f.reference for f in SOUTH_WEST.filter(organisations__slug="avon-and-somerset")
    } <= found(name)


@pytest.mark.parametrize("name", ["A&S", "a & s", "Avon & Somerset Police", "E23000036"])
def test_a_whole_text_that_means_one_organisation_finds_what_names_it(name):
    named = SOUTH_WEST.filter(organisations__slug="avon-and-somerset")
    assert named.exists()
    assert {finding.reference for finding in named} <= found(name)


def test_a_part_of_a_name_that_is_no_word_finds_nothing():
    assert found("omerset") == set()


def test_a_reference_finds_its_finding():
    assert found("f12") == {"F12"}


@pytest.mark.parametrize(
    "text",
    [
        "F12.",
        "(F12)",
        "[f12]",
        "#F12",
        "F 12",
        "f 12,",
        "“F12”",
        "/findings/F12/",
        "https://findings.example/findings/F12/",
        "http://localhost:8000/findings/f12/?x=1#more",
        "findings.example/findings/F12",
    ],
)
def test_a_reference_is_found_as_people_paste_it(text):
    assert found(text) == {"F12"}


@pytest.mark.parametrize(
    "text",
    [
        "F12 F15",
        "F12, F15",
        "F12; F15.",
        "F12/F15",
        "F12 and F15",
        "#F12 or (F 15)",
        "F12 & F15",
        "F12 — F15",
        "https://findings.example/findings/F12/ /findings/F15/",
    ],
)
def test_of_several_references_each_is_found(text):
    assert found(text) == {"F12", "F15"}


def test_a_reference_among_words_is_one_word_of_them():
    assert Search("drones F12").is_any is False
    assert found("“see F12.” drones") == set()


def test_a_reference_of_another_form_is_found_too():
    factories.finding.make(reference="P15-GL-09", summary="Prepared for its challenges.")
    for text in ("p15-gl-09", "(P15-GL-09).", "P15–GL–09", "F12 P15-GL-09"):
        found = {finding.reference for finding in Search(text).filter(Finding.objects)}
        assert found - {"F12"} == {"P15-GL-09"}, text


def test_of_a_pasted_sentence_any_word_will_do_and_the_closest_comes_first():
    sentence = (
        "The force must quickly recruit investigators: vacancies among them delay its drones!"
    )
    search = Search(sentence)
    assert search.errors == []
    assert search.is_sentence
    best = list(search.best_first(search.filter(SOUTH_WEST).order_by("reference")))
    assert {finding.reference for finding in best} >= found("vacancies") | found("investigators")
    words = {"investigators", "vacancies", "recruit"}
    assert best[0].reference in set.union(*(found(word) for word in words))
    ranks = [finding.rank for finding in best]
    assert ranks == sorted(ranks, reverse=True)
    assert not Search("five words are no sentence").is_sentence
    assert not Search("recruit investigators vacancies delay drones force -unit").is_sentence


def test_the_list_says_that_any_word_of_a_sentence_will_do(client):
    asked = {"q": "recruit more investigators whose vacancies delay the drones of forces"}
    page = client.get("/findings/", asked)
    assert page.status_code == 200
    assert "findings with any of its words are listed" in text_of(page)
    assert "any of its words" not in text_of(client.get("/findings/", {"q": "vacancies"}))
    assert "These have any of the words" in text_of(client.get("/search/", asked))
    rows = json.loads(client.get("/findings/", asked | {"format": "json"}).getvalue())["rows"]
    search = Search(asked["q"])
    best = search.best_first(search.filter(SOUTH_WEST).by_reference())
    found = [row["reference"] for row in rows]
    assert found[:3] == [finding.reference for finding in best[:3]]


# Signs, alike on any database

CORPUS = [
    "The force’s “vulnerable” children – some of them – wait…",
    'The force\'s "vulnerable" children - some of them - wait...',
    "Children’s services and multi‑agency hubs share the café",
    "Children's services and multi-agency hubs share the cafe",
    "Ynys Môn’s on–call détectives, 2023–24",
    "Ynys Mon's on-call detectives, 2023/24",
    "£5m\u00a0for IT’s systems • co\u00adoperate",
    "5m for IT's systems * cooperate",
]
SOUGHT = {
    "children's": [0, 1, 2, 3],
    "children’s": [0, 1, 2, 3],
    "childrens": [0, 1, 2, 3],
    "“vulnerable children”": [0, 1],
    "wait": [0, 1],
    "force's": [0, 1],
    "multi-agency": [2, 3],
    "multi–agency": [2, 3],
    '"multi agency"': [2, 3],
    "agency": [2, 3],
    "cafe": [2, 3],
    "café": [2, 3],
    "ynys-mon": [4, 5],
    "Ynys Môn": [4, 5],
    "on‑call": [4, 5],
    "detective": [4, 5],
    "2023-24": [4, 5],
    "24": [4, 5],
    "IT": [6, 7],
    "5m": [6, 7],
    "cooperate": [6, 7],
    "nowhere": [],
}


def matches(cursor, text, column):
    """Which texts of the corpus match on a database, by the column that responses have there."""
    compiler = Query(Response).get_compiler(connection=connection)
    terms = Search(text).terms
    (sql, values), *more = [compiler.compile(term.query.resolve_expression()) for term in terms]
    for other, others in more:
        sql, values = f"{sql} && {other}", [*values, *others]
    rows = "SELECT number - 1 FROM unnest(%s) WITH ORDINALITY AS t(summary, number)"
    cursor.execute(f"{rows} WHERE {column} @@ ({sql}) ORDER BY number", [CORPUS, *values])
    return [number for (number,) in cursor.fetchall()]


def column_of_responses():
    """What the generated column of responses is made of, as the database has it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef "
            "JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum "
            "WHERE adrelid = 'findings_response'::regclass AND attname = 'search'"
        )
        return cursor.fetchone()[0].replace("%", "%%")


def test_signs_and_accents_are_folded_alike_whatever_the_database_s_letters(database_with_c):
    column = column_of_responses()
    for database in (connection, database_with_c):
        with database.cursor() as cursor:
            assert {text: matches(cursor, text, column) for text in SOUGHT} == SOUGHT


def test_stop_words_are_passed_over():
    assert found("the vacancies of a unit") == found("vacancies unit")


def test_no_stop_word_is_in_postgresql_s_english_and_what_it_indexes_is_none():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT word FROM unnest(%s) AS word WHERE to_tsvector('english', word) <> ''",
            [list(STOP_WORDS)],
        )
        assert cursor.fetchall() == []
    assert not is_stop_word("IT")
    assert is_stop_word("the")


@pytest.mark.parametrize("text", ["the", "of and", '""', "-", "!!!", '"', "- -", "the -of"])
def test_a_search_without_a_word_to_search_for_is_named(text):
    assert Search(text).errors == [f"The search “{text}” holds no word that can be searched for."]


def test_a_search_has_limits_that_it_names():
    assert "longer than 200 characters" in Search("x" * 201).errors[0]
    unwanted = " ".join(f"-word{n}" for n in range(MOST_TERMS + 1))
    assert "more than 12 words" in Search(unwanted).errors[0]
    assert "cannot be searched for" in Search("a\0b").errors[0]
    assert Search("word " * MOST_TERMS).errors == []


@pytest.mark.parametrize(
    "text",
    [
        "' OR 1=1 --",
        "a & b | c",
        "<b>x</b>",
        "\\",
        "%_%",
        "(((",
        ":*",
        "word:*",
        '"unclosed phrase',
        "né–à",
        "🚓 chase",
        "a'b",
    ],
)
def test_whatever_was_typed_is_text(text):
    search = Search(text)
    list(search.with_headline(search.filter(SOUTH_WEST)))


def test_what_was_found_is_marked_and_everything_else_escaped():
    html = marked("officers", "An officer's <b> & two officers")
    assert html == "An <mark>officer</mark>&#x27;s &lt;b&gt; &amp; two <mark>officers</mark>"
    assert isinstance(html, SafeString)


def test_an_abbreviation_that_looks_like_a_stop_word_is_marked_where_it_is_one():
    assert marked("it", "It has IT systems.") == "It has <mark>IT</mark> systems."


@pytest.mark.parametrize(
    ("text", "summary", "html"),
    [
        ("cafe", "The café’s owner", "The <mark>café</mark>’s owner"),
        ("café", "The cafe\u0301 and cafe", "The <mark>cafe\u0301</mark> and <mark>cafe</mark>"),
        ("ynys mon", "Wait… Ynys Môn", "Wait… <mark>Ynys</mark> <mark>Môn</mark>"),
        ("vulnerable", "“Vulnerable” ﬁnds", "“<mark>Vulnerable</mark>” ﬁnds"),
        ("finds", "“Vulnerable” ﬁnds", "“Vulnerable” <mark>ﬁnds</mark>"),
        ("24", "In 2023–24…", "In 2023–<mark>24</mark>…"),
        ("cooperate", "They co\u00adoperate 🚓", "They <mark>co\u00adoperate</mark> 🚓"),
    ],
)
def test_words_are_marked_however_they_are_written(text, summary, html):
    assert marked(text, summary) == html


def test_an_accented_match_is_marked_in_the_list(client):
    factories.finding.make(summary="A café is a front for drugs.")
    page = client.get("/findings/", {"q": "cafe"})
    assert "A <mark>café</mark> is a front" in page.content.decode()
    assert "found in its detail" not in text_of(page)


def test_what_must_not_be_there_is_not_marked():
    assert marked("-officers", "Nobody.") == "Nobody."


def test_the_mark_of_one_word_does_not_hide_another():
    assert (
        marked("crime systems IT", "IT systems and crime")
        == "<mark>IT</mark> <mark>systems</mark> and <mark>crime</mark>"
    )
