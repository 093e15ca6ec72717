"""Facts chosen by hand from every import file, written down a second time."""

import pytest

from .import_files import facts, gradings, inspection, judgment, lines, rows


def cited(kind, *key):
    """Where a fact was read: source, place in it, whose words."""
    columns = "source", "locator", "attribution"
    return [
        tuple(row[column] for column in columns)
        for row in rows(kind)
        if tuple(row.values())[: len(key)] == key
    ]


# inspection | force | question | grade | source | locator | attribution
GRADES = lines("""
peel-2014-avon-and-somerset | avon-and-somerset | efficiency | Outstanding
> p14-as | opening summary of the available evidence, efficiency clause | inspectorate
peel-2015-dorset-2015-10-20 | dorset | efficiency | Requires improvement
> p15-do-efy | heading and first paragraph | inspectorate
peel-2016-wiltshire-2016-12-08 | wiltshire | treating-the-workforce-fairly | Outstanding
> pr-wi-16l | 3rd paragraph | press
peel-2017-devon-and-cornwall-2018-03-22 | devon-and-cornwall | protecting-vulnerable-people
> Requires improvement | p17-dc-p | paragraph listing areas to improve | press
peel-2018-19-cleveland | cleveland | efficiency | Inadequate
> n-p18-cleveland | opening judgments | inspectorate
peel-2021-22-durham | durham | tackling-serious-and-organised-crime | Outstanding
> n-durham-wg21 | second paragraph | inspectorate
peel-2023-25-thames-valley | thames-valley | protecting-vulnerable-people | Inadequate
> n-tvp-rdg23 | paragraphs 5 to 8 | press
peel-2023-25-city-of-london | city-of-london | recording-data-about-crime | Outstanding
> n-col-wg25 | first paragraph | inspectorate
crime-data-integrity-dorset-2020-07-24 | dorset | overall | Good
> cdi-do-20 | Overall judgment | inspectorate
integrity-wiltshire-2025-10-29 | wiltshire | tackling-potential-corruption | Requires improvement
> in-wi-25 | 2nd paragraph | press
soc-north-west-2023 | cumbria | tackling-soc | Requires improvement
> n-nw-wg23 | headline | press
soc-south-west-2025 | gloucestershire | tackling-soc | Inadequate
> hmicfrs-south-west-2025 | - | inspectorate
""")


@pytest.mark.parametrize("row", GRADES, ids=lambda row: row[0])
def test_a_grade_and_where_it_was_read_first(row):
    *key, grade, source, locator, attribution = row
    assert judgment(*key) == grade
    assert cited("gradings", *key)[0] == (source, locator, attribution)


# reference | inspection | kind | words | source | locator | attribution
FINDINGS = lines("""
P14-GL-02 | peel-2014-gloucestershire-2014-11-12 | weakness
> Victim satisfaction is among the lowest
> p14-gl-eff | 3rd paragraph | inspectorate
P18-GL-04 | peel-2018-19-gloucestershire | weakness
> A backlog of staff of over ten years with lapsed vetting
> p18-gl-leg | 3rd paragraph | inspectorate
P23-GL-07 | peel-2023-25-gloucestershire | recommendation
> Within six months answer a larger share of emergency calls
> en-gl-24l | section Recommendations, 1st bullet | inspectorate
INT-WI-02 | integrity-wiltshire-2025-10-29 | weakness
> took 352 days on average in 2024
> in-wi-25s | paragraph on complaints | press
NCP-GL-04 | national-child-protection-gloucestershire-2025-05-21 | cause_of_concern
> Reports of vulnerable missing children
> nc-gl-25 | inspector’s summary, 2nd bullet and 4th paragraph | inspectorate
SOC-DO-02 | soc-south-west-2025 | weakness
> Two detectives were tied to one case for over six years
> soc-do-25e | 2nd paragraph | press
SOC-SE-08 | soc-south-east-2024 | promising_practice
> most are taken at the first attempt
> police-professional-south-east-2024 | paragraphs 3 to 6 | press
F15 | soc-south-west-2025 | weakness
> enough trained and experienced investigators
> police-professional-south-west-2025 | ¶23 | organisation
""")


