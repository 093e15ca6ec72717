"""The facts, written down a second time: a row that the fixtures lack, change or add fails here."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.conf import settings
from django.core import serializers
from django.core.management import call_command

from findings.choices import ActionStatus, FindingProgress
from findings.models import (
    Action,
    Confirmation,
    Evidence,
    Finding,
    Plan,
    ProgressUpdate,
    Response,
    Theme,
)
from findings.progress import with_progress
from forces.models import Alias, Organisation, Region
from inspections.choices import Grade, Precision, SourceKind
from inspections.models import (
    Fieldwork,
    GradeMeaning,
    Grading,
    Inspection,
    InspectionCitation,
    Programme,
    Question,
    Source,
)
from tests import core_facts

pytestmark = pytest.mark.django_db

SOUTH_WEST = "soc-south-west-2025"
SIX = "swrocu avon-and-somerset devon-and-cornwall dorset gloucestershire wiltshire"
HM = "https://hmicfrs.justiceinspectorates.gov.uk/k/news/news-feed/improvements-needed-in-the-south-wests-regional-response-to-serious-and-organised-crime"
GLOUCESTERSHIRE = "https://www.gloucestershire.police.uk/news/gloucestershire/2025/june/our-response-to-hmicfrss-inspection-of-how-we-tackle-serious-and-organised-crime/"
PP = "https://policeprofessional.com/news/improvements-needed-in-the-south-wests-regional-response-to-serious-and-organised-crime"


def lines(table):
    """A table's rows: its columns are parted by bars, and a dash is nothing."""
    rows = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
    return [tuple("" if cell == "-" else cell for cell in row) for row in rows]


def slugs(rows):
    return " ".join(sorted(row.slug for row in rows))


def ordered(words):
    return " ".join(sorted(words.split()))


def cited(fact):
    return {
        (citation.source.url, citation.locator, citation.attribution)
        for citation in fact.citations.all()
    }


# Who there is

# region, slug, name, ONS code
BODIES = lines("""
south-west | swrocu | South West Regional Organised Crime Unit | -
south-west | avon-and-somerset | Avon and Somerset Police | E23000036
south-west | devon-and-cornwall | Devon and Cornwall Police | E23000035
south-west | dorset | Dorset Police | E23000039
south-west | gloucestershire | Gloucestershire Constabulary | E23000037
south-west | wiltshire | Wiltshire Police | E23000038
west-midlands | rocuwm | Regional Organised Crime Unit for the West Midlands | -
west-midlands | staffordshire | Staffordshire Police | E23000015
west-midlands | warwickshire | Warwickshire Police | E23000017
west-midlands | west-mercia | West Mercia Police | E23000016
west-midlands | west-midlands | West Midlands Police | E23000014
south-east | serocu | South East Regional Organised Crime Unit | -
south-east | hampshire | Hampshire and Isle of Wight Constabulary | E23000030
south-east | surrey | Surrey Police | E23000031
south-east | sussex | Sussex Police | E23000033
south-east | thames-valley | Thames Valley Police | E23000029
north-west | nwrocu | North West Regional Organised Crime Unit | -
north-west | cheshire | Cheshire Constabulary | E23000006
north-west | cumbria | Cumbria Constabulary | E23000002
north-west | greater-manchester | Greater Manchester Police | E23000005
north-west | lancashire | Lancashire Constabulary | E23000003
north-west | merseyside | Merseyside Police | E23000004
north-west | north-wales | North Wales Police | W15000001
london | british-transport-police | British Transport Police | -
london | city-of-london | City of London Police | E23000034
london | metropolitan | Metropolitan Police Service | E23000001
eastern | ersou | Eastern Region Special Operations Unit | -
eastern | bedfordshire | Bedfordshire Police | E23000026
eastern | cambridgeshire | Cambridgeshire Constabulary | E23000023
eastern | essex | Essex Police | E23000028
eastern | hertfordshire | Hertfordshire Constabulary | E23000027
eastern | kent | Kent Police | E23000032
eastern | norfolk | Norfolk Constabulary | E23000024
eastern | suffolk | Suffolk Constabulary | E23000025
east-midlands | emsou | East Midlands Special Operations Unit | -
east-midlands | derbyshire | Derbyshire Constabulary | E23000018
east-midlands | leicestershire | Leicestershire Police | E23000021
east-midlands | lincolnshire | Lincolnshire Police | E23000020
east-midlands | northamptonshire | Northamptonshire Police | E23000022
east-midlands | nottinghamshire | Nottinghamshire Police | E23000019
north-east | nersou | North East Regional Specialist Operations Unit | -
north-east | cleveland | Cleveland Police | E23000013
north-east | durham | Durham Constabulary | E23000008
north-east | northumbria | Northumbria Police | E23000007
yorkshire-and-the-humber | yhrocu | Yorkshire and Humber Regional Organised Crime Unit | -
yorkshire-and-the-humber | humberside | Humberside Police | E23000012
yorkshire-and-the-humber | north-yorkshire | North Yorkshire Police | E23000009
yorkshire-and-the-humber | south-yorkshire | South Yorkshire Police | E23000011
yorkshire-and-the-humber | west-yorkshire | West Yorkshire Police | E23000010
southern-wales | tarian | Tarian | -
southern-wales | dyfed-powys | Dyfed-Powys Police | W15000004
southern-wales | gwent | Gwent Police | W15000002
southern-wales | south-wales | South Wales Police | W15000003
""")
UNITS = "swrocu rocuwm serocu nwrocu ersou emsou nersou yhrocu tarian"


