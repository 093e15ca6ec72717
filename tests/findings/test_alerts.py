"""The weekly mail to readers: what it tells, once, and to whom."""

from datetime import date, datetime, timedelta
from smtplib import SMTPRecipientsRefused

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management.base import CommandError
from django.utils import timezone

from findings import alerts, summaries
from findings.choices import ActionStatus, ClosureStatus
from findings.models import Theme
from inspections.choices import Grade
from lib.followers.models import Follower, KnownChange, Run
from tests import factories
from tests.followers import EMAIL, follow, run

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
WEEK = 7 * DAY


class Clock:
    def __init__(self):
        self.at = datetime(2026, 3, 2, 9, 30, tzinfo=timezone.get_default_timezone())

    def later(self, time):
        self.at += time
        return self.at


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("django.utils.timezone.now", lambda: clock.at)
    return clock


@pytest.fixture
def force():
    return factories.force.make(short_name="Northmarch", slug="northmarch")


@pytest.fixture
def report(force):
    """One that was public before anybody followed anything."""
    return factories.inspection.make(title="The report", region=force.region, organisation=force)


@pytest.fixture
def follower(clock, force):
    """Follows the force; what was there before is known."""
    run()
    follower = follow(f"/changes/?organisation={force.slug}", clock.later(DAY))
    clock.later(DAY)
    return follower


def finding_of(report, force, **fields):
    finding = factories.finding.make(inspection=report, **fields)
    finding.organisations.add(force)
    return finding


def sent():
    """The bodies of the mails since this was last asked."""
    bodies = [message.body for message in mail.outbox]
    mail.outbox.clear()
    return bodies


def test_one_mail_a_week_tells_each_change_once(clock, force, follower, settings):
    assert run() == "0 mails sent.\n"
    published = factories.inspection.make(
        title="It’s new", region=force.region, organisation=force, public_at=clock.later(DAY)
    )
    factories.inspection.make(title="Of somebody else", public_at=clock.at)
    assert run() == "1 mail sent.\n"
    (message,) = mail.outbox
    assert message.to == [EMAIL]
    body = message.body
    assert "WHAT CHANGED: FORCE OR UNIT: NORTHMARCH" in body
    assert f"{settings.SITE_ADDRESS}/changes/?organisation=northmarch" in body
    assert "- Published: “It’s new”. (15 January 2025)" in body
    assert f"  {settings.SITE_ADDRESS}{published.get_absolute_url()}\n" in body
    assert "Made-up data for places that do not exist." in body
    assert "Of somebody else" not in body
    assert alerts.stop_link(follower) in body
    mail.outbox.clear()

    clock.later(6 * DAY)
    finding_of(published, force, reference="F9")
    assert run() == "0 mails sent.\n"
    clock.later(DAY)
    run()
    (body,) = sent()
    assert "F9 about Northmarch" in body
    assert "It’s new”." not in body
    clock.later(WEEK)
    assert run() == "0 mails sent.\n"


def test_what_is_entered_late_is_told_and_what_was_there_before_is_not(
    clock, force, report, follower
):
    finding_of(report, force, reference="F1")
    response = factories.response.make(
        inspection=report, organisation=force, said_on=date(2025, 2, 1), summary="We disagree."
    )
    run()
    (body,) = sent()
    assert "We disagree." in body
    assert "1 February 2025" in body
    assert "F1 about Northmarch" in body
    assert "“The report”. (" not in body  # it was there
    response.summary = "We disagree, still."
    response.save()
    clock.later(WEEK)
    assert run() == "0 mails sent.\n"


def test_before_the_first_run_only_what_is_newly_published_is_told(clock, force, report):
    follow("/changes/?organisation=northmarch", clock.at)
    clock.later(DAY)
    assert run() == "0 mails sent.\n"
    factories.inspection.make(region=force.region, organisation=force, public_at=clock.later(DAY))
    assert run() == "1 mail sent.\n"


