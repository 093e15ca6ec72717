"""Which rows changed since a moment, and that nothing hidden is among them."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.http import QueryDict
from django.utils import timezone

from config.api.collections import COLLECTIONS, Regions, Sources
from findings.models import Action, Finding, FindingCitation
from forces.models import Organisation
from inspections.models import GradingCitation, Inspection, Programme, Source
from tests import factories
from tests.embargoed import HIDDEN, cite, make_embargoed

from .asking import ROOT, problem, read, rows

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def changed(client, name, since):
    """The rows of a collection that changed since a moment, each by its own name."""
    own = {"organisations": "organisation", "gradings": "self"}.get(name, name.removesuffix("s"))
    since = since.astimezone(timezone.get_fixed_timezone(60)).isoformat()
    query = urlencode({"changed_since": since, "limit": 1000, "fields": own})
    return {row[own] for row in read(client, f"{name}/?{query}")["rows"]}


def test_what_changed_since_a_moment_is_what_its_rows_say(client):
    finding = Finding.objects.get(reference="F15")
    name = f"{finding.inspection.slug}/F15"
    since = timezone.now()
    assert {one.name: changed(client, one.name, since) for one in COLLECTIONS} == {
        one.name: set() for one in COLLECTIONS
    }
    finding.summary = "In other words."
    finding.save()
    assert changed(client, "findings", since) == {name}
    assert changed(client, "themes", since) == changed(client, "gradings", since) == set()
    # What no field says changes nothing: a draft of progress is nobody's business.
    since = timezone.now()
    action = Action.objects.filter(plan__is_draft=False).first()
    factories.update.make(action=action)
    assert changed(client, "actions", since) == changed(client, "findings", since) == set()
    action.summary = "A step in other words."
    action.save()
    action.findings.add(finding)
    assert changed(client, "actions", since) == {f"{action.plan.slug}/{action.number}"}
    assert changed(client, "findings", since) == {name}
    # A response that is gone, as much as one that came.
    since = timezone.now()
    response = factories.response.make(inspection=None, finding=finding)
    assert changed(client, "findings", since) == {name}
    since = timezone.now()
    response.delete()
    assert changed(client, "findings", since) == {name}
    # A name that others are called by.
    since = timezone.now()
    Programme.objects.get(slug="soc").save()
    assert changed(client, "inspections", since) == set()
    Programme.objects.filter(slug="soc").update(short_name="Organised crime")
    of_programme = set(Inspection.objects.filter(programme__slug="soc").values_list("slug", flat=1))
    assert changed(client, "inspections", since) == of_programme
    since = timezone.now()
    source = Source.objects.filter(findingcitations__finding=finding).first()
    source.title = "Another title"
    source.save()
    assert changed(client, "sources", since) == {source.slug}
    citing = Finding.objects.filter(citations__source=source).distinct()
    assert changed(client, "findings", since) == {one.full_reference for one in citing}
    since = timezone.now()
    Organisation.objects.filter(slug="dorset").update(short_name="Dorsetshire")
    assert changed(client, "organisations", since) == {"dorset"}
    assert changed(client, "regions", since) == {"south-west"}
    of_dorset = {row["self"] for row in rows(client, "gradings/?organisation=dorset")}
    assert changed(client, "gradings", since) == of_dorset


def test_time_alone_changes_rows_too(client, monkeypatch):
    today = timezone.localdate()
    dated = {
        name: factories.action_in(due_on=today + timedelta(days=days))
        for name, days in (("past", -30), ("now", 2), ("ahead", 9))
    }
    called = {name: f"{row.plan.slug}/{row.number}" for name, row in dated.items()}
    hidden = factories.inspection.make(public_at=timezone.now() + timedelta(days=2))
    finding = factories.finding.make(inspection=hidden)
    source = GradingCitation.objects.first().source
    cite(FindingCitation, finding, source)
    since = timezone.now()
    assert changed(client, "findings", since) == set()
    later = since + timedelta(days=3)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    assert changed(client, "findings", since) == {f"{hidden.slug}/{finding.reference}"}
    assert changed(client, "inspections", since) == {hidden.slug}
    assert changed(client, "sources", since) == {source.slug}
    assert changed(client, "actions", since) == {called["now"]}
    of_it = {row.plan.organisation.slug for name, row in dated.items() if name == "now"}
    assert changed(client, "organisations", since) == of_it


def parts():
    """Each table of which a change is one of other rows too: the tables of these."""
    for model in apps.get_models():
        for trigger in getattr(model._meta, "triggers", ()):
            if trigger.name != "audit":
                continue
            fields = map(model._meta.get_field, trigger.parents)
            yield model._meta.db_table, {one.remote_field.model._meta.db_table for one in fields}
        for field in model._meta.local_many_to_many:
            yield field.remote_field.through._meta.db_table, {model._meta.db_table}


def test_every_table_that_rows_are_read_from_can_make_them_change(rf):
    owners = {}
    for table, tables in parts():
        owners.setdefault(table, set()).update(tables)
    for collection in COLLECTIONS:
        view = collection()
        view.setup(rf.get(ROOT))
        filterset = view.filterset = view.filter_class(QueryDict(), view.at)
        download = view.get_api_download(filterset)
        watched = {rows.model._meta.db_table for rows in view.get_related().values()}
        watched.add(download.rows.model._meta.db_table)
        read = view.get_tables(download)
        assert watched & read
        unwatched = {one for one in read - watched if not owners[one] & watched}
        # These two ask of many tables whether a force shows at all, and whether a fact is public.
        if collection not in (Regions, Sources):
            assert (collection.name, unwatched) == (collection.name, set())


def everything(client):
    return {
        name: rows(client, f"{address}?limit=1000")
        for name, address in read(client, "")["collections"].items()
    }


@pytest.mark.slow
def test_nothing_under_embargo_is_in_any_of_it(client):
    before = everything(client)
    since = timezone.now()
    embargoed = make_embargoed(since + timedelta(days=30))
    assert everything(client) == before
    assert {one.name: changed(client, one.name, since) for one in COLLECTIONS} == {
        one.name: set() for one in COLLECTIONS
    }
    hidden = embargoed.finding
    for address in (
        f"findings/{hidden.inspection.slug}/{hidden.reference}/",
        f"inspections/{hidden.inspection.slug}/",
        f"plans/{embargoed.plan.slug}/",
        f"actions/{embargoed.tied.plan.slug}/{embargoed.tied.number}/",
    ):
        assert HIDDEN in address or "actions" in address
        problem(client, ROOT + address, 404)