def test_every_organisation_is_there_and_no_other():
    stored = Organisation.objects.values_list("region__slug", "slug", "name", "ons_code")
    assert sorted((*row[:3], row[3] or "") for row in stored) == sorted(BODIES)


def test_there_are_ten_regions_nine_units_and_44_forces():
    assert (Region.objects.count(), Organisation.objects.count()) == (10, 53)
    assert slugs(Organisation.objects.units()) == ordered(UNITS)
    assert Organisation.objects.forces().count() == 44
    assert not Region.objects.filter(is_synthetic=True).exists()


def test_london_has_forces_and_no_unit_of_its_own():
    assert not Organisation.objects.units().filter(region__slug="london").exists()


def test_the_slug_of_a_territorial_force_is_its_police_uk_id():
    territorial = Organisation.objects.forces().exclude(ons_code=None)
    assert territorial.count() == 43
    assert all(force.police_uk_id == force.slug for force in territorial)
    assert set(
        Organisation.objects.filter(ons_code=None).values_list("police_uk_id", flat=True)
    ) == {None}


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("South West ROCU", "swrocu"),
        ("Avon and Somerset Constabulary", "avon-and-somerset"),
        ("Avon & Somerset", "avon-and-somerset"),
        ("devon & cornwall", "devon-and-cornwall"),
        ("Gloucestershire Police", "gloucestershire"),
        ("E23000037", "gloucestershire"),
        ("NERSOU", "nersou"),
        ("NEROCU", "nersou"),
        ("London, City of", "city-of-london"),
        ("Hampshire", "hampshire"),
        ("Metropolitan Police", "metropolitan"),
        ("tarian", "tarian"),
    ],
)
def test_an_organisation_is_found_by_what_people_call_it(text, slug):
    assert Organisation.objects.lookup(text).get().slug == slug


@pytest.mark.slow
def test_no_name_leads_to_two_organisations():
    organisations = Organisation.objects.all()
    names = [
        name
        for organisation in organisations
        for name in (organisation.name, organisation.short_name, organisation.slug)
    ]
    names += Alias.objects.values_list("name", flat=True)
    for name in names:
        assert Organisation.objects.lookup(name).count() == 1


# How they were graded