def test_what_is_under_embargo_is_never_told_and_once_when_it_ends(clock, force, follower):
    hidden = factories.inspection.make(
        title="Quoll", region=force.region, organisation=force, public_at=None
    )
    finding_of(hidden, force, summary="A quoll.")
    factories.inspection.make(
        title="Numbat", region=force.region, organisation=force, public_at=clock.at + 10 * DAY
    )
    clock.later(DAY)
    assert run() == "0 mails sent.\n"
    hidden.public_at = clock.at
    hidden.save()
    clock.later(DAY)
    run()
    (body,) = sent()
    assert ("Quoll" in body, "A quoll." in body, "Numbat" in body) == (True, True, False)
    for public_at in (None, clock.at):
        hidden.public_at = public_at
        hidden.save()
        clock.later(DAY)
        run()
    clock.later(WEEK)
    run()
    (body,) = sent()
    assert ("Quoll" in body, "Numbat" in body) == (False, True)


def test_a_grade_that_is_corrected_again_is_told_again(clock, force, report, follower):
    grading = factories.grading.make(inspection=report, organisation=force, grade=Grade.INADEQUATE)
    run()
    sent()
    for grade in (Grade.ADEQUATE, Grade.GOOD):
        clock.later(WEEK)
        grading.first_grade, grading.grade = Grade.INADEQUATE, grade
        grading.corrected_on = grading.corrected_on or clock.at.date()
        grading.correction_reason = "A mistake."
        grading.save()
        run()
        (body,) = sent()
        assert f"corrected from inadequate to {grade.label.lower()}" in body
        assert body.count("\n- ") == 1


def test_searches_tell_what_changed_about_what_they_find(clock, force, report):
    theme = Theme.objects.in_use()[0]
    known = finding_of(report, force, summary="The made-up telephone is silent.")
    other = finding_of(report, force)
    action = factories.action.make(plan__organisation=force, plan__inspection=None, number=7)
    elsewhere = factories.action.make(plan__inspection=None)
    run()
    addresses = (
        "/findings/?q=made-up+telephone",
        f"/findings/?theme={theme.slug}",
        "/actions/?organisation=northmarch",
    )
    for address in addresses:
        follow(address, clock.at)
    clock.later(DAY)
    for finding in (known, other):
        factories.confirmation.make(
            finding=finding, closure_status=ClosureStatus.CLOSED, confirmed_on=clock.at.date()
        )
    new = finding_of(report, force, summary="A made-up summary.")
    new.themes.add(theme)
    for one in (action, elsewhere):
        factories.reported(one, ActionStatus.IN_PROGRESS, note=f"Of {one.pk}.", at=clock.at)
    added = factories.action.make(plan=action.plan, number=8, summary="Mend it.")
    factories.action.make(plan__organisation=force, plan__is_draft=True, summary="Secret.")
    clock.later(DAY)
    run()
    (body,) = sent()
    headings = [line for line in body.splitlines() if line.isupper()]
    assert headings == [
        "FINDINGS: “MADE-UP TELEPHONE”",
        f"FINDINGS: THEME: {theme.name.upper()}",
        "ACTIONS: FORCE OR UNIT: NORTHMARCH",
    ]
    assert body.count("\n- ") == 4
    assert f"- New: Northmarch, action 8 of “{added.plan}”: Mend it. The force says " in body
    assert "Secret." not in body
    assert f"finding {known.reference} about Northmarch" in body
    assert "A made-up summary." in body
    assert (f"Of {action.pk}." in body, f"Of {elsewhere.pk}." in body) == (True, False)


def test_a_mail_is_short(clock, force, report, follower, monkeypatch):
    monkeypatch.setattr(alerts, "MOST_LINES", 2)
    for _ in range(5):
        finding_of(report, force)
    run()
    (body,) = sent()
    assert body.count("\n- ") == 3
    assert "\n- and 3 more\n" in body


