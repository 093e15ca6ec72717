"""Every address of the admin × everybody who may ask × rows of their own body and of another,
beside one written table.

Whatever registers a new page with the admin makes this fail until it is written here who may do
what there.
"""

from itertools import count
from typing import NamedTuple
from urllib.parse import urlencode

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from findings.models import Action, ActionCitation, Evidence, Plan
from forces.admin import RoleScopedAdmin
from forces.choices import Role
from forces.models import Organisation
from lib.imports.models import ImportRun

from . import accounts, factories
from .addresses import admin_address, public_addresses
from .kept import kept
from .pages import elements, version_now

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

# What may be done with the rows of each model: (v)iew, (a)dd, (c)hange, (d)elete. A viewer, editor
# or approver may in their own body alone; the rest in every body. What was reported or confirmed is
# nobody's to change, accounts are the superuser's to give.
TABLE = """
                                 viewer  editor  approver  steward  auditor  superuser
    auth.user                    -       -       -         -        -        vacd
    mfa.authenticator            -       -       -         -        -        vd
    socialaccount.socialaccount  -       -       -         -        -        vd
    forces.region                -       -       -         vacd     v        vacd
    forces.organisation          -       -       -         vacd     v        vacd
    forces.alias                 -       -       -         vacd     v        vacd
    forces.membership            -       -       -         -        v        vacd
    inspections.source           -       -       -         vacd     v        vacd
    inspections.programme        -       -       -         vacd     v        vacd
    inspections.question         -       -       -         vacd     v        vacd
    inspections.grademeaning     -       -       -         vacd     v        vacd
    inspections.inspection       -       -       -         vacd     v        vacd
    inspections.fieldwork        -       -       -         vacd     v        vacd
    inspections.grading          -       -       -         vacd     v        vacd
    inspections.strand           -       -       -         vacd     v        vacd
    inspections.monitoringevent  -       -       -         vacd     v        vacd
    findings.theme               -       -       -         vacd     v        vacd
    findings.finding             -       -       -         vacd     v        vacd
    findings.response            -       -       -         vacd     v        vacd
    findings.confirmation        -       -       -         va       v        va
    findings.plan                v       v       v         vacd     v        vacd
    findings.action              v       v       v         vacd     v        vacd
    findings.progressupdate      v       v       v         v        v        v
    findings.duedatechange       v       v       v         v        v        v
    findings.ownerchange         v       v       v         v        v        v
    findings.evidence            v       v       v         vacd     v        vacd
    imports.importrun            -       -       -         va       v        va
"""
# The pages besides, by the model whose row they are about: who gets to see them. A draft is its
# writer's own.
PAGES = """
                                        viewer  editor  approver  steward  auditor  superuser
    auth.user:password_change           -       -       -         -        -        v
    findings.action:record_progress     -       v       v         v        -        v
    findings.action:due_date            -       v       v         v        -        v
    findings.action:owner               -       v       v         v        -        v
    findings.plan:copy                  -       -       -         v        -        v
    findings.progressupdate:approve     -       -       v         v        -        v
    findings.progressupdate:left_behind -       -       v         v        -        v
    findings.progressupdate:withdraw    -       -       -         -        -        -
    findings.progressupdate:discard     -       -       -         -        -        -
    findings.duedatechange:approve      -       -       v         v        -        v
    findings.duedatechange:left_behind  -       -       v         v        -        v
    findings.duedatechange:withdraw     -       -       -         -        -        -
    findings.duedatechange:discard      -       -       -         -        -        -
    findings.ownerchange:approve        -       -       v         v        -        v
    findings.ownerchange:left_behind    -       -       v         v        -        v
    findings.ownerchange:withdraw       -       -       -         -        -        -
    findings.ownerchange:discard        -       -       -         -        -        -
    inspections.inspection:preview      -       -       -         v        -        v
    inspections.inspection:publish      -       -       -         v        -        v
    imports.importrun:undo              -       -       -         v        -        v
    imports.importrun:waiting           -       -       -         -        -        -
    imports.importrun:errors            -       -       -         -        -        -
"""
# The pages about no row: who gets to see them.
SITE = """
                             viewer  editor  approver  steward  auditor  superuser
    index                    v       v       v         v        v        v
    deleted                  -       -       -         v        v        v
    system                   -       -       -         -        v        v
    app_list:findings        v       v       v         v        v        v
    app_list:inspections     -       -       -         v        v        v
    app_list:forces          -       -       -         v        v        v
    app_list:auth            -       -       -         -        -        v
    app_list:mfa             -       -       -         -        -        v
    app_list:socialaccount   -       -       -         -        -        v
    app_list:imports         -       -       -         v        v        v
    imports_importrun_files  -       -       -         v        -        v
    findings_finding_repeats -       -       -         v        -        v
    password_change          v       v       v         v        v        v
    password_change_done     v       v       v         v        v        v
    jsi18n                   v       v       v         v        v        v
"""


