import pytest

from forces.models import Organisation
from forces.names import initials_of, name_key, region_in_words, typed_initials
from tests import factories

pytestmark = pytest.mark.django_db


def found(text):
    return list(Organisation.objects.lookup(text).values_list("slug", flat=True))


def candidates(text):
    return set(Organisation.objects.candidates(text).values_list("slug", flat=True))


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Devon & Cornwall Police", "devon-and-cornwall"),
        ("Devon and Cornwall Constabulary", "devon-and-cornwall"),
        ("the Dorset Police Force", "dorset"),
        ("Gloucestershire", "gloucestershire"),
        ("gloucestershire police service", "gloucestershire"),
        ("Kent Constabulary", "kent"),
        ("Metropolitan Police Force", "metropolitan"),
        ("Dyfed Powys", "dyfed-powys"),
        ("Dyfed–Powys", "dyfed-powys"),
        ("south west rocu", "swrocu"),
        ("D&C", "devon-and-cornwall"),
        ("d & c", "devon-and-cornwall"),
        ("A&S Police", "avon-and-somerset"),
        ("GMP", "greater-manchester"),
        ("gmp", "greater-manchester"),
        ("TVP", "thames-valley"),
        ("BTP", "british-transport-police"),
    ],
)
def test_people_s_names_for_a_force_lead_to_it(text, slug):
    assert found(text) == [slug]


@pytest.mark.parametrize(
    "text", ["as", "A", "police", "constabulary", "force", "&", "and", "’", "XYZ"]
)
def test_what_names_nobody_leads_nowhere(text):
    assert found(text) == []
    assert candidates(text) == set()


def test_initials_of_several_forces_lead_to_none_and_name_them_all():
    assert found("WMP") == []
    assert candidates("WMP") == {"west-mercia", "west-midlands"}
    assert candidates("GMP") == set()


def test_a_name_as_it_stands_is_taken_before_one_that_only_resembles_it():
    factories.force.make(name="Dorset Constabulary", short_name="Old Dorset", slug="old-dorset")
    assert found("Dorset Constabulary") == ["old-dorset"]
    assert found("Dorset Police") == ["dorset"]
    assert candidates("Dorset Force") == {"dorset", "old-dorset"}


def test_a_name_is_compared_without_its_kind_and_in_plain_letters():
    assert name_key("The Ynys Môn & Gwynedd Police Service") == "ynys mon and gwynedd"
    assert name_key("Police") == "police"
    assert initials_of("City of London Police") == {"cl", "clp"}
    assert initials_of("Kent Police") == set()
    assert typed_initials("Devon and Cornwall") == ""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("South West", "the South West"),
        ("East Midlands", "the East Midlands"),
        ("Eastern", "the Eastern region"),
        ("London", "London"),
        ("Southern Wales", "Southern Wales"),
        ("Yorkshire and the Humber", "Yorkshire and the Humber"),
    ],
)
def test_a_region_has_an_article_in_a_sentence_where_people_say_one(name, words):
    assert region_in_words(name) == words


def test_a_look_up_asks_as_often_however_many_there_are(django_assert_num_queries):
    with django_assert_num_queries(3):
        assert found("A&S") == ["avon-and-somerset"]
