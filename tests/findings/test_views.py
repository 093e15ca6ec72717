from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from findings.choices import ActionStatus, ClosureStatus, DueSetBy, FindingKind, Stance
from findings.models import Finding, Theme
from findings.views import ThemeList
from forces.models import Organisation
from inspections.models import Inspection
from tests import factories
from tests.pages import elements, hrefs, text

pytestmark = pytest.mark.django_db


def finding_page(client, reference):
    finding = Finding.objects.filter(reference=reference).first()
    inspection = finding.inspection.slug if finding else "soc-south-west-2025"
    return client.get(reverse("findings:finding_detail", args=[inspection, reference]))


def steps(page):
    """The steps of a line of sight by their headings, with whether each is a gap."""
    (sight,) = [held for held in elements(page, "ol") if "follow-up" in held.classes]
    return {
        next(step.all("h3")).text: "gap" in step.classes
        for step in sight.held
        if not isinstance(step, str)
    }


# A finding


def test_a_finding_names_each_missing_step_of_its_follow_up(reader):
    assert steps(finding_page(reader, "F15")) == {
        "Source": False,
        "Recommendation": True,
        "Actions: what the force says it does": False,
        "Progress": True,
        "Evidence": True,
        "Confirmation": True,
        "Next grade on the question": True,
    }


def test_what_an_organisation_reports_keeps_its_paragraphs(client, action):
    factories.reported(action, ActionStatus.EMBEDDING, "Ten posts are filled.\n\nTwo are open.")
    for page in (
        finding_page(client, "F15"),
        client.get(action.plan.get_absolute_url()),
        client.get("/regions/south-west/"),
    ):
        assert {"Ten posts are filled.", "Two are open."} <= {
            paragraph.text for paragraph in elements(page, "p")
        }


def test_a_strength_misses_no_recommendation(reader):
    assert "Recommendation" not in steps(finding_page(reader, "F16"))
    assert "A strength needs no action." in text(finding_page(reader, "F16"))


def test_a_finding_whose_links_are_all_there_shows_them_with_their_dates(client):
    question = factories.question.make()
    organisation = factories.force.make()
    inspection = factories.inspection.make(programme=question.programme)
    cause = factories.finding.make(
        inspection=inspection, kind=FindingKind.CAUSE_OF_CONCERN, organisations=[organisation]
    )
    recommendation = factories.finding.make(
        inspection=inspection, kind=FindingKind.RECOMMENDATION, cause=cause
    )
    action = factories.action.make(
        findings=[cause],
        owner_role="head of made-up crime",
        due_on=date(2025, 3, 1),
        due_set_by=DueSetBy.ORGANISATION,
    )
    update = factories.reported(
        action, ActionStatus.IN_PROGRESS, "Somebody began.", factories.staff.make(), timezone.now()
    )
    factories.evidence.make(action=None, update=update, is_public=True)
    factories.confirmation.make(
        finding=cause, closure_status=ClosureStatus.CLOSED, confirmed_on=date(2025, 9, 1)
    )
    later = factories.inspection.make(programme=question.programme, published_on=date(2025, 12, 1))
    factories.grading.make(inspection=later, organisation=organisation, question=question)
    page = finding_page(client, cause.reference)
    said = text(page)
    assert [gap for gap in steps(page).items() if gap[1]] == [("Source", True)]
    assert recommendation.reference in said
    for words in (
        "head of made-up crime",
        "1 March 2025",
        "Somebody began.",
        "Made-up minutes",
        "closed on 1 September 2025",
        "published 1 December 2025",
    ):
        assert words in said
    assert text(finding_page(client, recommendation.reference)).count(cause.reference) >= 1


def test_evidence_beside_a_finding_names_the_action_that_it_is_for(client, action):
    update = factories.reported(action, action.status)
    for piece in ({"action": action}, {"action": None, "update": update}):
        factories.evidence.make(**piece, title="Minutes", is_public=True)
    page = client.get(action.findings.first().get_absolute_url())
    (step,) = (
        step
        for step in elements(page, "li")
        if any(heading.text == "Evidence from the force" for heading in step.all("h3"))
    )
    pieces = [piece for piece in step.all("li") if "Minutes" in piece.text]
    assert [action.summary in piece.text for piece in pieces] == [True, True]