def read(table):
    """What each column says of each row of a table, as a set."""
    columns, *lines = (line.split() for line in table.strip().splitlines())
    return {
        name: dict(zip(columns, (set(cell) - {"-"} for cell in cells), strict=True))
        for name, *cells in lines
    }


MODELS, VIEWS, ABOUT_NO_ROW = read(TABLE), read(PAGES), read(SITE)
MEMBERS = ["viewer", "editor", "approver"]
INSIDERS = [*MEMBERS, "steward", "auditor", "superuser"]
# Who held a role or is to hold one is like anybody else.
OUTSIDERS = [
    "anonymous",
    "nobody",
    "past viewer",
    "past editor",
    "past approver",
    "past steward",
    "past auditor",
]
OUTSIDERS += ["future editor", "future steward"]
# All of them are asked at the pages about no row; of everything else, a stranger, who would be let
# in again, and who too early.
ASKED_EVERYWHERE = ["anonymous", "past approver", "future steward"]
OWN, OTHER = accounts.OWN, accounts.OTHER
# In every row that these tests make, and on no public page.
MARKER, SLUG = "Unpublished otherwhere", "unpublished-otherwhere"
NUMBERS = count(1)


def row(label, organisation):
    """A row of a model that is about this body, where such rows are about bodies; none of its words
    are public."""
    organisation, n = Organisation.objects.get(slug=organisation), next(NUMBERS)
    words, slug = f"{MARKER} {n}", f"{SLUG}-{n}"
    embargoed = {
        "inspection__title": words,
        "inspection__slug": slug,
        "inspection__public_at": None,
    }
    of_plan = {
        f"plan__{name}": value
        for name, value in (
            embargoed | {"organisation": organisation, "name": words, "slug": slug}
        ).items()
    }
    of_action = {f"action__{name}": value for name, value in (of_plan | {"summary": words}).items()}
    submitted = {"state": "submitted", "reviewed_by": None, "published_at": None}
    match label:
        case "auth.user":
            user = factories.staff.make(first_name=words)
            accounts.give(user, Role.EDITOR, organisation.slug)
            return user
        case "mfa.authenticator":
            return Authenticator.objects.create(
                user=row("auth.user", organisation.slug), type="totp", data={"secret": words}
            )
        case "socialaccount.socialaccount":
            return SocialAccount.objects.create(
                user=row("auth.user", organisation.slug), provider="organisation", uid=words
            )
        case "forces.region":
            return factories.region.make(name=words)
        case "forces.organisation":
            return organisation
        case "forces.alias":
            return factories.alias.make(organisation=organisation, name=words)
        case "forces.membership":
            return factories.membership.make(organisation=organisation, user__username=words)
        case "inspections.source":
            return factories.source.make(title=words)
        case "inspections.programme":
            return factories.programme.make(name=words)
        case "inspections.question":
            return factories.question.make(name=words)
        case "inspections.strand":
            return factories.strand.make(name=words)
        case "inspections.monitoringevent":
            return factories.monitoring_event.make(
                organisation=organisation, summary=words, inspection__public_at=None
            )
        case "inspections.grademeaning":
            return apps.get_model(label).objects.first()
        case "inspections.inspection":
            return factories.inspection.make(title=words, slug=slug, public_at=None)
        case "inspections.fieldwork":
            return factories.fieldwork.make(organisation=organisation, caveat=words, **embargoed)
        case "inspections.grading":
            return factories.grading.make(
                organisation=organisation, question__name=words, **embargoed
            )
        case "imports.importrun":
            files = [{"name": words, "sha256": "0" * 64, "kinds": ["sources"]}]
            return ImportRun.objects.create(files=files, counts={}, at=timezone.now())
        case "findings.theme":
            return factories.theme.make(name=words)
        case "findings.finding":
            finding = factories.finding.make(summary=words, reference=slug, **embargoed)
            finding.organisations.add(organisation)
            return finding
        case "findings.response":
            return factories.response.make(organisation=organisation, summary=words, **embargoed)
        case "findings.confirmation":
            return factories.confirmation.make(finding__summary=words, finding__reference=slug)
        case "findings.plan":
            return factories.plan.make(
                organisation=organisation, name=words, slug=slug, note=words, **embargoed
            )
        case "findings.action":
            return factories.action.make(summary=words, **of_plan)
        case "findings.progressupdate":
            return factories.update.make(note=words, **submitted, **of_action)
        case "findings.duedatechange":
            return factories.due_date_change.make(reason=words, **submitted, **of_action)
        case "findings.ownerchange":
            return factories.owner_change.make(reason=words, **submitted, **of_action)
        case "findings.evidence":
            return factories.evidence.make(title=words, shows=words, **of_action)


