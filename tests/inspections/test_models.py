from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError

from forces.models import Organisation
from inspections.choices import Attribution, Grade, MissingReason, Precision, Scale, SourceKind
from inspections.models import (
    Fieldwork,
    FieldworkCitation,
    GradeMeaning,
    Grading,
    GradingCitation,
    Inspection,
    InspectionCitation,
    Programme,
    Question,
    Source,
)
from tests import factories
from tests.refusals import assert_refused, assert_refused_by_database

pytestmark = pytest.mark.django_db

NOW = datetime(2025, 6, 12, 9, 30, tzinfo=UTC)
DAY = NOW.date()
EMBARGOED = [None, NOW + timedelta(microseconds=1), NOW + timedelta(days=1)]
PUBLIC = [NOW, NOW - timedelta(days=1)]


# Sources


def test_a_source_is_called_by_its_title():
    source = factories.source.make(publisher="Nobody", title="A page", url="https://example.org/a")
    assert (source.label, str(source)) == ("A page", "Nobody: A page")


def test_a_source_without_a_recorded_title_is_called_by_its_site():
    assert factories.source.make(title="", url="https://example.org/a/page/").label == "example.org"


@pytest.mark.parametrize(
    ("published_on", "precision", "words"),
    [
        (DAY, Precision.DAY, "12 June 2025"),
        (DAY, Precision.MONTH, "June 2025"),
        (None, Precision.DAY, ""),
    ],
)
def test_a_source_tells_when_it_was_published_as_exactly_as_is_known(
    published_on, precision, words
):
    source = factories.source.make(published_on=published_on, published_precision=precision)
    assert source.published == words


def test_sources_without_an_address_do_not_clash():
    factories.source.make(url=None)
    factories.source.make(url=None).full_clean()


def test_the_address_of_a_source_is_on_the_web():
    factories.source.make(url="HTTPS://example.org?q=a#b")
    assert_refused(factories.source.prepare(url="ftp://example.org/report"), "source_is_on_the_web")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)//http://x",
        "data:text/html,x",
        "//example.org/",
        "https://",
        "http://[",
        " http://a.b",
        "http://a b",
    ],
)
def test_no_page_can_link_to_what_a_browser_would_run_or_not_understand(url):
    assert_refused_by_database(factories.source.prepare(url=url), "source_is_on_the_web")


def test_a_source_that_a_fact_rests_on_cannot_be_deleted():
    with pytest.raises(ProtectedError):
        factories.grading_citation.make().source.delete()


def make_facts():
    """One inspection, visit and grading, each with the model that cites it."""
    grading = factories.grading.make()
    fieldwork = factories.fieldwork.make(inspection=grading.inspection)
    return [
        (InspectionCitation, "inspection", grading.inspection),
        (FieldworkCitation, "fieldwork", fieldwork),
        (GradingCitation, "grading", grading),
    ]


def test_a_fact_cites_one_place_of_a_source_once():
    source = factories.source.make()
    for model, fact, row in make_facts():
        place = {fact: row, "source": source, "locator": "¶4", "attribution": Attribution.PRESS}
        model.objects.create(**place)
        assert_refused(model(**place), f"{fact}_cites_a_place_once")
        model(**place | {"locator": "¶5"}).full_clean()
        model(**place | {"source": factories.source.make()}).full_clean()


def test_citations_come_with_their_source_in_one_query(django_assert_num_queries):
    factories.grading_citation.make(locator="¶4", source__publisher="Nobody")
    with django_assert_num_queries(1):
        citation = GradingCitation.objects.latest("pk")
        assert str(citation) == "Nobody ¶4"


# Programmes, questions and what grades mean


def test_a_question_is_asked_once_in_a_programme():
    asked = factories.question.make()
    assert_refused(
        factories.question.prepare(programme=asked.programme, slug=asked.slug),
        "question_is_asked_once_per_programme",
    )


def test_two_programmes_may_ask_the_same_question():
    asked = factories.question.make()
    factories.question.make(slug=asked.slug, position=asked.position).full_clean()


def test_two_questions_of_a_programme_share_no_place():
    asked = factories.question.make()
    assert_refused(
        factories.question.prepare(programme=asked.programme, position=asked.position),
        "one_question_per_position",
    )