# region, publication, body, grade, address of its source
GRADES = lines(f"""
south-west | 2025-06-12 | swrocu | Adequate | {HM}
south-west | 2025-06-12 | avon-and-somerset | Requires improvement | {HM}
south-west | 2025-06-12 | devon-and-cornwall | Requires improvement | {HM}
south-west | 2025-06-12 | dorset | Requires improvement | {HM}
south-west | 2025-06-12 | gloucestershire | Inadequate | {HM}
south-west | 2025-06-12 | wiltshire | Requires improvement | {HM}
west-midlands | 2024-05-14 | rocuwm | Adequate | https://www.wired-gov.net/wg/news.nsf/articles/improvements+needed+in+west+midlands+regional+response+to+serious+organised+crime+14052024152000?open
west-midlands | 2024-05-14 | staffordshire | Requires improvement | https://www.wired-gov.net/wg/news.nsf/articles/improvements+needed+in+west+midlands+regional+response+to+serious+organised+crime+14052024152000?open
west-midlands | 2024-05-14 | warwickshire | Requires improvement | https://www.wired-gov.net/wg/news.nsf/articles/improvements+needed+in+west+midlands+regional+response+to+serious+organised+crime+14052024152000?open
west-midlands | 2024-05-14 | west-mercia | Inadequate | https://www.wired-gov.net/wg/news.nsf/articles/improvements+needed+in+west+midlands+regional+response+to+serious+organised+crime+14052024152000?open
west-midlands | 2024-05-14 | west-midlands | Adequate | https://www.wired-gov.net/wg/news.nsf/articles/improvements+needed+in+west+midlands+regional+response+to+serious+organised+crime+14052024152000?open
south-east | 2024-08-30 | serocu | Good | https://policeprofessional.com/news/regional-response-to-soc-good-but-concerns-over-individual-forces
south-east | 2024-08-30 | hampshire | Inadequate | https://www.bucksherald.co.uk/news/crime/report-says-thames-valley-police-response-to-organised-crime-requires-improvement-4764984
south-east | 2024-08-30 | surrey | Requires improvement | https://feeds.bbci.co.uk/news/articles/c4gl8p2v3jdo
south-east | 2024-08-30 | sussex | Adequate | https://feeds.bbci.co.uk/news/articles/c4gl8p2v3jdo
south-east | 2024-08-30 | thames-valley | Requires improvement | https://www.bucksherald.co.uk/news/crime/report-says-thames-valley-police-response-to-organised-crime-requires-improvement-4764984
north-west | 2023-11-10 | nwrocu | Outstanding | https://www.merseysidepcc.info/news-and-events/news/emily-spurrell-welcomes-outstanding-grading-for-north-west-organised-crime-unit-on-behalf-of-regional-pccs/
north-west | 2023-11-10 | merseyside | Outstanding | https://emily4merseyside.com/emily-welcomes-outstanding-rating-for-merseyside-police-approach-to-tackling-serious-organised-crime
north-west | 2023-11-10 | greater-manchester | Good | https://policeprofessional.com/news/good-response-to-soc-highlighted-at-greater-manchester-and-lancashire-forces/
north-west | 2023-11-10 | lancashire | Good | https://policeprofessional.com/news/good-response-to-soc-highlighted-at-greater-manchester-and-lancashire-forces/
north-west | 2023-11-10 | north-wales | Inadequate | https://itv.com/news/wales/2023-11-10/north-wales-police-inadequate-when-dealing-with-serious-and-organised-crime
north-west | 2023-11-10 | cheshire | Adequate | https://hellorayo.co.uk/signal1/local/news/cheshire-inspection-organised-crime
london | 2023-05-19 | metropolitan | Adequate | https://feeds.bbci.co.uk/news/uk-england-london-65635614
london | 2023-05-19 | city-of-london | Requires improvement | https://feeds.bbci.co.uk/news/uk-england-london-65635614
london | 2023-05-19 | british-transport-police | Adequate | https://feeds.bbci.co.uk/news/uk-england-london-65635614
eastern | 2023-05-19 | ersou | Good | https://policeprofessional.com/news/hmicfrs-rates-ersou-good-at-tackling-serious-organised-crime/
eastern | 2023-05-19 | bedfordshire | Good | https://www.beds.police.uk/news/bedfordshire/news/2023/05-may/watchdog-grades-bedfordshire-police-good-for-tackling-organised-crime/
east-midlands | 2023-03-02 | emsou | Inadequate | https://www.emsou.police.uk/post/hmicfrs-inspection-response
east-midlands | 2023-03-02 | northamptonshire | Adequate | https://www.peterboroughtoday.co.uk/news/crime/special-police-unit-is-inadequate-at-tackling-the-work-of-organised-crime-gangs-4049994
east-midlands | 2023-03-02 | nottinghamshire | Adequate | https://inkl.com/news/report-highlights-difficulties-in-tackling-organised-crime-across-east-midlands
north-east | 2022-12-07 | nersou | Adequate | https://feeds.bbci.co.uk/news/uk-england-tyne-63875361
north-east | 2022-12-07 | durham | Outstanding | https://feeds.bbci.co.uk/news/uk-england-tyne-63875361
north-east | 2022-12-07 | cleveland | Adequate | https://feeds.bbci.co.uk/news/uk-england-tyne-63875361
yorkshire-and-the-humber | 2025-12-18 | yhrocu | Good | https://www.hellorayo.co.uk/greatest-hits/teesside/news/inspectors-call-for-four-yorkshire-police-forces-to-work-more-closely-together
east-midlands | 2023-03-02 | leicestershire | Outstanding | https://www.harboroughmail.co.uk/news/crime/praise-for-leicestershire-police-as-it-receives-outstanding-rating-for-tackling-serious-and-organised-crime-4047958
eastern | 2023-05-19 | cambridgeshire | Inadequate | http://peterboroughtoday.co.uk:80/news/crime/cambridgeshire-police-rated-as-inadequate-at-tackling-with-serious-organised-crime-4148044
eastern | 2023-05-19 | norfolk | Requires improvement | https://www.edp24.co.uk/news/23532577.norfolk-police-told-better-tackle-serious-organised-crime/
north-west | 2023-11-10 | cumbria | Requires improvement | https://www.thewestmorlandgazette.co.uk/news/23913877.report-cumbria-police-requires-improvement-tackling-crime/
""")
NOT_FOUND = lines("""
eastern | 2023-05-19 | essex
eastern | 2023-05-19 | hertfordshire
eastern | 2023-05-19 | kent
eastern | 2023-05-19 | suffolk
east-midlands | 2023-03-02 | derbyshire
east-midlands | 2023-03-02 | lincolnshire
north-east | 2022-12-07 | northumbria
yorkshire-and-the-humber | 2025-12-18 | humberside
yorkshire-and-the-humber | 2025-12-18 | north-yorkshire
yorkshire-and-the-humber | 2025-12-18 | south-yorkshire
yorkshire-and-the-humber | 2025-12-18 | west-yorkshire
""")
GRADING = ("inspection__region__slug", "inspection__published_on", "organisation__slug")


