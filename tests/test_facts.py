"""The import files of the facts, held against the totals of the research they come from, and
against themselves: what they name exists, every row says where it was read, no person is named."""

import re
from collections import Counter
from itertools import groupby

import pytest

from inspections.choices import Scale

from .import_files import (
    CITING,
    KEYS,
    SOUTH_WEST,
    facts,
    gradings,
    inspection,
    lines,
    parts,
    rows,
    words,
)

# How much there is


@pytest.mark.parametrize(
    ("kind", "number", "with_further_sources"),
    [
        ("regions", 10, 10),
        ("strands", 25, 25),
        ("themes", 18, 18),
        ("sources", 435, 435),
        ("organisations", 53, 53),
        ("programmes", 12, 12),
        ("questions", 96, 96),
        ("grade_meanings", 5, 5),
        ("inspections", 192, 194),
        ("fieldwork", 34, 36),
        ("gradings", 829, 934),
        ("findings", 464, 469),
        ("responses", 70, 71),
        ("policing_body_comments", 0, 0),
        ("plans", 17, 17),
        ("actions", 62, 62),
        ("closures", 9, 9),
        ("monitoring", 71, 100),
    ],
)
def test_a_file_has_so_many_facts_and_rows(kind, number, with_further_sources):
    assert (len(facts(kind)), len(rows(kind))) == (number, with_further_sources)


@pytest.mark.parametrize("kind", KEYS)
def test_rows_of_one_fact_stand_together(kind):
    keys = [tuple(row[column] for column in KEYS[kind]) for row in rows(kind)]
    assert len([key for key, _ in groupby(keys)]) == len(set(keys))


# Questions with a known grade, of those with a row; the columns are the five forces.
KNOWN = lines("""
peel-2014                      | 4 of 6   | 4 of 5   | 4 of 5   | 4 of 6   | 4 of 6
peel-2015                      | 9 of 11  | 4 of 6   | 3 of 5   | 5 of 7   | 5 of 6
peel-2016                      | 9 of 9   | 5 of 5   | 4 of 4   | 6 of 6   | 7 of 8
peel-2017                      | 13 of 13 | 13 of 13 | 10 of 12 | 11 of 11 | 9 of 9
peel-2018-19                   | 12 of 12 | 11 of 11 | 10 of 10 | 8 of 9   | 9 of 10
peel-2021-22                   | 9 of 10  | 3 of 10  | 8 of 10  | 11 of 13 | 8 of 10
peel-2023-25                   | 8 of 10  | 9 of 10  | 3 of 10  | 2 of 10  | 9 of 10
crime-data-integrity           | 1 of 1   | 2 of 2   | 2 of 2   | 1 of 1   | 2 of 2
integrity                      | 3 of 3   | 3 of 3   | 0 of 0   | 0 of 0   | 3 of 3
vetting-and-counter-corruption | 0 of 0   | 0 of 0   | 1 of 1   | 0 of 0   | 0 of 0
national-child-protection      | 0 of 1   | 0 of 1   | 0 of 1   | 5 of 6   | 0 of 1
""")


@pytest.mark.parametrize(("programme", "known"), [(row[0], row[1:]) for row in KNOWN])
def test_grades_of_the_south_west_that_are_known(programme, known):
    asked = {(force, question) for _, force, question in gradings(programme)}
    graded = {
        (force, question)
        for (_, force, question), row in gradings(programme).items()
        if row["grade"]
    }
    assert known == [
        f"{sum(key[0] == force for key in graded)} of {sum(key[0] == force for key in asked)}"
        for force in SOUTH_WEST
    ]


def test_the_table_of_known_grades_lists_every_programme_but_the_regional_one():
    listed = {row[0] for row in KNOWN}
    assert listed == {row["programme"] for row in rows("programmes")} - {"soc"}
    numbers = [cell.split(" of ") for row in KNOWN for cell in row[1:]]
    assert [sum(int(pair[at]) for pair in numbers) for at in (0, 1)] == [276, 336]