@pytest.mark.parametrize("row", FINDINGS, ids=lambda row: row[0])
def test_a_finding_and_where_it_was_read(row):
    reference, slug, kind, words, *where = row
    finding = facts("findings")[(reference,)]
    assert (finding["inspection"], finding["kind"]) == (slug, kind)
    assert words in finding["summary"]
    assert cited("findings", reference) == [tuple(where)]


# force | source | respondent | stance | day | words
RESPONSES = lines("""
swrocu | police-professional-south-west-2025 | organisation | no_stance | -
> Welcomes the assessment
gloucestershire | cdi-gl-14p | policing_body | disputed | 2014
> calls the wording alarmist
devon-and-cornwall | pr-dc-24f | organisation | disputed | 2024-07
> some judgments rest on data over a year old
dorset | pr-do-25v | policing_body | accepted | 2025-04-10
> Calls it a fair reflection
avon-and-somerset | pcc-as-25 | organisation | no_stance | 2025-02-19
> built into the performance framework
""")


@pytest.mark.parametrize("row", RESPONSES, ids=lambda row: row[1])
def test_a_response(row):
    force, source, respondent, stance, day, words = row
    columns = "organisation", "source", "respondent", "stance", "said_on"
    (response,) = [
        response
        for response in rows("responses")
        if [response[column] for column in columns] == [force, source, respondent, stance, day]
    ]
    assert words in response["summary"]
    claims = {"organisation": "organisation", "policing_body": "commissioner"}
    assert response["attribution"] == claims[respondent]


# plan | number | status | owner | words | source | attribution
ACTIONS = lines("""
wiltshire-improvement-plan-2022-to-2024 | 9 | complete | chief constable
> Publish a three-year strategic plan | st-wi-24d | organisation
gloucestershire-work-on-call-answering-2023-to-2024 | 1 | complete | -
> Peer reviews, new recruitment | en-gl-24l | inspectorate
gloucestershire-child-protection-improvement-plan-2025 | 6 | announced | -
> Hold a child protection conference | nc-gl-25y | organisation
gloucestershire-reported-steps | 2 | announced | -
> Move more officers into specialist crime roles
> police-professional-south-west-2025 | organisation
south-west-regional-response | 2 | announced | -
> Deepen work with regional forces | police-professional-south-west-2025 | organisation
""")


@pytest.mark.parametrize("row", ACTIONS, ids=lambda row: f"{row[0]}-{row[1]}")
def test_an_action(row):
    plan, number, status, owner, words, source, attribution = row
    action = facts("actions")[plan, number]
    columns = "status", "owner_role", "source", "attribution"
    assert [action[column] for column in columns] == [status, owner, source, attribution]
    assert words in action["summary"]


def test_no_due_date_is_made_of_a_month():
    assert {(row["due_on"], row["due_set_by"]) for row in rows("actions")} == {("", "")}


# What a force's grades tell through the years


def test_organised_crime_in_gloucestershire():
    asked = "tackling-serious-and-organised-crime"
    assert judgment("peel-2016-gloucestershire-2017-03-02", "gloucestershire", asked) == (
        "Inadequate"
    )
    assert judgment("peel-2018-19-gloucestershire", "gloucestershire", asked) == "not_found"
    assert judgment("peel-2021-22-gloucestershire", "gloucestershire", asked) == "Good"
    assert judgment("soc-south-west-2025", "gloucestershire", "tackling-soc") == "Inadequate"
    assert {
        inspection(slug)["published_on"]
        for slug, force, question in gradings()
        if (force, question) == ("gloucestershire", asked)
    } == {"2017-03-02", "2019-05-02", "2021-10-27"}


def test_crime_recording_in_gloucestershire():
    asked = "recording-data-about-crime"
    assert [
        judgment("crime-data-integrity-gloucestershire-2019", "gloucestershire", "overall"),
        judgment("peel-2021-22-gloucestershire", "gloucestershire", asked),
        judgment("peel-2023-25-gloucestershire", "gloucestershire", asked),
    ] == ["Inadequate", "Inadequate", "Outstanding"]


def test_wiltshire_in_2023_25_has_2_good_3_adequate_and_4_requiring_improvement():
    grades = [
        row["grade"]
        for (slug, _, _), row in gradings("peel-2023-25").items()
        if slug == "peel-2023-25-wiltshire" and row["grade"]
    ]
    assert sorted(grades) == ["Adequate"] * 3 + ["Good"] * 2 + ["Requires improvement"] * 4