def test_one_address_that_fails_stops_no_other_and_is_told_to_nobody(
    clock, force, report, follower, monkeypatch
):
    for email in ("broken@example.org", "lost@example.org", "last@example.org"):
        follow("/changes/?organisation=northmarch", clock.at, email)
    lost = Follower.objects.at_address("lost@example.org")
    lost.update(encrypted_address="of another key")
    finding_of(report, force)
    clock.later(DAY)
    send = EmailBackend.send_messages

    def refuse(backend, messages):
        if messages[0].to == ["broken@example.org"]:
            raise SMTPRecipientsRefused({"broken@example.org": (550, b"No")})
        return send(backend, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    with pytest.raises(CommandError, match="2 could not be sent"):
        run()
    assert [message.to[0] for message in mail.outbox] == [EMAIL, "last@example.org"]
    monkeypatch.undo()
    assert Follower.objects.at_address("broken@example.org").get().mailed_at is None


def test_what_another_process_has_sent_is_not_sent_again(
    clock, force, report, follower, monkeypatch
):
    finding_of(report, force)
    summaries.note_known_changes(clock.at)
    made = alerts.due(follower, clock.at)
    assert run() == "1 mail sent.\n"
    monkeypatch.setattr(alerts, "due", lambda *args: made)  # before the other one sent it
    assert alerts.send(follower, clock.at) is False
    assert len(mail.outbox) == 1


def test_a_run_that_waited_for_a_later_one_takes_over_its_moment(clock, force, report, follower):
    early = clock.at
    late = clock.later(DAY)
    finding_of(report, force)
    assert summaries.note_known_changes(late) == late
    assert summaries.note_known_changes(early) == late
    assert alerts.due(follower, late)


def test_a_dry_run_prints_no_address_and_keeps_and_sends_nothing(clock, force, report, follower):
    noted = KnownChange.objects.count()
    finding_of(report, force, reference="F1")
    printed = run("--dry-run")
    assert "F1 about Northmarch" in printed
    assert "1 mail to send." in printed
    assert EMAIL not in printed
    assert (mail.outbox, KnownChange.objects.count(), Run.objects.count()) == ([], noted, 1)
    assert run() == "1 mail sent.\n"


def test_what_nobody_confirms_is_deleted_after_a_week(clock, follower):
    Follower.objects.ask("stranger@example.org", "/changes/", clock.at)
    Follower.objects.ask(EMAIL, "/changes/", clock.at)
    clock.later(WEEK - DAY)
    run()
    assert Follower.objects.count() == 2
    clock.later(DAY)
    run()
    assert Follower.objects.get() == follower
    assert [row.address for row in follower.followings.all()] == [
        "/changes/?organisation=northmarch"
    ]


def test_an_address_gets_one_link_an_hour_and_three_that_nobody_answers(clock):
    def is_asked(address="/changes/"):
        return Follower.objects.ask("stranger@example.org", address, clock.at) is not None

    assert [is_asked(), is_asked("/findings/")] == [True, False]
    for due in (True, True, False):
        clock.later(timedelta(hours=1))
        assert is_asked() is due
    (follower,) = Follower.objects.all()
    assert [row.address for row in follower.followings.all()] == ["/changes/", "/findings/"]
    follower.confirm([follower.followings.first().pk], clock.later(DAY))
    assert is_asked() is False  # it is followed
    assert is_asked("/findings/") is True


@pytest.mark.parametrize(
    ("address", "followed"),
    [
        ("/changes/?until=2025-01-01&since=2024-01-01&kind=grading&page=3", "?kind=grading"),
        ("/changes/?organisation=old-name&format=atom", "?organisation=northmarch"),
        ("/findings/?sort=-kind&organisation=old-name&page=2&x=1", "?organisation=northmarch"),
        ("/actions/", ""),
    ],
)
def test_what_is_followed_is_which_rows_a_page_has(clock, force, address, followed):
    type(force).objects.filter(pk=force.pk).update(slug="old-name")
    type(force).objects.filter(pk=force.pk).update(slug="northmarch")
    path = address.partition("?")[0]
    assert alerts.read_topic(address, clock.at).address == path + followed


@pytest.mark.parametrize(
    "address",
    [
        "/forces/northmarch/",
        "/findings/?theme=no-such-theme",
        "/changes/?organisation=no-such-force",
        "https://elsewhere.example/findings/",
        "//elsewhere.example/findings/",
        "/findings/?q=" + "é" * 500,
        "/admin/",
        "",
    ],
)
def test_what_cannot_be_followed(clock, address):
    assert alerts.read_topic(address, clock.at) is None