def test_rows_of_each_force_of_the_south_west():
    without_soc = [row for row in rows("gradings") if not row["inspection"].startswith("soc-")]
    sources = Counter(row["organisation"] for row in without_soc)
    # 99, 96, 71, 85 and 77 rows of the research, six of which name a second source.
    assert [sources[force] for force in SOUTH_WEST] == [100, 97, 73, 86, 78]
    found = Counter(
        row["organisations"]
        for (reference,), row in facts("findings").items()
        if not re.fullmatch(r"F\d+|SOC-(EM|EA|LO|NE|NW|SE|WM|YH)-\d+", reference)
    )
    assert [found[force] for force in SOUTH_WEST] == [53, 57, 65, 72, 56]
    events = Counter(key[0] for key in facts("monitoring"))
    assert [events[force] for force in SOUTH_WEST] == [7, 20, 8, 18, 18]
    responses = Counter(row["organisation"] for row in rows("responses"))
    assert [responses[force] for force in SOUTH_WEST] == [7, 17, 10, 19, 17]
    actions = Counter(facts("plans")[(row["plan"],)]["organisation"] for row in rows("actions"))
    assert [actions[force] for force in SOUTH_WEST] == [3 + 6, 6, 4, 19 + 6, 16]


@pytest.mark.parametrize(
    ("programme", "number", "forces"),
    [("peel-2018-19", 90, 28), ("peel-2021-22", 139, 28), ("peel-2023-25", 213, 35)],
)
def test_grades_of_the_other_forces(programme, number, forces):
    theirs = {key: row for key, row in gradings(programme).items() if key[1] not in SOUTH_WEST}
    assert len(theirs) == number
    assert len({key[1] for key, row in theirs.items() if row["grade"]}) == forces


def test_all_eight_or_nine_areas_of_2023_25_are_known_for_20_of_the_other_forces():
    known = Counter(key[1] for key, row in gradings("peel-2023-25").items() if row["grade"])
    assert {force for force, number in known.items() if number >= 8} - set(SOUTH_WEST) == set(
        words(
            "bedfordshire cambridgeshire city-of-london cleveland derbyshire essex gwent "
            "hertfordshire humberside lancashire lincolnshire merseyside metropolitan "
            "north-yorkshire northumbria staffordshire sussex thames-valley warwickshire "
            "west-mercia"
        )
    )


def test_findings_of_the_regional_inspections():
    of = Counter(row["inspection"] for row in facts("findings").values())
    assert {slug: number for slug, number in of.items() if slug.startswith("soc-")} == {
        "soc-south-west-2025": 25 + 14,
        "soc-east-midlands-2023": 20,
        "soc-eastern-2023": 17,
        "soc-london-2023": 12,
        "soc-north-east-2022": 11,
        "soc-north-west-2023": 28,
        "soc-south-east-2024": 20,
        "soc-west-midlands-2024": 24,
        "soc-yorkshire-and-the-humber-2025": 4,
    }


# What holds for every row


@pytest.mark.parametrize("kind", CITING)
def test_every_row_says_where_it_was_read(kind):
    for row in rows(kind):
        earlier = row.get("inspection", "").startswith("soc-")
        assert row["locator"] or earlier, row
        not_found = row.get("missing_reason") == "not_found"
        assert row["source"] or not_found or (kind == "inspections" and earlier), row
        assert bool(row["source"]) == bool(row["attribution"]), row
        assert len(row["locator"]) <= 200


@pytest.mark.parametrize("kind", CITING)
def test_a_place_in_a_source_is_cited_once_for_a_fact(kind):
    places = Counter(
        tuple(row[column] for column in [*KEYS[kind], "source", "locator"]) for row in rows(kind)
    )
    assert [place for place, number in places.items() if number > 1] == []


# file, column → the file that has what it names
NAMED = lines("""
organisations | region       | regions
questions     | programme    | programmes
questions     | strand       | strands
inspections   | programme    | programmes
inspections   | region       | regions
inspections   | organisation | organisations
fieldwork     | inspection   | inspections
gradings      | inspection   | inspections
gradings      | organisation | organisations
findings      | inspection   | inspections
findings      | organisations | organisations
findings      | themes       | themes
findings      | cause        | findings
findings      | repeats      | findings
responses     | inspection   | inspections
responses     | organisation | organisations
plans         | organisation | organisations
plans         | inspection   | inspections
actions       | plan         | plans
actions       | findings     | findings
closures      | finding      | findings
monitoring    | organisation | organisations
monitoring    | inspection   | inspections
programmes    | follows      | programmes
""") + [[kind, "source", "sources"] for kind in CITING]


