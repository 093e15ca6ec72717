"""What the history of a row tells, to whom, and what it asks of the database."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from findings.models import Evidence, Finding, Theme
from findings.workflow import discard, propose_owner, rewrite_update, submit, write_update
from forces.models import Membership
from inspections.models import Inspection
from lib.audit.context import change_author, change_reason
from lib.audit.models import Change
from tests import accounts, factories
from tests.pages import elements, hrefs, read, text
from tests.workflow_steps import set_due_date, set_owner

pytestmark = pytest.mark.django_db


def address(row, pk=None):
    return reverse(
        f"admin:{row._meta.app_label}_{row._meta.model_name}_history", args=[pk or row.pk]
    )


def history(client, row, pk=None):
    """The entries on a row's page, each as what it says."""
    page = client.get(address(row, pk))
    assert page.status_code == 200
    return [
        item.text
        for item in read(page).all("li")
        if item.closest("ol") and "timeline" in item.closest("ol").classes
    ]


def test_a_field_is_told_in_words_old_and_new_with_who_and_why(client, steward, action):
    with change_author(steward, "192.0.2.1"):
        set_due_date(
            action, date(2026, 3, 1), "organisation", "First said.", steward, timezone.now()
        )
        set_due_date(
            action, date(2026, 6, 1), "inspectorate", "Agreed with them.", steward, timezone.now()
        )
    moved, first, *_ = history(client, action)
    for words in (
        "Due: 1 March 2026 → is now 1 June 2026",
        "Due set by: the force or unit itself → is now the inspectorate",
        "By steward",
    ):
        assert words in moved
    assert "Why: Agreed with them." in moved
    assert "From 192.0.2.1, request " in moved
    assert "Due: nothing → is now 1 March 2026" in first


def test_who_claims_a_name_from_elsewhere_is_told_with_their_database_user(client, steward):
    theme = factories.theme.make()
    with change_author(steward, "192.0.2.1"), connection.cursor() as cursor:
        cursor.execute("CREATE ROLE elsewhere")
        cursor.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO elsewhere")
        cursor.execute("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO elsewhere")
        cursor.execute("SET SESSION AUTHORIZATION elsewhere")
        Theme.objects.filter(pk=theme.pk).update(name="Claimed")
        cursor.execute("RESET SESSION AUTHORIZATION")
        Theme.objects.filter(pk=theme.pk).update(name="By the site")
    ours, theirs, *_ = history(client, theme)
    assert "By steward, as database user elsewhere" in theirs
    assert "By steward" in ours
    assert "database user" not in ours


def test_a_draft_that_was_thrown_away_is_called_by_its_words_where_it_was_written(client, action):
    editor = accounts.sign_in(client, "editor")
    draft = write_update(action, "embedding", "Half a thought.", editor, timezone.now())
    factories.evidence.make(action=None, update=draft)
    discard(draft, editor)
    assert "Progress update deleted: Half a thought." in " ".join(history(client, action))


def test_what_became_of_one_row_at_one_go_is_told_once(client, steward, action):
    with change_author(steward, "192.0.2.1"):
        draft = write_update(action, "embedding", "All posts are filled.", steward, timezone.now())
    with change_author(steward, "192.0.2.1"):
        rewrite_update(draft, "embedding", "All posts are filled now.", steward, timezone.now())
        submit(draft, steward, timezone.now())
    latest = history(client, action)[0]
    assert latest.count("Progress update changed") == 1
    assert "State: draft → is now awaiting approval" in latest
    assert "All posts are filled. → is now All posts are filled now." in latest


def test_a_status_is_told_as_its_label(client, steward, action):
    factories.reported(action, "embedding", "All posts are filled.")
    latest = history(client, action)[0]
    assert "Force says: in progress → is now delivered and embedding" in latest
    assert "Why: Approved what was reported: All posts are filled." in latest


def test_what_is_done_at_one_go_stands_together_and_its_reason_is_told_once(
    client, steward, action
):
    before = len(history(client, action))
    set_due_date(action, date(2026, 3, 1), "organisation", "First said.", steward, timezone.now())
    # It was proposed, and then approved: which changed the proposal and the action.
    assert len(history(client, action)) == before + 2
    set_due_date(action, date(2026, 4, 1), "organisation", "Later said.", steward, timezone.now())
    latest = history(client, action)[0]
    assert (
        latest.count("Later said."),
        "Why the date moved: nothing → is now as said below" in latest,
    ) == (1, True)