def test_38_grades_are_known_each_with_its_date_and_source():
    known = Grading.objects.exclude(grade=None)
    assert known.count() == len(GRADES) == 38
    stored = {
        (region, str(published_on), organisation, Grade(grade).label, url)
        for region, published_on, organisation, grade, url in known.values_list(
            *GRADING, "grade", "citations__source__url"
        )
    }
    assert stored - set(GRADES) == {
        (*grade[:4], PP) for grade in GRADES if grade[0] == "south-west"
    }
    assert set(GRADES) <= stored


def test_the_other_grades_were_not_found_and_say_so():
    unknown = Grading.objects.filter(grade=None).values_list(*GRADING, "missing_reason")
    expected = {(*row, "not_found") for row in NOT_FOUND}
    assert {
        (region, str(on), organisation, reason) for region, on, organisation, reason in unknown
    } == expected
    assert Grading.objects.count() == 34 + 15


def test_every_organisation_is_inspected_but_those_of_southern_wales():
    without = Organisation.objects.filter(gradings=None)
    assert slugs(without) == "dyfed-powys gwent south-wales tarian"
    assert not Inspection.objects.filter(region__slug="southern-wales").exists()


def test_gradings_answer_the_headline_question_and_no_earlier_one_is_known():
    for grading in Grading.objects.select_related("question"):
        assert grading.question.is_headline
        assert not grading.is_carried_forward
        assert (
            grading.not_comparable_because == "no earlier grading on this question in our sources"
        )


@pytest.mark.parametrize(
    ("organisation", "attribution"),
    [
        ("rocuwm", "press"),
        ("durham", "press"),
        ("emsou", "organisation"),
        ("bedfordshire", "organisation"),
        ("nwrocu", "organisation"),
        ("merseyside", "organisation"),
    ],
)
def test_a_grade_says_whose_words_it_rests_on(organisation, attribution):
    assert [
        row.attribution
        for row in Grading.objects.get(organisation__slug=organisation).citations.all()
    ] == [attribution]