def test_restricted_evidence_is_shown_nowhere(client):
    finding = factories.finding.make()
    action = factories.action.make(findings=[finding])
    factories.evidence.make(action=action, is_public=False, title="Restricted minutes")
    assert "Restricted minutes" not in text(finding_page(client, finding.reference))
    assert "Restricted minutes" not in text(client.get(action.plan.get_absolute_url()))


def test_a_finding_says_once_who_disputes_the_report_and_that_none_responds_to_it(reader):
    said = text(finding_page(reader, "F6"))
    assert said.count("disputes") == said.count("Gloucestershire disputes the inspection report.")
    assert said.count("disputes") == 1
    assert "Avon and Somerset accepts the inspection report." in said
    assert "SWROCU, for the region, comments on the inspection report." in said
    assert "no response found We have found no response to this finding in particular." in said
    assert "disputed" not in said


def test_a_strength_never_reads_as_disputed_because_the_report_is(reader):
    strengths = Finding.objects.positive().filter(organisations__slug="gloucestershire")
    kinds = {strength.kind: strength.get_absolute_url() for strength in strengths}
    lists = ["/findings/?organisation=gloucestershire", "/themes/workforce/"]
    for address in [*kinds.values(), *lists]:
        said = text(reader.get(address))
        assert "disput" not in said, address
    assert (len(strengths), len(kinds)) == (9, 2)


def test_a_response_to_a_finding_stands_beside_it_wherever_it_is_listed(client):
    finding = Finding.objects.get(reference="F15")
    factories.response.make(
        inspection=None,
        finding=finding,
        organisation=Organisation.objects.get(slug="gloucestershire"),
        stance=Stance.DISPUTED,
    )
    for address in ("/forces/gloucestershire/", "/inspections/soc-south-west-2025/"):
        items = [item.text for item in elements(client.get(address), "li") if "F15" in item.text]
        assert any("Gloucestershire disputes the finding" in item for item in items), address
    said = text(finding_page(client, "F15"))
    assert "The force disputes it." in said
    assert "disputes the finding" in said
    assert "the inspection report" not in said


def test_a_finding_that_names_no_force_guesses_none(reader):
    said = text(finding_page(reader, "F7"))
    assert "the source refers to “some forces” and names no force" in said
    assert "we do not guess which" in said


def test_a_finding_s_source_says_whose_words_they_are(reader):
    assert "¶23 – claimed by the force or unit" in text(finding_page(reader, "F15"))
    assert "¶8, ¶12 – press paraphrase" in text(finding_page(reader, "F6"))


def test_a_reference_is_found_whatever_its_case_at_one_address(reader):
    answer = finding_page(reader, "f6")
    assert (answer.status_code, answer["Location"]) == (301, "/findings/soc-south-west-2025/F6/")
    assert finding_page(reader, "F999").status_code == 404


def test_findings_lead_to_the_one_before_and_after(reader):
    (pages,) = [
        nav
        for nav in elements(finding_page(reader, "F10"), "nav")
        if nav.attributes["aria-label"] == "Findings of this inspection"
    ]
    assert [link.attributes["href"] for link in pages.all("a")] == [
        "/findings/soc-south-west-2025/F9/",
        "/findings/soc-south-west-2025/F11/",
    ]


def test_a_finding_under_embargo_has_no_page_and_is_no_one_s_neighbour_or_example(client):
    theme = Theme.objects.get(slug="workforce")
    hidden = factories.finding.make(
        inspection=factories.inspection.make(public_at=None),
        kind=FindingKind.STRENGTH,
        summary="Told too early.",
        themes=[theme],
    )
    assert finding_page(client, hidden.reference).status_code == 404
    assert "Told too early." not in text(finding_page(client, "F15"))
    assert "Told too early." not in text(client.get(theme.get_absolute_url()))


