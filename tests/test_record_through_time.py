"""The pages of forces and questions, of the whole record."""

import json

import pytest

from inspections.models import Question, Source
from lib.sentences import quantity
from tests.pages import elements, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("record"), pytest.mark.slow]

GLOUCESTERSHIRE = "/forces/gloucestershire/"


def rows(page):
    """The rows of the table through time: head and cells, as they read."""
    (table,) = (one for one in elements(page, "table") if "strands" in one.classes)
    return [(row.text, list(row.all("td"))) for row in table.all("tr") if list(row.all("td"))]


def strand(page, name):
    """What stands in the rows of a strand, without what was not asked."""
    (table,) = (one for one in elements(page, "table") if "strands" in one.classes)
    for body in table.all("tbody"):
        if body.text.startswith(name):
            return [
                cell.text
                for row in body.all("tr")
                for cell in row.all("td")
                if not cell.text.startswith("–")
            ]
    raise AssertionError(f"no {name}")


def judged(page, name):
    return [said for said in strand(page, name) if not said.startswith("not ")]


def test_gloucestershire_s_grades_for_organised_crime_stand_with_their_dates(reader):
    page = reader.get(GLOUCESTERSHIRE)
    assert judged(page, "Serious and organised crime") == [
        "Good Oct 2021",
        "Inadequate Mar 2017",
        "Inadequate Jun 2025",
    ]


def test_a_grade_that_a_later_cycle_asked_for_again_does_not_open_a_page_as_the_present_one(reader):
    said = text(reader.get(GLOUCESTERSHIRE))
    assert (
        "Inadequate on responding to the public (2024), serious and organised crime (2025)" in said
    )
    assert "Inadequate when last known on investigating crime (2021)" in said


@pytest.mark.parametrize("address", ["/forces/kent/", "/forces/kent/summary/"])
def test_comments_name_their_report_and_no_evidence_is_said_to_be_old_without_a_grade(
    reader, address
):
    said = text(reader.get(address))
    assert "The last day for comments on Serious and organised crime: Eastern was 13 July" in said
    graded = "whose grades we know, PEEL 2021/22: Kent, published 28 April 2022. Its evidence is"
    assert said.count("months old") == said.count(graded)


def test_a_comparison_says_first_which_question_its_grades_answer(reader):
    page = reader.get("/compare/?organisation=gloucestershire&organisation=kent")
    (lede,) = (one.text for one in elements(page, "p") if "lede" in one.classes)
    assert lede == (
        "Tackling serious and organised crime: of two forces, one is inadequate and no grade "
        "is known for one."
    )


def test_a_grade_that_was_not_found_is_not_said_to_be_beyond_comparison(reader):
    (row,) = (one for one in elements(reader.get("/forces/kent/"), "tr") if "Eastern" in one.text)
    assert "not found in our sources" in row.text
    assert "Not comparable" not in row.text


def test_a_source_names_the_question_of_each_grade_that_cites_it(reader):
    source = Source.objects.filter(
        gradingcitations__grading__organisation__short_name="Bedfordshire",
        gradingcitations__grading__question__name="Effectiveness",
    ).first()
    assert "Bedfordshire, Effectiveness" in text(reader.get(source.get_absolute_url()))


def test_the_span_of_a_programme_names_no_month_where_only_a_year_is_known(reader):
    assert "8 reports on one force each, 2014 to July 2020" in text(reader.get("/inspections/"))
    assert "1 report on one force, November 2022" in text(reader.get("/inspections/"))


def test_gloucestershire_s_grades_for_crime_recording_stand_with_their_dates(reader):
    page = reader.get(GLOUCESTERSHIRE)
    assert sorted(judged(page, "Crime recording")) == sorted(
        ["Inadequate Oct 2021", "Outstanding Mar 2024", "Inadequate 2019"]
    )


def test_each_grade_of_the_table_leads_to_its_sources_on_the_page(reader):
    page = reader.get(GLOUCESTERSHIRE)
    (table,) = (one for one in elements(page, "table") if "strands" in one.classes)
    ids = {one.attributes["id"]: one for one in elements(page) if "id" in one.attributes}
    leading = [
        link.attributes["href"].partition("#")[2]
        for link in table.all("a")
        if "#grading-" in link.attributes["href"]
    ]
    assert len(leading) > 40
    assert [name for name in leading if not list(ids[name].all("a"))] == []


def test_two_breaks_are_drawn_and_told(reader):
    page = reader.get(GLOUCESTERSHIRE)
    (table,) = (one for one in elements(page, "table") if "strands" in one.classes)
    heads = [head.text for head in table.all("th") if "break" in head.classes]
    assert heads == [
        "PEEL 2023-25 , not comparable with the column after",
        "PEEL 2021/22 , not comparable with the column after",
    ]
    assert "cannot be compared with those of 2021/22" in text(page)


