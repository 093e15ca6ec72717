"""How a steward enters one finding of a report after the other."""

import pytest
from django.urls import reverse

from findings.models import Finding
from inspections.models import Inspection, Source
from tests import factories
from tests.admin_forms import boxes
from tests.pages import elements, hrefs, text, version_now

pytestmark = pytest.mark.django_db

ADD = "admin:findings_finding_add"


def typed(inspection, **changes):
    return {
        "inspection": inspection.pk,
        "reference": "",
        "kind": "weakness",
        "summary": "Nobody found this yet.",
        "citations-TOTAL_FORMS": 1,
        "citations-INITIAL_FORMS": 0,
        "citations-0-source": Source.objects.first().pk,
        "citations-0-attribution": "press",
        "citations-0-locator": "¶2",
    } | changes


def test_save_and_add_another_keeps_what_findings_of_a_report_share(steward, client):
    inspection, source = Inspection.objects.get(slug="soc-south-west-2025"), Source.objects.first()
    forces = list(inspection.region.organisations.all()[:2])
    facts = typed(inspection, organisations=[force.pk for force in forces])
    saved = client.post(reverse(ADD), facts | {"_addanother": "1"})
    first = Finding.objects.latest("pk")
    assert first.reference == "F26"  # nothing was typed
    form = client.get(saved["Location"])
    shown = boxes(form)
    assert shown["reference"] == "F27"
    chosen = {
        (element.closest("select").attributes["name"], element.attributes["value"])
        for element in elements(form, "option")
        if "selected" in element.attributes
    }
    assert chosen >= {
        ("inspection", str(inspection.pk)),
        *(("organisations", str(force.pk)) for force in forces),
        ("citations-0-source", str(source.pk)),
        ("citations-0-attribution", "press"),
    }
    # What was kept is saved, though nobody has changed it.
    again = facts | {"reference": "F27", "summary": "Nor this.", "citations-0-locator": ""}
    assert client.post(saved["Location"], again | {"_addanother": "1"}).status_code == 302
    assert Finding.objects.get(reference="F27").citations.get().source == source
    for nonsense in ("inspection=x", "inspection=999999999999999999999", "source=x&attribution=x"):
        assert client.get(f"{reverse(ADD)}?{nonsense}").status_code in (200, 400)


def test_the_reference_that_a_finding_will_get_is_shown_whether_its_inspection_is_chosen_or_not(
    steward, client
):
    last = factories.finding.make(reference="SW-09").inspection
    said = f"the inspection that you choose, such as SW-10 of “{last}”."
    assert said in text(client.get(reverse(ADD)))
    chosen = factories.finding.make(reference="KENT-4").inspection
    refused = client.post(reverse(ADD), typed(chosen, summary=""))
    assert "the next free one of this inspection: KENT-5." in text(refused)
    page = client.get(reverse("admin:inspections_inspection_change", args=[chosen.pk]))
    (way,) = [link for link in elements(page, "a") if link.text == "Add a finding"]
    assert boxes(client.get(way.attributes["href"]))["reference"] == "KENT-5"


@pytest.mark.parametrize(
    ("references", "following"),
    [
        ([], "F1"),
        (["SW-09", "SW-10"], "SW-11"),
        (["AFI-7", "SW-02", "sw-04", "SW-03"], "SW-05"),
        (["SW-9", "unnumbered"], "SW-10"),
    ],
)
def test_the_next_reference_goes_on_from_the_last_one_of_the_inspection(references, following):
    inspection = factories.inspection.make()
    for reference in references:
        factories.finding.make(inspection=inspection, reference=reference)
    assert Finding.objects.next_reference(inspection.pk) == following


def test_an_equal_text_is_pointed_out_with_a_link_and_saved_all_the_same(steward, client):
    inspection, other = factories.inspection.make(public_at=None), factories.inspection.make()
    force = factories.force.make()
    near = factories.finding.make(inspection=other, summary="nobody  FOUND this yet.")
    near.organisations.add(force)
    factories.finding.make(inspection=other, summary="Nobody found this yet.")  # of no such force
    page = client.post(reverse(ADD), typed(inspection, organisations=force.pk), follow=True)
    said = f"The same text is recorded already: {near.full_reference}. Saved all the same."
    assert said in text(page)
    change = reverse("admin:findings_finding_change", args=[near.pk])
    assert change in hrefs(page)
    made = Finding.objects.latest("pk")
    assert made.inspection == inspection
    page = client.post(
        reverse("admin:findings_finding_change", args=[made.pk]),
        typed(inspection, reference="F1", version=version_now(), organisations=force.pk)
        | {"citations-TOTAL_FORMS": 0, "detail": "More."},
        follow=True,
    )
    assert "recorded already" not in text(page)  # it was said when the text was saved