# Of these models, the rows are about bodies; a body itself is public, and so is what a grade means.
ABOUT_BODIES = [
    "auth.user",
    "forces.organisation",
    "forces.alias",
    "forces.membership",
    "inspections.fieldwork",
    "inspections.grading",
]
ABOUT_BODIES += ["findings.finding", "findings.response", "findings.confirmation"]
ABOUT_BODIES += [
    "findings.plan",
    "findings.action",
    "findings.progressupdate",
    "findings.duedatechange",
    "findings.ownerchange",
    "findings.evidence",
]
PUBLIC = ["forces.organisation", "inspections.grademeaning"]


def facts(row):
    """All that the database holds of a row; None where it is gone."""
    return type(row)._base_manager.filter(pk=row.pk).values().first()


def tells(answer):
    """Whether an answer holds a word of such a row, in its text or where it leads."""
    held = answer.content.decode() + answer.get("Location", "")
    return MARKER in held or SLUG in held


def rows_of(table):
    """A model of each row of a table, of one's own organisation and, where it is about
    organisations, of another."""
    return [
        (name, organisation)
        for name in table
        for organisation in ((OWN, OTHER) if name.partition(":")[0] in ABOUT_BODIES else (OWN,))
    ]


def everyone_over_everything(table):
    """Parametrises a test with each cell of a table for rows of one's own and of another body, and
    with some outsiders, who may nothing; all of them meet the same row."""

    def decorate(test):
        rows = [pytest.param(row, id="-".join(row)) for row in rows_of(table)]
        test = pytest.mark.parametrize("there", rows, indirect=True, scope="module")(test)
        return pytest.mark.parametrize("who", [*INSIDERS, *ASKED_EVERYWHERE])(test)

    return decorate


def autocompletes(label):
    """The search boxes, wherever they stand, that offer rows of this model, as queries."""
    for page in admin.site._registry.values():
        for part in [page, *page.inlines]:
            for name in part.autocomplete_fields:
                if part.model._meta.get_field(name).remote_field.model._meta.label_lower == label:
                    yield {
                        "app_label": part.model._meta.app_label,
                        "model_name": part.model._meta.model_name,
                        "field_name": name,
                    }