def test_two_causes_of_concern_stayed_open_when_devon_and_cornwall_left_engage():
    (left,) = [
        row
        for key, row in facts("monitoring").items()
        if key[:3] == ("devon-and-cornwall", "engage_out", "2025-07-30")
    ]
    assert "two causes of concern" in left["summary"]
    open_then = [
        row["finding"]
        for row in rows("closures")
        if (row["closure_status"], row["confirmed_on"]) == ("being_progressed", "2025-07-30")
    ]
    assert open_then == ["P23-DC-03", "P23-DC-04"]
    assert {facts("findings")[(reference,)]["kind"] for reference in open_then} == {
        "cause_of_concern"
    }


# Grades that were corrected, worked out, carried forward, or that sources tell differently


def test_the_one_corrected_grade_keeps_the_first():
    corrected = {key: row for key, row in facts("gradings").items() if row["first_grade"]}
    ((key, row),) = corrected.items()
    assert key == ("peel-2023-25-northamptonshire", "northamptonshire", "responding-to-the-public")
    columns = "first_grade", "grade", "corrected_on", "correction_reason"
    assert [row[column] for column in columns] == [
        *("Adequate", "Requires improvement", "2024-08-08"),
        "The data that the force first gave was wrong.",
    ]
    assert inspection(key[0])["published_on"] == "2024-02-19"


def test_sources_that_give_another_grade_come_after_the_one_preferred():
    differing = [
        (row["inspection"], row["question"], row["source"], row["grade_given"])
        for row in rows("gradings")
        if row["grade_given"]
    ]
    respectfully, responding = "treating-people-fairly-and-respectfully", "responding-to-the-public"
    assert differing == [
        ("peel-2021-22-avon-and-somerset", respectfully, "pr-as-23v", "Good"),
        (
            "crime-data-integrity-devon-and-cornwall-2018-04-10",
            "overall",
            "cdi-dc-18",
            "Inadequate",
        ),
        ("peel-2021-22-west-yorkshire", responding, "n-wyorks-kn21", "Good"),
        ("peel-2021-22-west-yorkshire", responding, "n-wyorks-kn21", "Adequate"),
    ]
    assert judgment("peel-2021-22-avon-and-somerset", "avon-and-somerset", respectfully) == (
        "Outstanding"
    )
    assert judgment("peel-2021-22-west-yorkshire", "west-yorkshire", responding) == "sources_differ"


def test_a_grade_that_was_worked_out_says_how():
    inferred = [row for row in facts("gradings").values() if row["certainty"] == "inferred"]
    assert len(inferred) == 43
    for row in inferred:
        assert row["note"].startswith(("By elimination", "By inference"))
    assert {
        (row["inspection"], row["question"])
        for row in inferred
        if row["organisation"] in ("dorset", "gloucestershire")
    } == {
        ("peel-2021-22-dorset", "leadership-and-force-management"),
        ("peel-2023-25-gloucestershire", "responding-to-the-public"),
    }
    for row in facts("gradings").values():
        assert bool(row["grade"]) == bool(row["certainty"])


def test_an_earlier_judgment_that_stands_is_no_new_one():
    carried = [row for row in facts("gradings").values() if row["carried_forward"]]
    assert len(carried) == 20
    assert all(row["grade"] and row["note"] for row in carried)
    stands_unread = [
        (row["inspection"], row["question"])
        for row in facts("gradings").values()
        if row["missing_reason"] == "carried_forward"
    ]
    dorset = "peel-2017-dorset-2018-03-22"
    assert stands_unread == [(dorset, "preventing-crime"), (dorset, "investigating-crime")]


# The cycles


def test_each_cycle_follows_the_one_before_and_the_last_two_cannot_be_compared():
    cycles = ["2014", "2015", "2016", "2017", "2018-19", "2021-22", "2023-25"]
    followed = [("", *cycles)[place] for place in range(len(cycles))]
    programmes = facts("programmes")
    assert [programmes[(f"peel-{cycle}",)]["follows"] for cycle in cycles] == [
        before and f"peel-{before}" for before in followed
    ]
    assert {key[0] for key, row in programmes.items() if row["not_comparable_because"]} == {
        "peel-2021-22",
        "peel-2023-25",
    }