def test_a_region_is_inspected_once_and_public_from_the_day_of_publication():
    expected = {(f"soc-{region}-{on[:4]}", region, on) for region, on, *_ in GRADES}
    stored = Inspection.objects.values_list("slug", "region__slug", "published_on")
    assert {(slug, region, str(on)) for slug, region, on in stored} == expected
    assert Inspection.objects.count() == 9
    for inspection in Inspection.objects.all():
        midnight = datetime.combine(
            inspection.published_on, datetime.min.time(), ZoneInfo("Europe/London")
        )
        assert inspection.public_at == midnight
        assert inspection not in Inspection.objects.published(midnight - timedelta(seconds=1))


def test_every_source_is_there_and_no_other():
    urls = {grade[4] for grade in GRADES} | {PP, GLOUCESTERSHIRE, None}
    assert set(Source.objects.values_list("url", flat=True)) == urls
    assert len(urls) == 25


def test_a_source_says_who_speaks_and_no_more_of_itself_than_is_known():
    kinds = Counter(Source.objects.values_list("kind", flat=True))
    assert kinds == {
        SourceKind.INSPECTORATE: 1,
        SourceKind.ORGANISATION: 5,
        SourceKind.LEGISLATION: 1,
        SourceKind.PRESS: 18,
    }
    titled = Source.objects.exclude(title="").values_list(
        "url", "title", "published_on", "published_precision"
    )
    assert set(titled) >= {
        (
            HM,
            "An inspection of the south-west regional response to serious and organised crime",
            date(2025, 6, 12),
            "day",
        ),
        (
            PP,
            "Improvements needed in the south west’s regional response to serious and "
            "organised crime",
            date(2025, 6, 1),
            "month",
        ),
        (None, "Police Act 1996", None, "day"),
    }


# What is asked, and what words mean


def test_the_programme_asks_one_graded_question_and_reports_in_three_sections():
    programme = Programme.objects.get()
    assert (programme.name, programme.short_name, programme.slug, programme.scale) == (
        "Serious and organised crime",
        "SOC",
        "soc",
        "five",
    )
    assert list(
        Question.objects.order_by("position").values_list(
            "position", "name", "is_graded", "is_headline"
        )
    ) == [
        (1, "Tackling serious and organised crime", True, True),
        (2, "Understanding SOC and setting priorities to tackle it", False, False),
        (3, "Resources and skills", False, False),
        (4, "Tackling SOC and safeguarding people and communities", False, False),
    ]
    assert Question.objects.get(position=1).slug == "tackling-soc"


def test_every_grade_of_the_scale_has_a_meaning():
    assert set(GradeMeaning.objects.values_list("scale", "grade")) == {
        ("five", grade.value) for grade in Grade
    }


# The South West


def test_the_inspection_of_the_south_west():
    inspection = Inspection.objects.get(slug=SOUTH_WEST)
    assert (
        inspection.title
        == "An inspection of the south-west regional response to serious and organised crime"
    )
    assert (inspection.published_on, inspection.comments_due_on) == (
        date(2025, 6, 12),
        date(2025, 8, 6),
    )
    assert inspection.public_at == datetime(2025, 6, 11, 23, tzinfo=UTC)
    assert "follow its progress on the recommendations" in inspection.follow_up
    assert cited(inspection) == {
        (HM, "", "inspectorate"),
        (PP, "¶3", "press"),
        (PP, "¶14", "press"),
    }
    assert InspectionCitation.objects.count() == 3


def test_six_organisations_of_the_south_west_are_graded_on_two_sources():
    gradings = Grading.objects.filter(inspection__slug=SOUTH_WEST)
    assert {row.organisation.slug: row.get_grade_display() for row in gradings} == {
        "swrocu": "Adequate",
        "avon-and-somerset": "Requires improvement",
        "devon-and-cornwall": "Requires improvement",
        "dorset": "Requires improvement",
        "wiltshire": "Requires improvement",
        "gloucestershire": "Inadequate",
    }
    for grading in gradings:
        assert cited(grading) == {(HM, "", "inspectorate"), (PP, "¶4", "press")}