@pytest.mark.parametrize(("kind", "column", "of"), NAMED)
def test_what_a_row_names_exists(kind, column, of):
    named = {part for row in rows(kind) for part in parts(row[column])}
    assert named and {part for part in named if (part,) not in facts(of)} == set()


def test_no_source_is_listed_for_nothing():
    cited = {row["source"] for kind in CITING for row in rows(kind)}
    # Where the rules for local policing bodies were read.
    assert {slug for (slug,) in facts("sources")} - cited == {"police-act-1996"}


def test_a_grading_has_a_grade_of_its_scale_or_a_reason_and_answers_its_programme():
    for (slug, organisation, question), row in facts("gradings").items():
        of = inspection(slug)
        assert (of["programme"], question) in facts("questions"), row
        assert of["organisation"] in ("", organisation), row
        assert bool(row["grade"]) != bool(row["missing_reason"]), row
    for row in rows("gradings"):
        programme = facts("programmes")[(inspection(row["inspection"])["programme"],)]
        scale = {grade.label for grade in Scale(programme["scale"]).grades}
        given = {row["grade"], row["first_grade"], row["grade_given"]} - {""}
        assert given <= scale, row


def test_a_recommendation_belongs_to_a_cause_of_concern_of_the_same_inspection():
    for row in facts("findings").values():
        for cause in parts(row["cause"]):
            of = facts("findings")[(cause,)]
            assert (of["kind"], row["kind"]) == ("cause_of_concern", "recommendation")
            assert of["inspection"] == row["inspection"]


def test_a_repeated_finding_is_an_older_one_of_the_same_force():
    for row in facts("findings").values():
        for earlier in parts(row["repeats"]):
            of = facts("findings")[(earlier,)]
            assert of["organisations"] == row["organisations"]
            assert of["reference"][1:3] < row["reference"][1:3]


# Pairs of words with capitals that name no person.
NO_NAMES = lines("""
Accountability Board | Before May | Best Use | Crime Standards Bureau | Dyfed-Powys
> East Midlands | Gloucestershire Rapid Improvement Plan | Greater Manchester | Home Office
> Metropolitan Police | National Crime Agency | National Police Chiefs | National Police Service
> North East | North Wales | North West | North Yorkshire | Operation Endeavour
> Police Professional | Rapid Improvement Plan | Says Engage | South East | South Wales
> South West | South Yorkshire | Thames Valley | The Lighthouse | Vulnerability Performance Board
> West Mercia | West Midlands | West Yorkshire
""")


def test_no_person_is_named():
    texts = {
        cell
        for kind in KEYS
        if kind not in ("sources", "organisations", "regions", "questions", "grade_meanings")
        for row in rows(kind)
        for cell in row.values()
    }
    pairs = {
        pair
        for text in texts
        for pair in re.findall(r"(?<!\w)[A-Z][a-z]+(?:[ -][A-Z][a-z]+)+", text)
    }
    assert pairs - set(*NO_NAMES) == set()
    titles = {cell for row in rows("sources") for cell in (row["title"], row["publisher"])}
    assert not [text for text in texts | titles if re.search(r"\b(Mrs?|Ms|Sir|Dame|Dr)\b", text)]


def test_no_working_remark_is_left():
    remark = re.compile(
        r"PREFERRED|CONFLICT|BY (ELIM|INF)|[Kk]eep both|Do not guess|\.md\b|published_on|"
        r"(?<![\w-])(?!P\d\d-|SOC-)([A-Z]{2,4}|n)-[A-Za-z]{2,}-?\w*\d\d[A-Z]?(?![\w-])"
    )
    for kind in KEYS:
        for row in rows(kind):
            texts = [row.get(name, "") for name in ("note", "citation_note", "detail", "locator")]
            assert not [text for text in texts if remark.search(text)], row