def test_a_file_is_told_by_its_own_name_alone(client, steward, action):
    piece = factories.evidence.make(
        action=action,
        url="",
        file="kept/as-a-machine-calls-it",
        filename="Minutes.pdf",
        sha256="ab" * 32,
        size=9,
    )
    came = history(client, action)[0]
    assert ("Minutes.pdf" in came, "as-a-machine-calls-it" in came, "abab" in came) == (
        True,
        False,
        False,
    )
    type(piece).objects.filter(pk=piece.pk).update(title="Renamed")
    assert "Renamed" in history(client, action)[0]


def test_themes_and_sources_are_told_by_name_also_when_they_are_gone(client, steward):
    finding, theme = factories.finding.make(), factories.theme.make(name="Mistaken")
    source = factories.source.make(title="A page")
    finding.themes.add(theme)
    citation = finding.citations.create(source=source, locator="¶8", attribution="press")
    for row in (citation, theme, source):
        if row is theme:
            finding.themes.remove(theme)
        row.delete()
    said = " ".join(history(client, finding))
    for words in ("Theme added: Mistaken", "Theme removed: Mistaken", "Source: A page"):
        assert words in said
    for done in ("added", "deleted"):
        assert f"Finding citation {done}: ¶8" in said
    assert "no. " not in said


def test_long_texts_stand_one_above_the_other(client, steward):
    finding = factories.finding.make(summary="Old words. " * 20)
    Finding.objects.filter(pk=finding.pk).update(summary="New words. " * 20)
    page = client.get(address(finding))
    assert [
        block.text.count("words") for block in elements(page, "div") if "long" in block.classes
    ] == [40, 20]


def test_a_change_from_outside_the_site_says_so(client, steward):
    theme = factories.theme.make()
    Theme.objects.filter(pk=theme.pk).update(name="Renamed")
    assert (
        f"Outside the site (database user {connection.settings_dict['USER']})"
        in history(client, theme)[0]
    )


def test_a_row_that_is_gone_keeps_its_history_for_stewards_and_auditors(client):
    plan = factories.plan.make(name="Entered twice")
    pk = plan.pk
    with change_reason("It was there already.", factories.staff.make(username="ann")):
        plan.delete()
    for who in ("steward", "auditor"):
        accounts.sign_in(client, who)
        listed = client.get(reverse("admin:deleted"))
        assert "Entered twice" in text(listed)
        assert address(plan, pk) in hrefs(listed)
        latest = history(client, plan, pk)[0]
        assert "Deleted Force or unit" in latest
        assert "Why: It was there already." in latest
    accounts.sign_in(client, "editor")  # who may not see the list: tests/test_matrix.py
    assert client.get(address(plan, pk)).status_code == 302


@pytest.mark.parametrize("pk", ["0", "99999999999999999999", "nothing", "1_5F"])
def test_what_never_was_has_no_history(client, steward, pk):
    assert client.get(reverse("admin:findings_plan_history", args=[pk])).status_code == 302


def test_a_steward_reads_nothing_of_memberships_that_are_gone(client):
    membership = factories.membership.make(user__username="somebody")
    pk = membership.pk
    membership.delete()
    accounts.sign_in(client, "steward")
    assert client.get(address(Membership, pk)).status_code == 302
    assert client.get(reverse("admin:deleted")).context["deletions"] == []
    accounts.sign_in(client, "auditor")
    assert client.get(address(Membership, pk)).status_code == 200
    assert [gone.kind for gone in client.get(reverse("admin:deleted")).context["deletions"]] == [
        "Membership"
    ]


def test_names_are_told_to_those_who_work_there_and_to_stewards_and_auditors(client, action):
    colleague, steward = accounts.make("approver"), accounts.make("steward")
    propose_owner(action, "head of crime", "Agreed.", colleague, timezone.now())
    propose_owner(action, "head of intelligence", "Agreed again.", steward, timezone.now())
    for who, known in (("editor", False), ("auditor", True), ("superuser", True)):
        accounts.sign_in(client, who)
        by_steward, by_colleague, *_ = history(client, action)
        assert "By approver" in by_colleague
        assert ("By steward" in by_steward) is known
        assert ("By someone from another force or unit" in by_steward) is not known


