from datetime import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from forces.models import Organisation
from inspections.models import Grading, Inspection, Question, Source
from tests import accounts, factories
from tests.pages import text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def steward(client):
    return accounts.sign_in(client, "steward")


@pytest.fixture
def grading():
    return Grading.objects.get(organisation__slug="dorset", inspection__slug="soc-south-west-2025")


def cited(source=None):
    """The part of a form that cites a source, or none."""
    return {
        "citations-TOTAL_FORMS": 1,
        "citations-INITIAL_FORMS": 0,
        "citations-0-source": source.pk if source else "",
        "citations-0-attribution": "press" if source else "",
        "citations-0-locator": "¶4" if source else "",
    }


# The part of an inspection's form with the comments of local policing bodies, left empty.
NO_COMMENTS = {
    "policing_body_comments-TOTAL_FORMS": 0,
    "policing_body_comments-INITIAL_FORMS": 0,
}


def grading_facts(grading, **changes):
    """A new grading beside one that there is: of the same body, on the same question, in an
    inspection to come."""
    inspection = factories.inspection.make(programme=grading.inspection.programme)
    return (
        {
            "inspection": inspection.pk,
            "organisation": grading.organisation_id,
            "question": grading.question_id,
        }
        | {"grade": "3", "missing_reason": "", "certainty": "read"}
        | cited(Source.objects.first())
        | changes
    )


def add(client, model, facts):
    return client.post(reverse(f"admin:inspections_{model}_add"), facts)


def test_a_steward_enters_a_grading_with_its_source(client, grading):
    facts = grading_facts(grading)
    assert add(client, "grading", facts).status_code == 302
    entered = Grading.objects.get(inspection=facts["inspection"])
    assert (entered.grade, entered.citations.get().locator) == (3, "¶4")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"missing_reason": "not_graded"},
            "Give a grade, or the reason why there is none: exactly one of the two.",
        ),
        ({"grade": ""}, "Give a grade, or the reason why there is none: exactly one of the two."),
        ({"grade": "9", "question": ""}, "9 is not one of the available choices"),
        ({"inspection": "", "organisation": ""}, "This field is required."),
        (
            {"inspection": "soc-south-west-2025"},
            "The grading of this force or unit on this question is already recorded.",
        ),
    ],
)
def test_a_grading_that_cannot_be_is_refused_with_a_sentence(client, grading, changes, message):
    if changes.get("inspection"):
        changes = changes | {"inspection": Inspection.objects.get(slug=changes["inspection"]).pk}
    response = add(client, "grading", grading_facts(grading, **changes))
    assert response.status_code == 200
    assert message in text(response)


def test_a_grading_answers_a_question_of_its_own_programme_on_its_own_scale(client, grading):
    other = factories.question.make(programme__scale="four")
    assert "This question belongs to another programme." in text(
        add(client, "grading", grading_facts(grading, question=other.pk))
    )
    inspection = factories.inspection.make(programme=other.programme)
    facts = grading_facts(grading, question=other.pk, inspection=inspection.pk)
    assert "This programme's scale does not have this grade." in text(add(client, "grading", facts))


def test_only_a_grade_that_no_source_gives_needs_none(client, grading):
    without = {"grade": ""} | cited()
    refused = add(client, "grading", grading_facts(grading, missing_reason="not_graded", **without))
    assert "Say where this was read: cite at least one source." in text(refused)
    assert (
        add(
            client, "grading", grading_facts(grading, missing_reason="not_found", **without)
        ).status_code
        == 302
    )


def test_no_grade_is_listed_without_the_dates_of_its_evidence(client):
    page = client.get(
        reverse("admin:inspections_grading_changelist"), {"q": "Dorset", "grade__exact": "2"}
    )
    row = page.content.decode().partition("field-judgment")[2].partition("</tr>")[0]
    assert [word in row for word in ("Requires improvement", "March 2024", "12 Jun 2025")] == [
        True
    ] * 3