@pytest.fixture(scope="module")
def people(django_db_setup, django_db_blocker):
    """The cookies of everybody but strangers, each signed in once."""
    with kept(django_db_blocker):
        cookies = {}
        for who in [*INSIDERS, *OUTSIDERS[1:]]:
            client = Client()
            user = accounts.sign_in(client, who)
            cookies[who] = client.cookies
            # Other tests make accounts with the same names.
            type(user).objects.filter(pk=user.pk).update(username=f"{who} of all these tests")
        yield cookies


class Row(NamedTuple):
    """A row, and how it came about: for which cell of the table, and of which organisation."""

    name: str
    organisation: str
    row: Model


@pytest.fixture(scope="module")
def there(request, people, django_db_blocker):
    """A row for a cell of a table, in one organisation; each test leaves it as it was."""
    name, organisation = request.param
    with kept(django_db_blocker):
        yield Row(name, organisation, row(name.partition(":")[0], organisation))


@pytest.fixture
def come(client, people):
    """Has somebody come in who is signed in already, or a stranger."""
    return lambda who: client.cookies.update(people.get(who, {}))


@everyone_over_everything(MODELS)
def test_who_may_do_what_is_as_written(client, come, who, there):
    label, organisation, there = there
    may = MODELS[label].get(who, set())
    come(who)
    before, count = facts(there), type(there).objects.count()
    is_theirs = who not in MEMBERS or organisation == OWN
    # Outsiders are sent to sign in; of a row that a member may not see, they are told what they
    # would be if there were none.
    refused = 302 if who in OUTSIDERS else 403
    on_row = {verb: (200 if is_theirs else 302) if verb in may else refused for verb in "vcd"}
    in_general = {verb: 200 if verb in may else refused for verb in "va"}
    forged = {
        "post": "yes",
        "_save": "Save",
        "summary": "Forged.",
        "title": "Forged.",
        "name": "Forged.",
        "reason": "Forged.",
    }
    expected = {
        ("GET", admin_address(label, "changelist")): in_general["v"],
        ("GET", admin_address(label, "change", there.pk)): on_row["v"],
        ("POST", admin_address(label, "change", there.pk)): on_row["c"],
        ("GET", admin_address(label, "history", there.pk)): 200 if on_row["v"] == 200 else 302,
        ("GET", admin_address(label, "delete", there.pk)): on_row["d"],
    }
    if organisation == OWN:  # what is about no row is asked once
        expected |= {
            ("GET", admin_address(label, "add")): in_general["a"],
            ("POST", admin_address(label, "add")): in_general["a"],
        } | {
            ("GET", f"{reverse('admin:autocomplete')}?{urlencode(query)}"): in_general["v"]
            for query in autocompletes(label)
        }
    if on_row["d"] != 200:
        expected["POST", admin_address(label, "delete", there.pk)] = on_row["d"]
    answers = {
        key: client.generic(key[0], key[1], urlencode(forged), "application/x-www-form-urlencoded")
        for key in expected
    }
    assert {key: answer.status_code for key, answer in answers.items()} == expected
    for answer in answers.values():
        if who in OUTSIDERS:
            assert answer.url.startswith(reverse("admin:login"))
        elif not is_theirs:
            assert not tells(answer)
            assert answer.status_code != 302 or answer.url == reverse("admin:index")
    if is_theirs and "v" in may:
        assert there in answers["GET", admin_address(label, "changelist")].context["cl"].queryset
    elif "v" in may:
        assert (
            there not in answers["GET", admin_address(label, "changelist")].context["cl"].queryset
        )
    assert (facts(there), type(there).objects.count()) == (before, count)


