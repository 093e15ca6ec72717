"""The weekly mail: who gets it, what it says and what it keeps to itself, and how it is ended."""

from datetime import timedelta
from smtplib import SMTPRecipientsRefused
from threading import Barrier, Thread

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from findings.digest import MOST_LINES, digest
from findings.models import Action, DueDateChange
from findings.workflow import send_back, submit, write_update
from forces.models import Digest, Membership, Organisation
from tests import accounts, factories
from tests.weekly_mail import DAY, action_of, member, overdue, run
from tests.workflow_steps import set_due_date

pytestmark = pytest.mark.django_db

PAGE = "/admin/weekly-mail/"


def told(user, since=timedelta(days=7)):
    """What a person's mail says now; nothing where there would be none."""
    at = timezone.now()
    message = digest(user, at - since, at)
    return message.body if message else ""


# What it says


def test_it_tells_what_waits_and_what_is_due_first():
    user, now = member("approver"), timezone.now()
    late = overdue(summary="Fill ten posts.")
    other = factories.staff.make()
    submit(write_update(late, "in_progress", "Secret words.", other, now), other, now)
    write_update(late, "in_progress", "Half a draft.", user, now)
    send_back(
        submit(write_update(late, "in_progress", "Mine.", user, now), user, now), other, "No."
    )
    mail = told(user)
    for words in (
        "Overdue: 1",
        "Awaiting your approval: 1",
        "Sent back to you: 1",
        "In your drafts: 1",
    ):
        assert words in mail
    assert f"(overdue): {late.plan.full_name}, action {late.number}: Fill ten posts\n" in mail
    assert f"http://localhost{reverse('admin:findings_action_change', args=[late.pk])}" in mail
    for words in ("Secret words.", "Half a draft.", "No.", "&#x27;", other.username):
        assert words not in mail


def test_every_count_leads_to_the_list_of_its_rows(client, settings):
    user = member()
    client.force_login(user)
    overdue()
    (link,) = [line.strip() for line in told(user).splitlines() if "attention=" in line]
    assert client.get(link.removeprefix(settings.SITE_ADDRESS)).context["cl"].result_count == 1


def test_it_tells_what_changed():
    user, now = member(), timezone.now()
    action = action_of(summary="Fill ten posts.")
    factories.reported(action, "in_progress", "Not for mails.")
    action.refresh_from_db()
    for due_on in (now.date() + 60 * DAY, now.date() + 90 * DAY):
        set_due_date(
            Action.objects.get(pk=action.pk),
            due_on,
            "organisation",
            "Not for mails either.",
            factories.staff.make(),
            timezone.now(),
        )
    finding = factories.finding.make(summary="Something new.", inspection__public_at=now - DAY)
    finding.organisations.add(action.plan.organisation)
    factories.confirmation.make(finding=finding, closure_status="closed")
    mail = told(user)
    for words in (
        "Fill ten posts: force says in progress",
        "Fill ten posts: from ",
        f"{finding.reference}, closed: Something new.",
    ):
        assert words in mail
    assert f"\n- {finding.reference}: Something new.\n" in mail
    assert "Not for mails" not in mail
    assert mail.count("Fill ten posts: from ") == 1


def test_it_tells_nothing_of_before_the_last():
    user, now = member(), timezone.now()
    action = action_of()
    factories.reported(action, "in_progress", at=now - 3 * DAY)
    factories.due_date_change.make(
        action=action, was_on=now.date(), due_on=now.date() + DAY, published_at=now - 3 * DAY
    )
    finding = factories.finding.make(inspection__public_at=now - 3 * DAY)
    finding.organisations.add(action.plan.organisation)
    factories.confirmation.make(finding=finding, recorded_at=now - 3 * DAY)
    assert told(user, since=4 * DAY).count("SINCE") == 4
    assert told(user, since=2 * DAY) == ""


def test_it_names_so_many_and_counts_the_rest():
    user = member()
    for n in range(MOST_LINES + 2):
        factories.reported(action_of(summary=f"Step {n}."), "in_progress")
    mail = told(user)
    assert mail.count(": force says in progress") == MOST_LINES
    assert "- and 2 more" in mail


@pytest.mark.parametrize("name", ["viewer", "editor", "approver"])
def test_it_never_tells_of_another_organisation(name):
    user = member(name)
    now, theirs = timezone.now(), overdue(accounts.OTHER, summary="Not yours.")
    factories.reported(theirs, "in_progress")
    other = factories.staff.make()
    submit(
        write_update(Action.objects.get(pk=theirs.pk), "in_progress", "Not yours.", other, now),
        other,
        now,
    )
    DueDateChange.objects.create(
        action=theirs,
        was_on=now.date(),
        due_on=now.date() + DAY,
        set_by="organisation",
        reason="x",
        by=other,
        at=now,
        state="published",
        reviewed_by=other,
        published_at=now,
    )
    finding = factories.finding.make(summary="Not yours.", inspection__public_at=now - DAY)
    finding.organisations.add(theirs.plan.organisation)
    factories.confirmation.make(finding=finding)
    assert told(user) == ""
    assert "Not yours." in told(member("auditor"))