def test_an_inspection_under_embargo_is_entered_to_the_minute(client):
    inspection = Inspection.objects.get(slug="soc-south-west-2025")
    page = reverse("admin:inspections_inspection_add")
    facts = (
        {
            "programme": inspection.programme_id,
            "region": inspection.region_id,
            "title": "To come",
            "slug": "to-come",
            "published_on": "2030-06-12",
            "published_precision": "day",
            "public_at": "2030-06-12T00:01",
            "findings_recorded": "grades_only",
        }
        | NO_COMMENTS
        | cited(Source.objects.first())
    )
    assert client.post(page, facts).status_code == 302
    entered = Inspection.objects.get(slug="to-come")
    assert entered.public_at == timezone.make_aware(datetime(2030, 6, 12, 0, 1))
    shown = client.get(
        reverse("admin:inspections_inspection_change", args=[entered.pk])
    ).content.decode()
    assert 'type="datetime-local" name="public_at" value="2030-06-12T00:01"' in shown


def test_a_steward_records_the_comments_of_a_local_policing_body_with_their_source(client):
    inspection = Inspection.objects.get(slug="soc-south-west-2025")
    dorset = Organisation.objects.get(slug="dorset")
    facts = {
        "programme": inspection.programme_id,
        "region": inspection.region_id,
        "title": inspection.title,
        "slug": "entered-with-comments",
        "published_on": "2025-06-12",
        "published_precision": "day",
        "findings_recorded": "grades_only",
        "policing_body_comments-TOTAL_FORMS": 1,
        "policing_body_comments-INITIAL_FORMS": 0,
        "policing_body_comments-0-organisation": dorset.pk,
        "policing_body_comments-0-published_on": "2025-08-01",
        "policing_body_comments-0-source": Source.objects.first().pk,
        "policing_body_comments-0-attribution": "organisation",
    } | cited(Source.objects.first())
    page = reverse("admin:inspections_inspection_add")
    assert client.post(page, facts).status_code == 302
    entered = Inspection.objects.get(slug="entered-with-comments")
    (comment,) = entered.policing_body_comments.all()
    assert (comment.organisation, comment.is_late) == (dorset, False)


def test_an_inspection_supersedes_another_than_itself(client):
    inspection = Inspection.objects.get(slug="soc-south-west-2025")
    facts = (
        {
            "programme": inspection.programme_id,
            "title": inspection.title,
            "slug": inspection.slug,
            "published_on": "2025-06-12",
            "supersedes": inspection.pk,
        }
        | NO_COMMENTS
        | cited(Source.objects.first())
    )
    response = client.post(
        reverse("admin:inspections_inspection_change", args=[inspection.pk]), facts
    )
    assert "An inspection cannot supersede itself." in text(response)


def test_fieldwork_ends_after_it_begins(client):
    facts = {
        "inspection": factories.inspection.make().pk,
        "organisation": Organisation.objects.get(slug="dorset").pk,
        "fieldwork_from": "2024-07-01",
        "fieldwork_to": "2024-06-01",
        "precision": "month",
    } | cited(Source.objects.first())
    assert "Fieldwork cannot end before it begins." in text(add(client, "fieldwork", facts))


def test_a_second_question_cannot_be_the_headline(client):
    question = Question.objects.get(is_headline=True)
    facts = {
        "programme": question.programme_id,
        "name": "Another",
        "slug": "another",
        "position": "99",
        "is_graded": "on",
        "is_headline": "on",
    }
    assert "Another question is the headline already." in text(add(client, "question", facts))


def test_a_sources_address_is_a_web_address(client):
    facts = {
        "slug": "a-page",
        "publisher": "Nobody",
        "kind": "press",
        "published_precision": "day",
        "url": "javascript:alert(1)",
    }
    assert "Enter a valid URL." in text(add(client, "source", facts))
    assert add(client, "source", facts | {"url": "example.org/page"}).status_code == 302
    assert Source.objects.get(slug="a-page").url == "https://example.org/page"