MARCH = (date(2024, 3, 1), date(2024, 3, 31), "March 2024")
JUNE_TO_JULY = (date(2024, 6, 1), date(2024, 7, 31), "June to July 2024")


@pytest.mark.parametrize(
    ("organisation", "dates", "other_source", "caveat"),
    [
        ("swrocu", JUNE_TO_JULY, {(PP, "¶15", "organisation")}, "“last July”"),
        ("avon-and-somerset", MARCH, {(PP, "¶34", "organisation")}, "“last summer”"),
        ("devon-and-cornwall", JUNE_TO_JULY, set(), ""),
        ("dorset", MARCH, set(), ""),
        ("gloucestershire", JUNE_TO_JULY, set(), ""),
        ("wiltshire", JUNE_TO_JULY, set(), ""),
    ],
)
def test_fieldwork_is_known_to_the_month_and_conflicting_sources_stand_side_by_side(
    organisation, dates, other_source, caveat
):
    fieldwork = Fieldwork.objects.get(inspection__slug=SOUTH_WEST, organisation__slug=organisation)
    assert (fieldwork.fieldwork_from, fieldwork.fieldwork_to, fieldwork.period) == dates
    assert fieldwork.precision == Precision.MONTH
    assert cited(fieldwork) == {(HM, "", "inspectorate")} | other_source
    assert caveat in fieldwork.caveat
    assert bool(fieldwork.caveat) is bool(caveat)


def test_no_other_fieldwork_is_known():
    assert Fieldwork.objects.count() == 6


# reference, whom it names, kind, themes, locator, voice; "region" is region-wide and "some" the
# bodies that are not named
FINDINGS = lines(f"""
F1 | region | weakness | collaboration | ¶3, ¶13 | press
F2 | swrocu | strength | governance | ¶6, ¶11 | press
F3 | swrocu | strength | learning | ¶6, ¶11 | press
F4 | region | weakness | learning | ¶7 | press
F5 | swrocu | weakness | governance | ¶7 | press
F6 | region {SIX} | weakness | threat-assessment | ¶8, ¶12 | press
F7 | region some | weakness | threat-assessment workforce | ¶8 | press
F8 | region some | weakness | threat-assessment investigation | ¶8 | press
F9 | swrocu | weakness | workforce | ¶9 | press
F10 | swrocu | strength | workforce | ¶9 | press
F11 | swrocu | weakness | workforce | ¶9, ¶13 | press
F12 | region | weakness | technology | ¶9, ¶13 | press
F13 | swrocu | strength | collaboration | ¶11 | press
F14 | region {SIX} | weakness | collaboration | ¶2, ¶10, ¶12 | press
F15 | gloucestershire | weakness | workforce investigation | ¶23 | organisation
F16 | gloucestershire | strength | investigation | ¶26 | press
F17 | gloucestershire | strength | workforce investigation | ¶26 | press
F18 | gloucestershire | strength | workforce | ¶27 | press
F19 | gloucestershire | innovative_practice | workforce threat-assessment | ¶28 | press
F20 | gloucestershire | strength | partnership | ¶29 | organisation
F21 | gloucestershire | strength | partnership prevention | ¶30 | organisation
F22 | gloucestershire | strength | prevention | ¶30 | organisation
F23 | gloucestershire | strength | investigation technology | ¶30 | organisation
F24 | gloucestershire | strength | partnership safeguarding | ¶30 | organisation
F25 | avon-and-somerset | strength | prevention safeguarding | ¶41 | organisation
""")


def named(finding):
    words = ["region"] * finding.is_region_wide + ["some"] * (
        finding.unnamed_organisations == "some forces"
    )
    return " ".join([*words, *(organisation.slug for organisation in finding.organisations.all())])