def test_the_chart_joins_no_grades_across_a_break(reader):
    figure = json.loads(
        reader.get(
            f"{GLOUCESTERSHIRE}charts/grades_through_time.json?strand=serious-and-organised-crime"
        ).content
    )
    lines = [trace for trace in figure["data"] if trace["mode"] == "lines"]
    assert [line["y"] for line in lines] == [[1, 1], [4, 4], [1, 1]]
    dashed = [shape for shape in figure["layout"]["shapes"] if shape["type"] == "line"]
    assert [shape["x0"] for shape in dashed] == ["2021-10-27", "2025-06-12"]


def test_a_strand_can_be_chosen_for_the_chart_and_no_other(reader):
    page = reader.get(f"{GLOUCESTERSHIRE}?strand=crime-recording")
    (said,) = (
        figure.text
        for figure in elements(page, "figure")
        if figure.attributes["data-chart"] == "grades_through_time"
    )
    assert said.startswith("Crime recording: inadequate in 2019, inadequate in 2021")
    for wrong in ("nothing", "armed-policing", "crime-recording&strand=efficiency"):
        assert reader.get(f"{GLOUCESTERSHIRE}?strand={wrong}").status_code == 400, wrong
    assert reader.get(f"{GLOUCESTERSHIRE}?strand=").status_code == 200


def test_devon_and_cornwall_left_engage_with_two_causes_of_concern_open(reader):
    said = text(reader.get("/forces/devon-and-cornwall/"))
    left = said.partition("Moved out of Engage")[2][:400]
    assert "two causes of concern" in left


def test_wiltshire_s_newest_cycle_adds_up(reader):
    page = reader.get("/forces/wiltshire/")
    (table,) = (one for one in elements(page, "table") if "strands" in one.classes)
    heads = [head.text.split(" ,")[0] for head in table.all("th") if head.closest("thead")]
    place = heads.index("PEEL 2023-25") - 1
    last = []
    for row in table.all("tr"):
        cells = list(row.all("td"))
        own = any("own" in small.classes for head in row.all("th") for small in head.all("small"))
        if cells and not own:
            last.append(cells[place].text)
    counts = {
        grade: sum(said.startswith(grade) for said in last)
        for grade in ("Outstanding", "Good", "Adequate", "Requires improvement", "Inadequate")
    }
    assert list(counts.values()) == [0, 2, 3, 4, 0]


def test_a_corrected_grade_shows_both_with_the_reason(reader):
    page = reader.get("/forces/northamptonshire/")
    (said,) = judged(page, "Responding to the public")
    assert said == "Requires improvement Feb 2024 first adequate, corrected Aug 2024"
    assert "First published as adequate, corrected on 8 August 2024:" in text(page)


def test_sources_that_differ_are_both_told(reader):
    page = reader.get("/forces/devon-and-cornwall/")
    assert any("sources differ" in cell.text for _, row in rows(page) for cell in row)
    assert "gives inadequate." in text(page)


def test_a_grade_worked_out_and_one_carried_forward_say_so(reader):
    page = reader.get(GLOUCESTERSHIRE)
    (said,) = (one for one in judged(page, "Responding to the public") if "Mar 2024" in one)
    cells = [cell.text for _, row in rows(page) for cell in row]
    assert said == "Inadequate Mar 2024 worked out"
    assert sum("worked out" in cell for cell in cells) == 1
    assert sum("carried forward" in cell for cell in cells) == 2


def test_a_force_outside_the_south_west_ends_with_the_first_cycle_that_is_recorded(reader):
    page = reader.get("/forces/northamptonshire/")
    (table,) = (one for one in elements(page, "table") if "strands" in one.classes)
    heads = [head.text for head in table.all("th") if head.closest("thead")]
    assert heads[-1] == "PEEL 2018/19"


def test_region_pages_speak_of_one_programme_alone(reader):
    programme = Question.objects.get(is_headline=True).programme.slug
    for element in elements(reader.get("/regions/south-west/")):
        href = element.attributes.get("href", "")
        if "data-count" in element.attributes and href.startswith("/findings/"):
            assert f"programme={programme}" in href


def test_questions_compare_everyone_within_one_programme(reader):
    page = reader.get("/questions/crime-recording/")
    said = text(page)
    assert "Gloucestershire" in said
    assert "Who does it well" in said
    assert "Compare grades within a table only." in said


def test_compare_has_the_strands_that_forces_have_in_common(reader):
    page = reader.get("/compare/?organisation=gloucestershire&organisation=wiltshire")
    (table,) = (one for one in elements(page, "table") if "strands" in one.classes)
    names = [head.text for head in table.all("th") if head.attributes.get("scope") == "rowgroup"]
    assert {"Crime recording", "Serious and organised crime", "Preventing crime"} <= set(names)
    assert "Child protection" not in names


