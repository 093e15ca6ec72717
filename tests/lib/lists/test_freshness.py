"""What functions read is kept until a table that they read changes, by whatever road."""

import pytest
from django.db import connection
from django.utils import timezone

from forces.models import Organisation, Region
from lib.lists.freshness import until_changed
from tests import factories
from tests.pages import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def made():
    return factories.made_up_region("Northmarch", organisations=3, findings=12)


def by_psql(query, *values):
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        assert cursor.rowcount == 1, query


def test_what_was_read_is_kept_until_a_table_changes_that_it_was_read_from():
    read = []

    @until_changed
    def names(at, letter):
        read.append(letter)
        return list(Region.objects.filter(name__startswith=letter).values_list("name", flat=True))

    @until_changed
    def first_names(at):
        read.append("first")
        return names(at, "Z")[:1]

    region = factories.region.make(name="Zed")
    assert first_names(timezone.now()) == names(timezone.now(), "Z") == ["Zed"]
    factories.theme.make()
    assert (first_names(timezone.now()), read) == (["Zed"], ["first", "Z"])
    by_psql("UPDATE forces_region SET name = 'Zet' WHERE id = %s", region.pk)
    assert first_names(timezone.now()) == ["Zet"]
    assert read == ["first", "Z", "first", "Z"]
    region.delete()
    assert first_names(timezone.now()) == []


def test_pages_show_each_edit_of_what_is_kept(client, made):
    region, inspection = made.region, made.inspection
    force = made.organisations[1]
    grading = inspection.gradings.get(organisation=force, question__is_headline=True)
    plan = Organisation.objects.filter(plans__isnull=False, region=region)[0].plans.get()
    citation = factories.grading_citation.make(grading=grading)
    response = factories.response.make(organisation=force, inspection=inspection)
    theme = inspection.findings.filter(themes__isnull=False).first().themes.get()
    pages = {
        "region": f"/regions/{region.slug}/",
        "inspection": f"/inspections/{inspection.slug}/",
        "themes": "/themes/",
        "plans": "/plans/",
        "country": "/",
    }
    for page in pages.values():  # now each is kept
        assert client.get(page).status_code == 200
    edits = [
        ("forces_region", "name", "Newmarch", region, ("region", "country")),
        ("forces_organisation", "short_name", "New force", force, ["region"]),
        ("inspections_inspection", "title", "A new title", inspection, ["region"]),
        ("inspections_programme", "name", "A new programme", inspection.programme, ["inspection"]),
        ("inspections_question", "name", "A new question", grading.question, ["inspection"]),
        ("inspections_gradingcitation", "locator", "page 99", citation, ["inspection"]),
        ("inspections_source", "publisher", "New press", citation.source, ["region"]),
        ("findings_theme", "name", "A new theme", theme, ("region", "themes")),
        ("findings_plan", "name", "A new plan", plan, ("inspection", "plans")),
        ("findings_response", "summary", "A new summary.", response, ["inspection"]),
    ]
    for table, column, words, row, shown_on in edits:
        by_psql(f"UPDATE {table} SET {column} = %s WHERE id = %s", words, row.pk)  # noqa: S608
        for page in shown_on:
            assert words in text(client.get(pages[page])), (table, page)
    action = plan.actions.first()
    factories.update.make(action=action, note="A new note.", published_at=timezone.now())
    assert "A new note." in text(client.get(pages["region"]))
    by_psql("DELETE FROM inspections_gradingcitation WHERE id = %s", citation.pk)
    assert "page 99" not in text(client.get(pages["inspection"]))
    by_psql("UPDATE inspections_inspection SET public_at = NULL WHERE id = %s", inspection.pk)
    assert client.get(pages["inspection"]).status_code == 404
    assert "A new title" not in text(client.get("/"))