@everyone_over_everything(VIEWS)
def test_who_gets_to_see_the_pages_besides_is_as_written(client, come, who, there):
    view, organisation, there = there
    may = VIEWS[view].get(who)
    label, _, name = view.partition(":")
    come(who)
    before = facts(there)
    answer = client.get(admin_address(label, name, there.pk))
    if may and (who not in MEMBERS or organisation == OWN):
        assert answer.status_code == 200
    else:
        refused = (302, 405) if who in OUTSIDERS else (403, 404, 405)
        forged = {
            "version": version_now(),
            "note": "Forged.",
            "publish": "yes",
            "owner_role": "Forged",
        }
        forged |= dict.fromkeys(("password1", "password2"), "four forged words here") | {
            "usable_password": "true"
        }
        forged = client.post(admin_address(label, name, there.pk), forged)
        assert answer.status_code in refused
        assert forged.status_code in refused
        assert not tells(answer)
        assert not tells(forged)
    assert facts(there) == before


@pytest.mark.parametrize("who", [*INSIDERS, *OUTSIDERS])
def test_who_gets_to_see_the_pages_about_no_row_is_as_written(client, come, who):
    come(who)
    answers = {}
    for page in ABOUT_NO_ROW:
        name, _, app = page.partition(":")
        answers[page] = client.get(reverse(f"admin:{name}", args=[app] if app else []))
    seen = {page for page, answer in answers.items() if answer.status_code == 200}
    assert seen == {page for page, cells in ABOUT_NO_ROW.items() if cells.get(who)}
    for page in set(answers) - seen:
        if who in OUTSIDERS:
            assert answers[page].url.startswith(reverse("admin:login"))
        else:
            assert answers[page].status_code in (403, 404)


def names(patterns):
    """The names of all addresses, those of included ones too."""
    for pattern in patterns:
        yield from (
            names(pattern.url_patterns) if hasattr(pattern, "url_patterns") else [pattern.name]
        )


def test_every_address_of_the_admin_is_written_here():
    assert {model._meta.label_lower for model in admin.site._registry} == set(MODELS)
    of_djangos = {
        f"{label.replace('.', '_')}_{page}"
        for label in MODELS
        for page in ("changelist", "add", "change", "delete", "history")
    } | {"login", "logout", "autocomplete"}
    besides = {page.replace(".", "_").replace(":", "_") for page in VIEWS}
    about_no_row = {page.partition(":")[0] for page in ABOUT_NO_ROW}
    # What is typed is kept for whom the form itself names, and forgotten by nobody else.
    about_no_row |= {"keep_unsaved", "forget_unsaved"}
    # Two have no name: the old address of a change page, and whatever else is asked for.
    assert set(names(admin.site.urls[0])) - {None} == of_djangos | besides | about_no_row
    apps = {label.partition(".")[0] for label in MODELS}
    assert {app for page in ABOUT_NO_ROW if (app := page.partition(":")[2])} == apps


def test_every_page_and_part_of_the_admin_asks_the_roles():
    for page in admin.site._registry.values():
        assert isinstance(page, RoleScopedAdmin), page
        assert [part for part in page.inlines if not issubclass(part, RoleScopedAdmin)] == []


def test_there_are_more_than_five_hundred_cases():
    people = len([*INSIDERS, *ASKED_EVERYWHERE])
    assert set(ASKED_EVERYWHERE) < set(OUTSIDERS)
    assert people * len([*rows_of(MODELS), *rows_of(VIEWS)]) > 500


@pytest.fixture
def others():
    """A row of each model, where it can about another body, of which the public knows nothing."""
    return {label: row(label, OTHER) for label in MODELS if label not in PUBLIC}


