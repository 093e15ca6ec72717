"""Many people save at once on few actions while the processes that serve them are killed: what was
acknowledged is there, whole."""

import contextlib
import os
import re
import signal
import threading
import time
from collections import Counter
from datetime import date, timedelta
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.urls import reverse

from findings.models import Action, DueDateChange
from lib.audit.models import Change
from tests import accounts, factories, serving
from tests.pages import version_now

PEOPLE, ACTIONS = 8, 20
TOKEN = "t" * 32
VERSION = re.compile(r'name="version" value="([\d-]+)"')


@pytest.fixture
def server(transactional_db, tmp_path):
    with (tmp_path / "log").open("w+") as log:
        server = serving.Server(log, tmp_path, PEOPLE)
        yield server
        server.end()


class Editor(threading.Thread):
    """Somebody who saves again and again on whatever action comes next, and reads it anew whenever
    another was quicker."""

    def __init__(self, user, port, versions, work):
        super().__init__(name=user.username)
        self.port, self.versions, self.work = port, versions, work
        client = Client()
        client.force_login(user)
        self.session = client.cookies[settings.SESSION_COOKIE_NAME].value
        self.answers, self.kept, self.asked = Counter(), set(), set()

    def run(self):
        with contextlib.closing(connection), contextlib.suppress(IndexError):
            while True:
                n = self.work.pop()
                for attempt in range(100):
                    if self.save(n, attempt):
                        break

    def save(self, n, attempt):
        """One attempt under a name of its own: kept for certain, refused, or unknown where the
        process went."""
        name, action = f"{n}-{attempt}", list(self.versions)[n % len(self.versions)]
        self.asked.add(name)
        is_date = n // len(self.versions) % 2
        if is_date and not self.withdraw(action):
            return False
        typed = {"version": self.versions[action], "csrfmiddlewaretoken": TOKEN}
        if is_date:
            page = "due_date"
            typed |= {
                "due_on": date(2030, 1, 1) + timedelta(days=100 * attempt + n),
                "due_set_by": "organisation",
                "reason": name,
            }
        else:
            page = "record_progress"
            typed |= {"status": "in_progress", "note": name, "draft": "Save"}
            typed |= {
                "evidence-title": name,
                "evidence-url": "https://example.org/",
                "evidence-shows": name,
                "evidence-dated_on": "2026-01-01",
            }
        address = reverse(f"admin:findings_action_{page}", args=[action])
        status, content = self.ask("POST", address, typed)
        self.answers[status] += 1
        if status == 302:
            assert content == reverse("admin:findings_action_change", args=[action]), content
            self.kept.add(name)
            self.versions[action] = version_now()  # as a page that they open next would have it
        elif status is not None:
            seen = VERSION.search(content)
            assert seen, (status, content[:2000])
            self.versions[action] = seen[1]
        return status == 302

    def withdraw(self, action):
        """Take back the date that one has submitted, if any: only then another may be. Whether that
        is done."""
        submitted = {"action": action, "by__username": self.name, "state": "submitted"}
        mine = DueDateChange.objects.filter(**submitted).first()
        if mine is None:
            return True
        address = reverse("admin:findings_duedatechange_withdraw", args=[mine.pk])
        status, _ = self.ask("POST", address, {"csrfmiddlewaretoken": TOKEN})
        self.versions[action] = version_now()
        return status == 302

    def ask(self, method, address, typed=()):
        """The status of an answer, and what it says or where it leads."""
        try:
            ask = HTTPConnection("127.0.0.1", self.port, timeout=30)
            cookies = (
                f"{settings.SESSION_COOKIE_NAME}={self.session}; "
                f"{settings.CSRF_COOKIE_NAME}={TOKEN}"
            )
            ask.request(
                method,
                address,
                urlencode(typed),
                {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"},
            )
            answer = ask.getresponse()
            return answer.status, answer.getheader("Location", "") + answer.read().decode()
        except (OSError, HTTPException):
            return None, ""  # the process went: nobody knows what was saved
        finally:
            ask.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("saves", "kills"),
    [
        pytest.param(120, 2, marks=pytest.mark.slow),
        pytest.param(1_000, 10, marks=pytest.mark.faults),
    ],
)
def test_nothing_acknowledged_is_lost_and_nothing_is_half_saved_while_processes_are_killed(
    server, fault_table, saves, kills
):
    organisation = factories.force.make(slug="stress-force")
    plan = factories.plan.make(organisation=organisation)
    actions = [
        factories.action.make(plan=plan, number=n, status="in_progress")
        for n in range(1, ACTIONS + 1)
    ]
    versions = dict.fromkeys([action.pk for action in actions], version_now())
    editors = [get_user_model().objects.create_user(f"editor-{n}") for n in range(PEOPLE)]
    for editor in editors:
        accounts.give(editor, "editor", organisation.slug)
    server.ready()
    work = list(range(saves))
    people = [Editor(editor, server.port, versions, work) for editor in editors]
    began = time.time()
    for person in people:
        person.start()
    killed = 0
    while any(person.is_alive() for person in people):
        if (
            killed < kills
            and len(work) < saves * (1 - (killed + 0.5) / (kills + 1))
            and (workers := server.workers())
        ):
            os.kill(workers[killed % len(workers)], signal.SIGKILL)
            killed += 1
        time.sleep(0.05)
    answers = sum((person.answers for person in people), Counter())
    seconds = time.time() - began
    kept = set().union(*(person.kept for person in people))
    asked = set().union(*(person.asked for person in people))
    assert len({name.partition("-")[0] for name in kept}) == saves
    assert killed == kills

    written = Change.objects.filter(
        table__in=["findings_progressupdate", "findings_duedatechange", "findings_evidence"]
    ).exclude(request=None)
    audited = Counter()
    for change in written:
        told = change.after.get("reason") or change.after.get("note") or change.after.get("title")
        audited[change.table, told] += told is not None
        assert change.name in {person.name for person in people}
    moves, notes, shown = (
        {name for written_to, name in audited if name and written_to == f"findings_{table}"}
        for table in ("duedatechange", "progressupdate", "evidence")
    )
    assert moves | shown <= asked
    assert kept <= moves | shown
    assert notes == shown
    assert max(audited[row] for row in audited if row[1]) == 1
    for action in Action.objects.filter(pk__in=versions).prefetch_related("updates__evidence"):
        drafts = action.updates.all()
        assert len({draft.by_id for draft in drafts}) == len(drafts)
        assert all(draft.note == draft.evidence.latest("pk").title for draft in drafts)
        # What nobody has approved changes nothing of the action.
        changes = Change.objects.of_itself("findings_action", action.pk).exclude(request=None)
        assert not changes.filter(table="findings_action").exists()
        # Each request did one thing: a draft with its piece of evidence, a date, or its withdrawal.
        done = Counter(
            (change.request, change.table)
            for change in changes.filter(table__in=["findings_evidence", "findings_duedatechange"])
        )
        assert set(done.values()) == {1}
        assert len({request for request, _ in done}) == len(done)
    fault_table(
        f"{kills} processes killed while {PEOPLE} people save {saves} times on {ACTIONS} actions",
        "–",
        f"{sum(answers.values())} responses in {seconds:.0f} s, {answers[None]} of them none",
        "nothing acknowledged lost, nothing twice or half",
    )