def test_25_findings_with_whom_they_name_their_themes_and_where_they_were_read():
    stored = set()
    for finding in Finding.objects.filter(inspection__slug=SOUTH_WEST):
        ((url, locator, attribution),) = cited(finding)
        assert url == PP
        stored.add(
            (
                finding.reference,
                ordered(named(finding)),
                finding.kind,
                slugs(finding.themes.all()),
                locator,
                attribution,
            )
        )
    assert stored == {
        (row[0], ordered(row[1]), row[2], ordered(row[3]), *row[4:]) for row in FINDINGS
    }
    assert Finding.objects.count() == len(FINDINGS) == 25


def test_each_theme_has_its_findings_and_there_is_no_other_theme():
    expected = Counter(theme for row in FINDINGS for theme in row[3].split())
    assert {theme.slug: theme.findings.count() for theme in Theme.objects.all()} == expected
    assert len(expected) == 10
    assert expected["workforce"] == 8
    assert Theme.objects.in_use().exclude(definition="").count() == 10


def test_themes_bear_the_names_of_the_facts():
    assert set(Theme.objects.values_list("slug", "name")) == set(
        lines("""
        governance | Leadership and governance
        collaboration | Working together
        threat-assessment | Assessing threat and intelligence
        learning | Learning from operations
        workforce | People and skills
        technology | IT and equipment
        investigation | Investigation and finance
        prevention | Prevention
        partnership | Working with partners
        safeguarding | Safeguarding people
        """)
    )


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("F1", "The five forces perform unevenly"),
        ("F5", "firmer governance"),
        ("F9", "struggles to recruit"),
        ("F10", "vacancy rate fell"),
        ("F12", "individual IT systems"),
        ("F15", "enough trained and experienced investigators"),
        ("F19", "five-year analyst apprenticeship"),
        ("F25", "preventive court orders"),
    ],
)
def test_a_finding_says_what_was_found(reference, words):
    assert words in Finding.objects.get(reference=reference).summary


def test_what_a_force_relays_is_marked_as_its_claim_and_not_as_part_of_the_finding():
    for finding in Finding.objects.all():
        assert "relayed" not in finding.summary
        assert (finding.detail == "As the force relays it.") is (
            finding.citations.get().attribution == "organisation"
        )


# organisation, stance, role, locator
RESPONSES = lines("""
swrocu | no_stance | regional assistant chief constable | ¶15-17
gloucestershire | disputed | assistant chief constable, crime, justice and vulnerability | ¶5, ¶18-25, ¶33
avon-and-somerset | accepted | head of crime | ¶34, ¶41-44
""")


def test_three_organisations_responded_and_the_unit_for_the_region():
    stored = set()
    for response in Response.objects.all():
        (locator,) = (locator for url, locator, _ in cited(response) if url == PP)
        assert {attribution for *_, attribution in cited(response)} == {"organisation"}
        dated = response.organisation.slug == "gloucestershire"
        assert (response.inspection.slug, response.said_on) == (
            SOUTH_WEST,
            date(2025, 6, 12) if dated else None,
        )
        assert response.citations.count() == (2 if dated else 1)
        assert response.is_for_region is (response.organisation.slug == "swrocu")
        stored.add((response.organisation.slug, response.stance, response.role, locator))
    assert stored == set(RESPONSES)


def test_of_three_forces_no_response_is_recorded():
    silent = Organisation.objects.filter(region__slug="south-west", responses=None)
    assert slugs(silent) == "devon-and-cornwall dorset wiltshire"


# plan, body
PLANS = lines("""
avon-and-somerset-improvement-plan | avon-and-somerset
gloucestershire-rapid-improvement-plan | gloucestershire
gloucestershire-reported-steps | gloucestershire
south-west-regional-response | swrocu
""")
# plan, number, some of its words, what the force says, the findings it answers, locator
ACTIONS = lines("""
avon-and-somerset-improvement-plan | 1 | number of specialist staff | in_progress | - | ¶34-35
avon-and-somerset-improvement-plan | 2 | on-the-job training | in_progress | - | ¶36
avon-and-somerset-improvement-plan | 3 | strategic assessment | in_progress | - | ¶37
avon-and-somerset-improvement-plan | 4 | intelligence profiles | in_progress | - | ¶38
avon-and-somerset-improvement-plan | 5 | Panels in each local authority | in_progress | - | ¶39
avon-and-somerset-improvement-plan | 6 | Volunteers with private-sector skills | in_progress | - | ¶40
gloucestershire-rapid-improvement-plan | 1 | as a priority | in_progress | - | ¶22
gloucestershire-reported-steps | 1 | Move 20 investigators | complete | F15 | ¶24
gloucestershire-reported-steps | 2 | Move more officers | announced | F15 | ¶25
gloucestershire-reported-steps | 3 | senior leadership posts | complete | - | ¶22
gloucestershire-reported-steps | 4 | on receipt of the draft report | complete | - | ¶20
gloucestershire-reported-steps | 5 | Clear, Hold, Build in Cheltenham | in_progress | - | ¶32
south-west-regional-response | 1 | resources are focused where most needed | complete | F5 | ¶15
south-west-regional-response | 2 | Deepen work with regional forces and partners | announced | F14 | ¶17
""")