def test_there_is_one_headline_question():
    assert Question.objects.filter(is_headline=True).count() == 1
    another = factories.question.prepare(programme=factories.programme.make(), is_headline=True)
    assert_refused(another, "one_headline_question")


def test_the_headline_question_is_graded():
    Question.objects.update(is_headline=False)
    ungraded = factories.question.prepare(
        programme=factories.programme.make(), is_headline=True, is_graded=False
    )
    assert_refused(ungraded, "headline_question_is_graded")


def test_a_grade_has_one_meaning_on_a_scale():
    GradeMeaning.objects.get_or_create(
        scale=Scale.FIVE, grade=Grade.GOOD, defaults={"meaning": "Good."}
    )
    assert_refused(
        GradeMeaning(scale=Scale.FIVE, grade=Grade.GOOD, meaning="Better."),
        "one_meaning_per_grade_of_a_scale",
    )
    GradeMeaning(scale=Scale.FOUR, grade=Grade.GOOD, meaning="Good.").full_clean()


def test_the_four_level_scale_has_no_adequate():
    assert Grade.ADEQUATE not in Scale.FOUR.grades
    assert_refused(
        GradeMeaning(scale=Scale.FOUR, grade=Grade.ADEQUATE, meaning="Fair."),
        "no_adequate_on_the_four_level_scale",
    )


def test_grades_are_in_order_worst_first():
    assert [grade.slug for grade in Scale.FIVE.grades] == [
        "inadequate",
        "requires-improvement",
        "adequate",
        "good",
        "outstanding",
    ]


# Inspections


def test_an_inspection_does_not_supersede_itself():
    inspection = factories.inspection.make()
    inspection.supersedes = inspection
    assert_refused(inspection, "inspection_does_not_supersede_itself")


def test_an_inspection_is_superseded_once():
    old = factories.inspection.make()
    new = factories.inspection.make(supersedes=old)
    assert old.superseded_by == new
    with pytest.raises(ValidationError):
        factories.inspection.prepare(
            programme=new.programme, region=new.region, supersedes=old
        ).full_clean()


def test_an_inspection_knows_when_the_local_policing_body_s_comments_are_due():
    assert factories.inspection.make(published_on=date(2025, 6, 12)).comments_due_on == date(
        2025, 8, 6
    )


def test_inspections_stand_newest_first():
    days = [DAY - timedelta(days=400), DAY, DAY - timedelta(days=30)]
    made = [factories.inspection.make(published_on=day) for day in days]
    newest = Inspection.objects.filter(pk__in=[row.pk for row in made]).newest_first()
    assert [inspection.published_on for inspection in newest] == sorted(days, reverse=True)


@pytest.mark.parametrize(
    ("on", "begins_at"),
    [
        (date(2025, 6, 12), "2025-06-11T23:00:00+00:00"),  # summer time
        (date(2025, 12, 18), "2025-12-18T00:00:00+00:00"),
        (date(2025, 3, 30), "2025-03-30T00:00:00+00:00"),  # the day on which summer time begins
        (date(2025, 10, 26), "2025-10-25T23:00:00+00:00"),  # and on which it ends
    ],
)
def test_an_inspection_becomes_public_when_its_day_begins_here(on, begins_at):
    begins_at = datetime.fromisoformat(begins_at)
    inspection = factories.inspection.make(published_on=on, public_at=factories.midnight(on))
    assert inspection in Inspection.objects.published(begins_at)
    assert inspection not in Inspection.objects.published(begins_at - timedelta(microseconds=1))


def make_inspected(public_at):
    """An inspection with what an embargo must hide."""
    inspection = factories.inspection.make(public_at=public_at)
    return [
        inspection,
        factories.fieldwork.make(inspection=inspection),
        factories.grading.make(inspection=inspection),
    ]


@pytest.mark.parametrize("public_at", PUBLIC)
def test_what_is_public_shows(public_at):
    for row in make_inspected(public_at):
        assert row in type(row).objects.published(NOW)


@pytest.mark.parametrize("public_at", EMBARGOED)
def test_what_is_under_embargo_or_undecided_does_not_show(public_at):
    for row in make_inspected(public_at):
        assert row not in type(row).objects.published(NOW)


# Visits