def table_after(page, name):
    """The rows of the table that a heading labels: the head and the first cell of each."""
    for region in elements(page, "div"):
        if region.attributes.get("aria-labelledby") == name:
            return {
                next(row.all("th")).text: next(row.all("td")).text
                for row in region.all("tr")
                if list(row.all("td"))
            }
    raise AssertionError(f"no {name}")


def test_a_report_on_one_force_is_told_question_by_question(reader):
    page = reader.get("/inspections/peel-2023-25-gloucestershire/")
    assert (
        "Gloucestershire is outstanding on “Recording data about crime” and is inadequate on"
        in (text(page))
    )
    judged = table_after(page, "gradings")
    assert judged["Recording data about crime"].startswith("Outstanding")
    assert judged["Responding to the public"].startswith("Inadequate")
    assert "Worked out, not read in a source." in text(page)
    assert judged["Preventing crime"] == "not found in our sources"


def test_a_report_without_a_date_says_so_and_names_only_what_it_graded(reader):
    page = reader.get("/inspections/peel-2014-gloucestershire/")
    assert "date not found in our sources" in text(page)
    assert "so the age of the evidence is not known" in text(page)
    assert "Effectiveness" not in table_after(page, "gradings")  # another publication says of it


def test_a_finding_leads_to_the_next_grade_on_its_own_question(reader):
    said = text(reader.get("/findings/peel-2021-22-gloucestershire/P21-GL-02/")).partition(
        "Next grade on the question"
    )[2]
    assert said.strip().startswith("Gloucestershire, PEEL 2023-25: Gloucestershire: Recording data")
    assert "Outstanding" in said[:400]


def test_a_finding_whose_question_is_not_known_claims_no_grade(reader):
    said = text(reader.get("/findings/peel-2021-22-gloucestershire/P21-GL-01/"))
    assert "none recorded on its question" in said
    assert "no later grade recorded" in said


def test_each_force_is_named_once_with_its_newest_response_to_the_report(reader):
    said = text(reader.get("/findings/peel-2021-22-gloucestershire/P21-GL-02/"))
    assert "Gloucestershire and Gloucestershire" not in said


def test_what_a_commissioner_says_is_never_the_force_s_own_response(reader):
    page = text(reader.get("/forces/wiltshire/"))
    own, _, besides = page.partition("What its local policing body said")
    own = own.partition("Its response")[2]
    assert "by the chief constable" in own
    assert "by the police and crime commissioner" not in own
    assert "by the police and crime commissioner" in besides


# A source that gives the year, and one that gives the month.
ONLY_2019 = "programme=crime-data-integrity&question=overall"
ONLY_APRIL = "programme=peel-2021-22&question=preventing-crime"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (f"/forces/?{ONLY_2019}&region=south-west", {"Gloucestershire": "2019"}),
        (f"/forces/?{ONLY_APRIL}&region=south-west", {"Dorset": "April 2022"}),
        ("/inspections/crime-data-integrity/", {"Gloucestershire": "2019"}),
    ],
)
def test_a_publication_is_dated_no_more_exactly_than_its_source_does(client, address, said):
    (force, when), page = next(iter(said.items())), client.get(address)
    (row,) = (
        [cell.text for cell in row.all("td")]
        for row in elements(page, "tr")
        if row.text.startswith(force) and list(row.all("td"))
    )
    assert when in row
    if "forces" in address:
        table = json.loads(client.get(f"{address}&format=json").getvalue())["rows"]
        (published,) = (one["published_on"] for one in table if force in one["organisation_name"])
        assert published == {"2019": "2019", "April 2022": "2022-04"}[when]


def test_evidence_dated_by_a_year_has_no_age_in_months(reader):
    page = reader.get("/inspections/crime-data-integrity-gloucestershire-2019/")
    years = quantity(page.context["on"].year - 2019, "year")
    assert f"about {years} old" in text(page)
    assert "months old" not in text(page)


def test_a_force_s_newest_cycle_stands_first_and_its_older_grades_are_folded(record, reader):
    page = reader.get("/forces/gloucestershire/")
    heads = [th.text for th in elements(page, "th") if th.attributes.get("scope") == "col"]
    cycles = [head for head in heads if head.startswith("PEEL 20")][:3]
    assert [cycle[:12] for cycle in cycles] == ["PEEL 2023-25", "PEEL 2021/22", "PEEL 2018/19"]
    newest, older = page.content.decode().split('<summary id="earlier-grades">')
    assert newest.count('<tr role="row" id="grading-') == 8
    assert older.count('<tr role="row" id="grading-') > 20