def test_what_is_under_embargo_is_no_news():
    user = member()
    finding = factories.finding.make(inspection__public_at=None)
    finding.organisations.add(Organisation.objects.get(slug=accounts.OWN))
    factories.confirmation.make(finding=finding)
    assert told(user) == ""


def test_a_finding_about_the_whole_region_is_news_to_its_organisations():
    organisation = Organisation.objects.get(slug=accounts.OWN)
    finding = factories.finding.make(
        is_region_wide=True,
        inspection__region=organisation.region,
        inspection__public_at=timezone.now() - DAY,
    )
    assert finding.reference in told(member())


def test_it_asks_the_database_as_often_however_much_there_is():
    user = member()

    def count():
        with CaptureQueriesContext(connection) as queries:
            assert told(user)
        return len(queries)

    def more():
        factories.reported(overdue(), "in_progress")

    more()
    told(user)
    before = count()
    for _ in range(5):
        more()
    assert count() == before


# Who gets it


def test_each_member_with_an_address_gets_one_a_week_at_most():
    overdue()
    for name in ("viewer", "editor", "past approver", "future editor", "nobody"):
        member(name)
    accounts.make("steward")
    closed = member("approver")
    type(closed).objects.filter(pk=closed.pk).update(is_active=False)
    assert "2 mails sent." in run()
    assert sorted(message.to for message in mail.outbox) == [
        ["editor@force.example"],
        ["viewer@force.example"],
    ]
    assert "0 mails sent." in run()
    Digest.objects.update(sent_at=timezone.now() - 6 * DAY)
    assert "0 mails sent." in run()
    Digest.objects.update(sent_at=timezone.now() - 7 * DAY)
    assert "2 mails sent." in run()


def test_nothing_is_sent_where_there_is_nothing_to_tell():
    member("viewer", "dorset")
    assert "0 mails sent." in run()
    assert Digest.objects.get().sent_at is None


def test_a_role_that_ended_ends_the_mail():
    overdue()
    member()
    Membership.objects.update(ends_on=timezone.localdate())
    assert "0 mails sent." in run()


def test_a_dry_run_prints_and_keeps_and_sends_nothing():
    overdue(summary="Fill ten posts.")
    member()
    printed = run("--dry-run")
    for words in ("To: editor@force.example", "Fill ten posts", "1 mail to send."):
        assert words in printed
    assert (mail.outbox, Digest.objects.exists()) == ([], False)


def test_one_address_that_fails_stops_no_other_and_is_tried_again(monkeypatch):
    overdue()
    for name in ("viewer", "editor", "approver"):
        member(name)
    send = EmailBackend.send_messages

    def refuse(backend, messages):
        if messages[0].to == ["editor@force.example"]:
            raise SMTPRecipientsRefused({})
        return send(backend, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    with pytest.raises(CommandError, match="1 could not be sent; the next run tries them again"):
        run()
    assert len(mail.outbox) == 2
    monkeypatch.undo()
    run()
    assert [message.to for message in mail.outbox[2:]] == [["editor@force.example"]]


def test_an_address_that_is_none_stops_no_other():
    overdue()
    member("viewer", email="broken@force.example\nBcc: all@force.example")
    member("editor")
    with pytest.raises(CommandError):
        run()
    assert [message.to for message in mail.outbox] == [["editor@force.example"]]


def test_a_crash_after_the_mail_went_loses_nothing(monkeypatch):
    overdue()
    member()
    monkeypatch.setattr(Digest, "save", lambda *args, **kwargs: 1 / 0)
    Digest.objects.bulk_create([Digest(user=Membership.objects.get().user)])
    with pytest.raises(CommandError):
        run()
    monkeypatch.undo()
    run()
    run()
    assert len(mail.outbox) == 2


@pytest.mark.django_db(transaction=True)
def test_two_processes_at_once_send_one_mail_to_each():
    overdue()
    for name in ("viewer", "editor", "approver"):
        member(name)
    start, outputs = Barrier(4), []

    def process():
        start.wait()
        try:
            outputs.append(run())
        finally:
            connection.close()

    processes = [Thread(target=process) for _ in range(4)]
    for one in processes:
        one.start()
    for one in processes:
        one.join()
    assert len(outputs) == 4
    assert sorted(message.to[0] for message in mail.outbox) == [
        f"{name}@force.example" for name in ("approver", "editor", "viewer")
    ]


def test_without_a_mail_server_the_command_says_so(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with pytest.raises(CommandError, match="EMAIL_HOST names no mail server"):
        run()
    assert "0 mails to send." in run("--dry-run")


# How it is ended
