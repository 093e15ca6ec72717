import pytest
from django.db import connection
from django.utils.safestring import SafeString

from findings.models import Finding
from findings.search import MOST_TERMS, STOP_WORDS, Search, is_stop_word
from tests import factories

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


def test_a_part_of_a_name_that_is_no_word_finds_nothing():
    assert found("omerset") == set()


def test_a_reference_finds_its_finding():
    assert found("f12") == {"F12"}


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
    assert (
        "more than 12 words"
        in Search(" ".join(f"word{n}" for n in range(MOST_TERMS + 1))).errors[0]
    )
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


def test_what_must_not_be_there_is_not_marked():
    assert marked("-officers", "Nobody.") == "Nobody."


def test_the_mark_of_one_word_does_not_hide_another():
    assert (
        marked("crime systems IT", "IT systems and crime")
        == "<mark>IT</mark> <mark>systems</mark> and <mark>crime</mark>"
    )