def test_what_a_row_was_tied_to_is_named_to_those_who_may_read_it(client, action):
    finding = factories.finding.make(
        reference="under-embargo-1", summary="Under embargo.", inspection__public_at=None
    )
    theirs = factories.plan.make(name="Plan of others", inspection__public_at=None)
    plan = action.plan
    action.findings.add(finding)
    for stood_under in (theirs, plan):
        action.plan = stood_under
        action.save()
    for who, may_read in (("viewer", False), ("steward", True)):
        accounts.sign_in(client, who)
        _, away, added, *_ = history(client, action)
        assert ("Finding added: under-embargo-1" in added) is may_read
        assert ("Finding added: one that you may not read" in added) is not may_read
        assert (
            f"Plan: {plan.name} → is now {theirs.name if may_read else 'one that you may not read'}"
            in away
        )
        page = client.get(reverse("admin:findings_action_change", args=[action.pk])).text
        assert ("under-embargo-1" in page, "Under embargo." in page) == (may_read, may_read)
    Inspection.objects.filter(pk=finding.inspection_id).update(public_at=timezone.now())
    accounts.sign_in(client, "editor")
    assert "Finding added: under-embargo-1" in history(client, action)[2]
    assert (
        "Under embargo."
        in client.get(reverse("admin:findings_action_change", args=[action.pk])).text
    )


def test_only_who_may_see_the_row_sees_its_history(client):
    evidence = factories.evidence.make(
        action__plan__organisation__slug="elsewhere", title="Not for others"
    )
    accounts.sign_in(client, "editor")
    assert client.get(address(evidence)).status_code == 302
    Evidence.objects.filter(pk=evidence.pk).update(is_public=True)
    assert client.get(address(evidence)).status_code == 302


@pytest.mark.slow
def test_a_long_history_comes_in_pages_and_asks_no_more_for_it(client, steward, monkeypatch):
    monkeypatch.setattr("lib.audit.admin.CHANGES_A_PAGE", 10)
    few, many = (factories.finding.make() for _ in range(2))
    for finding, times in ((few, 2), (many, 10)):
        for n in range(times):
            with change_reason(f"Reason {n}."):
                finding.themes.add(factories.theme.make(name=f"{finding.pk}-{n}"))
                finding.cause = factories.finding.make(kind="cause_of_concern")
                finding.kind = "recommendation"
                finding.save()
    asked = []
    for finding in (few, many):
        with CaptureQueriesContext(connection) as queries:
            assert history(client, finding)
        asked.append(len(queries))
    assert asked[1] <= asked[0] <= 16
    page = client.get(address(many))
    assert "Page 1 of 3" in text(page)
    assert "?p=2" in hrefs(page)
    assert "Page 2 of 3" in text(client.get(address(many) + "?p=2"))
    for hostile in ("?p=nope", "?p=0", "?p=99999999999999999999"):
        assert client.get(address(many) + hostile).status_code == 200


def test_no_entry_is_empty(client, steward, action):
    factories.reported(action, "embedding")
    set_owner(action, "head of crime", "Agreed.", steward)
    page = client.get(address(action))
    for entry in page.context["entries"]:
        assert all(part.title or part.lines for part in entry.parts)
        assert entry.parts


def test_a_column_that_is_no_more_is_still_told(client, steward):
    theme = factories.theme.make()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE findings_theme ADD COLUMN since_dropped text")
        cursor.execute(
            "UPDATE findings_theme SET since_dropped = 'Old words' WHERE id = %s", [theme.pk]
        )
    assert "Since dropped: nothing → is now Old words" in history(client, theme)[0]


def test_rows_of_accounts_tell_what_they_opened(client):
    accounts.sign_in(client, "superuser")
    user = accounts.make("editor")
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    told = history(client, user)
    assert "Active: yes → is now no" in told[0]
    assert "Membership added" in told[1]
    assert "Role: editor" in told[1]
    assert Change.objects.filter(table="auth_user", row=user.pk).count() == 2