def asked(others):
    """Every address about those rows, as somebody may type it."""
    yield from (reverse("admin:index"), reverse("admin:password_change"), reverse("admin:jsi18n"))
    for label, there in others.items():
        yield reverse("admin:app_list", args=[label.partition(".")[0]])
        for query in ("", "?q=otherwhere", "?_popup=1", f"?id__exact={there.pk}"):
            yield admin_address(label, "changelist") + query
        for page in ("change", "history", "delete"):
            yield admin_address(label, page, there.pk)
        for query in ("?_popup=1", "?_to_field=id", "?_changelist_filters=q%3Dotherwhere"):
            yield admin_address(label, "change", there.pk) + query
        yield reverse("admin:index") + f"{label.replace('.', '/')}/{there.pk}/"
        yield (
            reverse("admin:index") + f"r/{ContentType.objects.get_for_model(there).pk}/{there.pk}/"
        )
        for query in autocompletes(label):
            yield f"{reverse('admin:autocomplete')}?{urlencode(query | {'term': ''})}"
            source = f"{query['app_label']}.{query['model_name']}"
            if source in MODELS:
                yield f"{admin_address(source, 'add')}?{query['field_name']}={there.pk}"
    for page in VIEWS:
        label, _, name = page.partition(":")
        yield admin_address(label, name, others[label].pk)


@pytest.mark.parametrize(
    # A viewer and an editor may ask for nothing that an approver may not.
    ("who", "organisation"),
    [("past approver", OTHER), ("approver", OWN)],
)
def test_no_address_tells_a_word_of_what_another_organisation_keeps(
    client, others, who, organisation
):
    user = accounts.sign_in(client, who, organisation)
    for there in others.values():
        # Where they worked before, they left a trace.
        kind = ContentType.objects.get_for_model(there)
        LogEntry.objects.create(
            user=user,
            content_type=kind,
            object_id=there.pk,
            object_repr=f"{MARKER}, once",
            action_flag=CHANGE,
        )
    assert [page for page in asked(others) if tells(client.get(page))] == []


@pytest.mark.parametrize("who", MEMBERS)
def test_no_bulk_action_reaches_what_another_organisation_keeps(client, others, who):
    accounts.sign_in(client, who)
    for label, there in others.items():
        before = facts(there)
        for _, name, _ in admin.site._registry[type(there)]._get_base_actions():
            for further in (
                {},
                {"post": "yes"},
                {"post": "yes", "apply": "yes", "select_across": "1"},
            ):
                chosen = {
                    "action": name,
                    "_selected_action": there.pk,
                    "index": 0,
                    "owner_role": "Forged",
                    "reason": "Forged.",
                }
                answer = client.post(admin_address(label, "changelist"), chosen | further)
                assert not tells(answer)
                assert facts(there) == before


def evidence_facts(**changes):
    return {
        "title": "Forged",
        "url": "https://example.org/forged",
        "shows": "Forged.",
        "dated_on": "2025-09-01",
    } | changes


@pytest.mark.parametrize("who", MEMBERS)
def test_evidence_of_an_action_as_a_whole_is_neither_added_nor_changed_by_members(
    client, others, who
):
    accounts.sign_in(client, who)
    own, theirs, evidence = (
        row("findings.evidence", OWN),
        others["findings.action"],
        others["findings.evidence"],
    )
    before = facts(own), facts(evidence)
    for further in ({}, {"_popup": "1"}, {"_popup": "1", "_to_field": "id"}, {"_saveasnew": "1"}):
        for action in (own.action, theirs):
            assert (
                client.post(
                    admin_address("findings.evidence", "add"),
                    evidence_facts(action=action.pk) | further,
                ).status_code
                == 403
            )
        assert (
            client.post(
                admin_address("findings.evidence", "change", own.pk), evidence_facts() | further
            ).status_code
            == 403
        )
        assert not tells(
            client.post(
                admin_address("findings.evidence", "change", evidence.pk),
                evidence_facts() | further,
            )
        )
    assert (facts(own), facts(evidence), theirs.evidence.count(), own.action.evidence.count()) == (
        *before,
        0,
        1,
    )


def test_evidence_stays_where_it_was_added(client):
    accounts.sign_in(client, "steward")
    evidence, elsewhere = row("findings.evidence", OWN), row("findings.action", OWN)
    client.post(
        admin_address("findings.evidence", "change", evidence.pk),
        evidence_facts(action=elsewhere.pk),
    )
    after = Evidence.objects.get(pk=evidence.pk)
    assert (after.title, after.action, after.url) == ("Forged", evidence.action, evidence.url)