def test_an_organisation_is_visited_once_in_an_inspection():
    fieldwork = factories.fieldwork.make()
    again = factories.fieldwork.prepare(
        inspection=fieldwork.inspection, organisation=fieldwork.organisation
    )
    assert_refused(again, "one_fieldwork_per_inspection_and_organisation")


def test_fieldwork_does_not_end_before_it_begins():
    fieldwork = factories.fieldwork.make(fieldwork_from=DAY, fieldwork_to=DAY)
    fieldwork.full_clean()
    fieldwork.fieldwork_to = DAY - timedelta(days=1)
    assert_refused(fieldwork, "fieldwork_ends_after_it_begins")


def test_fieldwork_is_told_no_more_exactly_than_its_source_gives_it():
    fieldwork = factories.fieldwork.make(
        fieldwork_from=date(2024, 6, 1), fieldwork_to=date(2024, 7, 31), precision=Precision.MONTH
    )
    assert fieldwork.period == "June to July 2024"


# Gradings


@pytest.fixture
def ungraded():
    """What a grading needs beside its grade."""
    inspection = factories.inspection.make()
    return {
        "inspection": inspection,
        "organisation": factories.force.make(),
        "question": factories.question.make(programme=inspection.programme),
    }


def test_an_organisation_is_graded_once_on_a_question_of_an_inspection(ungraded):
    Grading.objects.create(**ungraded, grade=Grade.GOOD)
    assert_refused(
        Grading(**ungraded, grade=Grade.ADEQUATE),
        "one_grading_per_inspection_organisation_and_question",
    )


def test_a_grading_holds_a_grade_or_a_reason(ungraded):
    Grading(**ungraded, grade=Grade.GOOD).full_clean()
    for reason in MissingReason:
        Grading(**ungraded, missing_reason=reason).full_clean()


def test_a_grading_never_holds_neither_a_grade_nor_a_reason(ungraded):
    assert_refused(Grading(**ungraded), "a_grade_or_a_reason_why_not")


def test_a_grading_never_holds_both_a_grade_and_a_reason(ungraded):
    both = Grading(**ungraded, grade=Grade.GOOD, missing_reason=MissingReason.WITHDRAWN)
    assert_refused(both, "a_grade_or_a_reason_why_not")


@pytest.mark.parametrize("grade", [0, 6])
def test_a_grade_is_on_a_scale(ungraded, grade):
    with pytest.raises(ValidationError):
        Grading(**ungraded, grade=grade).full_clean()
    assert_refused_by_database(Grading(**ungraded, grade=grade), "grade_is_on_a_scale")


def test_a_question_of_another_programme_cannot_be_graded(ungraded):
    ungraded["question"] = factories.question.make()
    with pytest.raises(ValidationError, match="another programme"):
        Grading(**ungraded, grade=Grade.GOOD).full_clean()


def test_a_grade_is_one_of_its_programme_s_scale(ungraded):
    Programme.objects.filter(pk=ungraded["inspection"].programme_id).update(scale=Scale.FOUR)
    ungraded["question"].refresh_from_db()
    Grading(**ungraded, grade=Grade.GOOD).full_clean()
    with pytest.raises(ValidationError, match="scale does not have this grade"):
        Grading(**ungraded, grade=Grade.ADEQUATE).full_clean()


def test_a_grading_is_told_in_a_word(ungraded):
    known = Grading(**ungraded, grade=Grade.REQUIRES_IMPROVEMENT)
    unknown = Grading(**ungraded, missing_reason=MissingReason.NOT_FOUND)
    assert (known.judgment, known.grade_slug) == ("Requires improvement", "requires-improvement")
    assert (unknown.judgment, unknown.grade_slug) == ("not found in our sources", "not-found")


@pytest.mark.parametrize(
    ("scale", "grade", "steps"),
    [
        (Scale.FIVE, Grade.INADEQUATE, [True, False, False, False, False]),
        (Scale.FIVE, Grade.ADEQUATE, [False, False, True, False, False]),
        (Scale.FOUR, Grade.GOOD, [False, False, True, False]),
        (Scale.FIVE, None, []),
    ],
)
def test_a_grade_fills_its_step_of_the_scale(ungraded, scale, grade, steps):
    ungraded["question"].programme.scale = scale
    assert Grading(**ungraded, grade=grade).steps == steps