def test_four_plans_and_whose_they_are():
    assert set(Plan.objects.values_list("slug", "organisation__slug")) == set(PLANS)
    assert set(Plan.objects.values_list("inspection__slug", flat=True)) == {SOUTH_WEST}


def test_what_is_known_of_a_plan_s_period_and_no_more():
    assert set(Plan.objects.values_list("starts_on", "ends_on")) == {(None, None)}
    assert dict(Plan.objects.exclude(period_note="").values_list("slug", "period_note")) == {
        "gloucestershire-rapid-improvement-plan": "12 months; start date not given"
    }
    assert (
        "about three months before publication"
        in Plan.objects.get(slug="gloucestershire-reported-steps").note
    )


def test_14_actions_with_what_the_force_says_and_where_it_was_read():
    expected = {(plan, int(number)): rest for plan, number, *rest in ACTIONS}
    actions = {
        (action.plan.slug, action.number): action
        for action in Action.objects.select_related("plan")
    }
    assert set(actions) == set(expected)
    assert len(actions) == 14
    for place, (words, status, answers, locator) in expected.items():
        action = actions[place]
        assert words in action.summary
        assert "answers" not in action.summary
        assert action.status == status
        assert " ".join(finding.reference for finding in action.findings.all()) == answers
        assert cited(action) == {(PP, locator, "organisation")}


def test_nothing_is_filled_in_that_no_source_gives():
    for action in Action.objects.all():
        assert (
            action.owner_role,
            action.due_on,
            action.due_set_by,
            action.first_due_on,
        ) == ("", None, "", None)
        assert action.superseded_by is None
    for model in (ProgressUpdate, Evidence, Confirmation):
        assert not model.objects.exists()
    assert set(Finding.objects.values_list("section", "cause", "repeats")) == {(None, None, None)}
    assert not Inspection.objects.exclude(supersedes=None).exists()


def test_where_the_findings_stand():
    answered = {
        "F5": FindingProgress.COMPLETE,
        "F14": FindingProgress.IN_PROGRESS,
        "F15": FindingProgress.IN_PROGRESS,
    }
    at = datetime(2025, 9, 1, tzinfo=UTC)
    for finding in with_progress(Finding.objects, at):
        assert finding.progress == answered.get(finding.reference, FindingProgress.NO_ACTION)
    assert Action.objects.unconfirmed().count() == Action.objects.complete().count() == 4
    assert Counter(Action.objects.values_list("status", flat=True)) == {
        ActionStatus.COMPLETE: 4,
        ActionStatus.IN_PROGRESS: 8,
        ActionStatus.ANNOUNCED: 2,
    }


# The files themselves


def everything():
    """Every row of the three apps."""
    models = [
        model
        for app in ("forces", "inspections", "findings")
        for model in apps.get_app_config(app).get_models()
    ]
    return [row for model in models for row in model.objects.order_by("pk")]


@pytest.mark.slow
def test_loading_again_changes_nothing(tmp_path):
    core_facts.write(settings.BASE_DIR / "fixtures", tmp_path)
    before = serializers.serialize("json", everything(), indent=1)
    call_command("import_data", *tmp_path.glob("*.csv"), commit=True, as_published=True)
    assert serializers.serialize("json", everything(), indent=1) == before


@pytest.mark.slow
def test_every_row_breaks_no_rule():
    for row in everything():
        row.full_clean()