@pytest.mark.parametrize("who", [*MEMBERS, "steward", "superuser"])
@pytest.mark.parametrize("further", [{}, {"DELETE": "on"}, {"forged parent": True}])
def test_no_row_of_another_organisation_is_reached_through_the_page_of_ones_own(
    client, others, who, further
):
    accounts.sign_in(client, who)
    own, theirs = row("findings.action", OWN), others["findings.action"]
    citation = ActionCitation.objects.create(
        action=theirs, source=factories.source.make(), locator="¶4", attribution="organisation"
    )
    before = facts(citation)
    cited = {
        "id": citation.pk,
        "action": theirs.pk,
        "source": citation.source_id,
        "locator": "Forged",
        "attribution": "organisation",
    }
    cited |= {"action": own.pk} if "forged parent" in further else further
    sent = {"citations-TOTAL_FORMS": 1, "citations-INITIAL_FORMS": 1} | {
        f"citations-0-{name}": value for name, value in cited.items()
    }
    client.post(
        admin_address("findings.action", "change", own.pk),
        {"plan": own.plan_id, "number": own.number, "summary": own.summary} | sent,
    )
    assert facts(citation) == before


@pytest.mark.parametrize("who", MEMBERS)
def test_nothing_is_shown_that_would_be_refused(client, who):
    """Every link, on each page about own rows, leads to a page."""
    accounts.sign_in(client, who)
    own = {label: row(label, OWN) for label in MODELS if "v" in MODELS[label][who]}
    pages = {reverse("admin:index")}
    for label, there in own.items():
        pages |= {
            admin_address(label, "changelist"),
            admin_address(label, "change", there.pk),
            admin_address(label, "history", there.pk),
        }
        if "a" in MODELS[label][who]:
            pages.add(admin_address(label, "add"))
    links = set()
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200, page
        for link in elements(answer, "a"):
            links.add((page, link.attributes.get("href", "#")))
    known, public = {}, set(public_addresses())  # which test_public_pages.py opens
    for page, link in links:
        # What is public is open to each of them alike.
        if link.startswith(reverse("admin:index")) or (
            who == "approver" and link.startswith("/") and link.partition("#")[0] not in public
        ):
            known.setdefault(link.partition("#")[0], page)
    dead = {
        link: page
        for link, page in known.items()
        if "logout" not in link and client.get(link, follow=True).status_code != 200
    }
    assert dead == {}


def test_whoever_reads_one_organisation_and_approves_for_another_writes_only_there(client):
    user = accounts.sign_in(client, "approver")
    accounts.give(user, Role.VIEWER, OTHER)
    for organisation, answer in ((OWN, 302), (OTHER, 403)):
        evidence = factories.evidence.make(
            action=None, update=row("findings.progressupdate", organisation)
        )
        page = admin_address("findings.evidence", "change", evidence.pk)
        assert client.get(page).status_code == 200
        assert client.post(page, {"review_on": "2026-09-01"}).status_code == answer
        evidence.refresh_from_db()
        assert bool(evidence.review_on) is (answer == 302)
    offered = {
        "app_label": "findings",
        "model_name": "evidence",
        "field_name": "action",
        "term": "otherwhere",
    }
    assert client.get(reverse("admin:autocomplete"), offered).json()["results"] == []


@pytest.mark.parametrize("field", ["status", "slug", "password", "plan__name", "nope"])
@pytest.mark.parametrize("label", ["findings.plan", "findings.action", "findings.evidence"])
def test_a_popup_hands_out_nothing_but_keys(client, label, field):
    accounts.sign_in(client, "editor")
    there = row(label, OWN)
    for page in (admin_address(label, "changelist"), admin_address(label, "change", there.pk)):
        assert client.get(page, {"_popup": "1", "_to_field": field}).status_code == 400