def test_a_grading_to_display_knows_the_dates_of_its_evidence_in_one_query(
    django_assert_num_queries,
):
    grading = factories.grading.make()
    factories.fieldwork.make(inspection=grading.inspection)
    factories.fieldwork.make(
        inspection=grading.inspection,
        organisation=grading.organisation,
        fieldwork_from=date(2024, 3, 1),
        fieldwork_to=date(2024, 3, 31),
        precision=Precision.MONTH,
        caveat="Another source says April.",
    )
    with django_assert_num_queries(1):
        shown = Grading.objects.for_display().get(pk=grading.pk)
        assert shown.fieldwork == "March 2024"
        assert shown.fieldwork_caveat == "Another source says April."
        assert (shown.organisation, shown.question, shown.scale) == (
            grading.organisation,
            grading.question,
            Scale.FIVE,
        )
        assert shown.inspection.published_on == factories.PUBLISHED_ON


def test_a_grading_without_a_recorded_visit_has_no_fieldwork_dates():
    grading = factories.grading.make()
    assert Grading.objects.for_display().get(pk=grading.pk).fieldwork == ""


@pytest.fixture
def body_through_time():
    """A body with three gradings on the headline question, the newest under embargo, and one on another question."""
    organisation = factories.force.make()
    headline = Question.objects.get(is_headline=True)
    for published_on, grade in [
        (2022, Grade.INADEQUATE),
        (2024, Grade.ADEQUATE),
        (2026, Grade.GOOD),
    ]:
        day = date(published_on, 5, 1)
        inspection = factories.inspection.make(
            programme=headline.programme, published_on=day, public_at=factories.midnight(day)
        )
        factories.grading.make(
            inspection=inspection, organisation=organisation, question=headline, grade=grade
        )
    factories.grading.make(
        inspection=factories.inspection.make(published_on=date(2025, 5, 1)),
        organisation=organisation,
        grade=Grade.OUTSTANDING,
    )
    return organisation


def test_the_headline_grading_of_an_organisation_is_its_newest_public_one_on_the_headline_question(
    body_through_time,
):
    another = factories.grading.make(
        question=Question.objects.get(is_headline=True), grade=Grade.GOOD
    ).organisation
    organisations = Organisation.objects.filter(pk__in=[body_through_time.pk, another.pk])
    gradings = (
        Grading.objects.published(NOW)
        .headline()
        .for_display()
        .filter(organisation__in=organisations)
    )
    assert {grading.organisation: grading.grade for grading in gradings} == {
        body_through_time: Grade.ADEQUATE,
        another: Grade.GOOD,
    }
    assert len(gradings) == 2


def test_gradings_of_an_organisation_stand_newest_first(body_through_time):
    gradings = body_through_time.gradings.published(NOW).newest_first()
    assert [grading.grade for grading in gradings] == [
        Grade.OUTSTANDING,
        Grade.ADEQUATE,
        Grade.INADEQUATE,
    ]


def test_an_organisation_that_was_graded_cannot_be_deleted():
    with pytest.raises(ProtectedError):
        factories.grading.make().organisation.delete()


# Natural keys


@pytest.mark.parametrize(
    ("model", "recipe"),
    [
        (Source, factories.source),
        (Programme, factories.programme),
        (Question, factories.question),
        (Inspection, factories.inspection),
        (Fieldwork, factories.fieldwork),
        (Grading, factories.grading),
        (GradingCitation, factories.grading_citation),
    ],
)
def test_a_natural_key_leads_back_to_its_row(model, recipe):
    recipe.make()
    row = recipe.make()
    assert model.objects.get_by_natural_key(*row.natural_key()) == row


def test_the_natural_key_of_a_grade_s_meaning_leads_back_to_it():
    meaning = GradeMeaning.objects.create(scale=Scale.FOUR, grade=Grade.GOOD, meaning="Made up.")
    assert GradeMeaning.objects.get_by_natural_key(*meaning.natural_key()) == meaning


def test_the_natural_key_of_a_citation_leads_back_to_it():
    source = factories.source.make(kind=SourceKind.PRESS)
    for model, fact, row in make_facts():
        citation = model.objects.create(
            **{fact: row}, source=source, locator="¶4", attribution=Attribution.PRESS
        )
        model.objects.create(
            **{fact: row}, source=source, locator="¶5", attribution=Attribution.PRESS
        )
        assert model.objects.get_by_natural_key(*citation.natural_key()) == citation