def test_the_earlier_finding_that_one_repeats_is_named_once_public(client):
    earlier = factories.finding.make()
    finding = factories.finding.make(repeats=earlier)
    assert f"Repeats {earlier.reference}" in text(finding_page(client, finding.reference))
    Inspection.objects.filter(pk=earlier.inspection_id).update(public_at=None)
    assert "Repeats" not in text(finding_page(client, finding.reference))


# Themes


def test_themes_are_listed_with_those_that_nobody_raised(client):
    unraised = factories.theme.make(name="Made-up silence")
    page = client.get(reverse("findings:theme_list"))
    assert "Made-up silence none recorded" in text(page)
    assert unraised.get_absolute_url() in hrefs(page)


def test_the_charts_of_the_themes_have_addresses_of_their_own(reader):
    page = reader.get(reverse("findings:theme_list"))
    figures = [figure.attributes["data-chart"] for figure in elements(page, "figure")]
    assert set(figures) == set(ThemeList.charts)
    for name in figures:
        assert (
            reader.get(reverse("findings:theme_list_chart", args=[name, "json"]))["Content-Type"]
            == "application/json"
        )
    assert (
        reader.get(reverse("findings:theme_list_chart", args=["nothing", "svg"])).status_code == 404
    )
    assert (
        reader.get(
            reverse("findings:theme_list_chart", args=["theme_by_organisation", "gif"])
        ).status_code
        == 404
    )


def test_too_many_organisations_for_a_chart_still_stand_in_the_table(client):
    factories.made_up_region(organisations=20, plans=0)
    figures = elements(client.get(reverse("findings:theme_list")), "figure")
    charts = {figure.attributes["data-chart"] for figure in figures}
    assert "findings_by_theme" in charts
    assert "theme_by_organisation" not in charts
    assert (
        client.get(
            reverse("findings:theme_list_chart", args=["theme_by_organisation", "svg"])
        ).status_code
        == 404
    )


def test_without_findings_there_are_no_charts_and_every_theme_reads_none_recorded(client):
    Inspection.objects.update(public_at=None)
    # A theme that only hidden findings have is hidden with them.
    Finding.themes.through.objects.all().delete()
    page = client.get(reverse("findings:theme_list"))
    assert elements(page, "figure") == []
    assert text(page).count("none recorded") == Theme.objects.in_use().count()


def test_a_theme_shows_its_definition_its_findings_by_kind_and_whom_they_name(reader):
    theme = Theme.objects.get(slug="workforce")
    page = reader.get(theme.get_absolute_url())
    said = text(page)
    assert theme.definition in said
    assert (
        "Eight of 25 findings are about “People and skills”: four to improve and four "
        "strengths and practice." in said
    )
    assert [heading.text for heading in elements(page, "h2")] == [
        "Who the findings name",
        "Weakness",
        "Strength",
        "Innovative practice",
    ]
    assert "Something to learn from." in said


def test_each_finding_of_a_theme_names_its_forces_and_no_response_to_the_report(reader):
    items = [
        item.text
        for item in elements(reader.get("/themes/workforce/"), "li")
        if item.closest("ul") and "findings" in item.closest("ul").classes
    ]
    assert len(items) == 8
    assert any("Gloucestershire" in item for item in items)
    assert not any("accept" in item or "dispute" in item for item in items)


def test_a_merged_theme_leads_to_the_one_that_took_its_place(client):
    new = factories.theme.make()
    old = factories.theme.make(replaced_by=new)
    answer = client.get(old.get_absolute_url())
    assert (answer.status_code, answer["Location"]) == (301, new.get_absolute_url())
    # It does not tell of one that only hidden findings have.
    factories.finding.make(inspection__public_at=None).themes.add(new)
    page = client.get(old.get_absolute_url())
    assert (page.status_code, new.slug in page.content.decode()) == (200, False)
    assert client.get(f"/findings/?theme={old.slug}").status_code == 200


def test_a_theme_without_findings_says_so(client):
    assert "No finding on this theme" in text(client.get(factories.theme.make().get_absolute_url()))