def test_an_action_keeps_its_status_dates_and_owner_whatever_the_form_sends(client):
    accounts.sign_in(client, "steward")
    action = Action.objects.get(plan__slug="gloucestershire-reported-steps", number=2)
    before = facts(action)
    forged = {
        "status": "complete",
        "owner_role": "Forged",
        "due_on": "2026-01-01",
        "due_set_by": "organisation",
        "first_due_on": "2020-01-01",
    }
    forged |= {
        "due_moved_because": "Forged.",
        "superseded_by": Action.objects.exclude(pk=action.pk).first().pk,
    }
    citation = action.citations.get()
    cited = {
        "id": citation.pk,
        "action": action.pk,
        "source": citation.source_id,
        "locator": citation.locator,
        "attribution": citation.attribution,
    }
    counts = {"citations-TOTAL_FORMS": 1, "citations-INITIAL_FORMS": 1}
    kept = {
        "plan": action.plan_id,
        "number": action.number,
        "findings": [finding.pk for finding in action.findings.all()],
    }
    kept |= counts | {f"citations-0-{name}": value for name, value in cited.items()}
    answer = client.post(
        admin_address("findings.action", "change", action.pk),
        kept | forged | {"summary": "New words."},
    )
    assert answer.status_code == 302
    assert facts(action) == before | {"summary": "New words."}


@pytest.mark.parametrize("label", ["findings.progressupdate", "findings.evidence"])
def test_what_an_organisation_keeps_of_an_action_is_handed_to_no_other_organisation(client, label):
    accounts.sign_in(client, "steward")
    action, elsewhere = row(label, OWN).action, row("findings.plan", OTHER)
    citation = ActionCitation.objects.create(
        action=action, source=factories.source.make(), locator="¶4", attribution="organisation"
    )
    cited = {
        "id": citation.pk,
        "action": action.pk,
        "source": citation.source_id,
        "locator": "¶4",
        "attribution": "organisation",
    }
    kept = {"citations-TOTAL_FORMS": 1, "citations-INITIAL_FORMS": 1} | {
        f"citations-0-{name}": value for name, value in cited.items()
    }
    kept |= {"number": action.number, "summary": action.summary}
    page, plan = admin_address("findings.action", "change", action.pk), action.plan
    assert (
        "so it cannot move to another"
        in client.post(page, kept | {"plan": elsewhere.pk}).content.decode()
    )
    moved = {
        "organisation": elsewhere.organisation_id,
        "inspection": plan.inspection_id,
        "name": plan.name,
        "slug": plan.slug,
    }
    answer = client.post(admin_address("findings.plan", "change", plan.pk), moved)
    assert "so it cannot move to another" in answer.content.decode()
    action.refresh_from_db()
    assert (action.plan, action.plan.organisation) == (plan, plan.organisation)
    another = factories.plan.make(organisation=plan.organisation)
    assert client.post(page, kept | {"plan": another.pk}).status_code == 302


def test_a_save_writes_only_what_its_writer_changed(client, monkeypatch):
    accounts.sign_in(client, "steward")
    plan = Plan.objects.get(slug="gloucestershire-reported-steps")
    save = RoleScopedAdmin.save_model

    def overtaken(*args, **kwargs):
        Plan.objects.filter(pk=plan.pk).update(period_note="Meanwhile.")
        save(*args, **kwargs)

    monkeypatch.setattr(RoleScopedAdmin, "save_model", overtaken)
    kept = {
        "organisation": plan.organisation_id,
        "inspection": plan.inspection_id or "",
        "name": plan.name,
        "slug": plan.slug,
    }
    kept |= {
        "starts_on": plan.starts_on or "",
        "ends_on": plan.ends_on or "",
        "period_note": plan.period_note,
    }
    assert (
        client.post(
            admin_address("findings.plan", "change", plan.pk), kept | {"note": "New words."}
        ).status_code
        == 302
    )
    plan.refresh_from_db()
    assert (plan.note, plan.period_note) == ("New words.", "Meanwhile.")
