"""What a page had seen of a row where several write at once, and what becomes of two who wait for
one another."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, Event

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.urls import reverse

from forces.models import Alias, Region
from lib.audit.conflicts import MOST_TRIES, Version, parse_version, retry_on_deadlock
from lib.audit.models import Change
from tests import accounts, factories
from tests.pages import elements, version_in

pytestmark = pytest.mark.django_db


# What a page had seen


@pytest.mark.parametrize(
    "version",
    [Version(), Version(12, 900), Version(12, 900, frozenset({805, 801})), Version(10**17)],
)
def test_a_version_is_read_as_it_was_written(version):
    assert parse_version(str(version)) == version


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "x",
        "-1",
        "1-",
        "1--2",
        "1-x",
        " 1-2",
        "1-2\n",
        "1.5-2",
        "٣-2",
        "1" * 19 + "-2",
        "1" + "-2" * 101,
    ],
)
def test_a_version_that_cannot_be_read_has_seen_nothing(text):
    assert parse_version(text) == Version()


def changes_of(organisation):
    return Change.objects.of_itself("forces_organisation", organisation.pk)


def test_a_page_has_seen_what_was_written_before_it_and_not_what_comes_after():
    organisation = factories.force.make(name="Before")
    version = Change.objects.version()
    assert not changes_of(organisation).unseen(version).exists()
    organisation.name = "After"
    organisation.save()
    (unseen,) = changes_of(organisation).unseen(version)
    assert unseen.after == {"name": "After"}


def test_a_change_that_was_restored_from_another_server_is_not_unseen():
    changes = changes_of(factories.force.make())
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # as a restore does
        changes.update(transaction=2**40)
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert changes.exists()
    assert not changes.unseen(changes.version()).exists()


def test_whoever_claims_to_have_seen_the_future_has_seen_nothing():
    organisation = factories.force.make()
    last = Change.objects.version().last
    assert not changes_of(organisation).unseen(Version(last)).exists()
    assert changes_of(organisation).unseen(Version(last + 1)).exists()


@contextmanager
def open_transaction():
    """A connection of somebody else's, in a transaction that they commit when they like."""
    other = connection.copy()
    try:
        other.set_autocommit(False)
        yield other
    finally:
        other.rollback()
        other.close()


def rename(somebody, alias, name):
    with somebody.cursor() as cursor:
        cursor.execute("UPDATE forces_alias SET name = %s WHERE id = %s", [name, alias.pk])


@pytest.fixture
def aliases():
    """Two of one organisation."""
    organisation = factories.force.make()
    return [factories.alias.make(organisation=organisation, name=name) for name in ("Aaa", "Bbb")]


@pytest.mark.django_db(transaction=True)
def test_a_change_that_was_not_committed_when_a_page_was_read_is_unseen_whatever_its_number(
    aliases,
):
    slow_alias, quick_alias = aliases
    with open_transaction() as slow, open_transaction() as quick:
        rename(slow, slow_alias, "Slow")
        rename(quick, quick_alias, "Quick")
        quick.commit()
        version = Change.objects.version()
        slow.commit()
    changes = changes_of(slow_alias.organisation)
    numbers = {change.after["name"]: change.pk for change in changes[:2]}
    assert numbers["Slow"] < numbers["Quick"] == version.last
    unseen = changes.unseen(parse_version(str(version)))
    assert [change.after["name"] for change in unseen] == ["Slow"]


@pytest.mark.django_db(transaction=True)
def test_a_change_of_a_transaction_that_began_after_the_last_that_ended_is_unseen_too(aliases):
    slow_alias, quick_alias = aliases
    with open_transaction() as slow, open_transaction() as quick:
        rename(quick, quick_alias, "Soon")  # the first to be given an id
        rename(slow, slow_alias, "Slow")
        rename(quick, quick_alias, "Quick")
        quick.commit()
        version = Change.objects.version()
        slow.commit()
    unseen = changes_of(slow_alias.organisation).unseen(parse_version(str(version)))
    assert [change.after["name"] for change in unseen] == ["Slow"]


@pytest.mark.django_db(transaction=True)
def test_whoever_saves_a_page_is_told_of_a_change_that_was_being_written_when_they_opened_it(
    client, aliases
):
    slow_alias, quick_alias = aliases
    organisation = slow_alias.organisation
    accounts.sign_in(client, "steward")
    page = reverse("admin:forces_organisation_change", args=[organisation.pk])
    with open_transaction() as slow, open_transaction() as quick:
        rename(slow, slow_alias, "Slow")
        rename(quick, quick_alias, "Quick")
        quick.commit()
        opened = client.get(page)
        slow.commit()
    sent = {
        name: box.attributes.get("value", "")
        for box in elements(opened, "input")
        if (name := box.attributes.get("name")) and box.attributes.get("type") != "checkbox"
    }
    assert (sent["aliases-0-name"], sent["aliases-1-name"]) == ("Aaa", "Quick")
    sent |= {"region": organisation.region_id, "kind": organisation.kind, "name": "Mine"}
    told = client.post(page, sent)
    assert told.status_code == 409
    (meanwhile,) = (part for part in elements(told, "section") if "theirs" in part.classes)
    assert ("Slow" in meanwhile.text, "Quick" in meanwhile.text) == (True, False)
    assert set(Alias.objects.filter(organisation=organisation).values_list("name", flat=True)) == {
        "Slow",
        "Quick",
    }
    # Once told they may save.
    again = client.post(page, sent | {"version": version_in(told), "aliases-0-name": "Slow"})
    assert again.status_code == 302
    organisation.refresh_from_db()
    assert organisation.name == "Mine"


# Two who wait for one another


@pytest.fixture
def regions():
    return factories.region.make(), factories.region.make()


def rename_both(name, first, second, between, deadlock_timeout):
    """Renames two regions, one after the other. Who waits for longer than a while has the database
    look for a deadlock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('deadlock_timeout', %s, true)", [deadlock_timeout])
    Region.objects.filter(pk=first.pk).update(name=f"{name}, first")
    between()
    Region.objects.filter(pk=second.pk).update(name=f"{name}, second")


def is_deadlock(error):
    return error.value.__cause__.pgcode == "40P01"


@pytest.mark.django_db(transaction=True)
def test_two_who_lock_two_rows_crosswise_both_succeed(regions):
    meet, done, begun = Barrier(2, timeout=10), Event(), Counter()

    @retry_on_deadlock
    def write(name, first, second):
        begun[name] += 1
        if begun[name] == 1:
            rename_both(name, first, second, meet.wait, "100ms")
        else:
            # Else it might take its first row from under the other's eyes, and both wait again.
            assert done.wait(timeout=10)
            rename_both(name, first, second, lambda: None, "100ms")
        return "done"

    def run(*args):
        try:
            return write(*args)
        finally:
            done.set()
            connection.close()

    with ThreadPoolExecutor(2) as two:
        answers = list(two.map(run, ["One", "Other"], regions, reversed(regions)))
    assert (answers, begun.total()) == (["done", "done"], 3)
    # Each wrote both rows in one transaction.
    written = Change.objects.filter(table="forces_region", operation="UPDATE")
    told = Counter(
        (change.after["name"].partition(",")[0], change.transaction) for change in written
    )
    assert sorted((name, times) for (name, _), times in told.items()) == [("One", 2), ("Other", 2)]


@pytest.mark.django_db(transaction=True)
def test_a_deadlock_within_another_transaction_ends_that_one_and_is_not_retried(regions):
    meet, begun = Barrier(2, timeout=10), []

    @retry_on_deadlock
    def write():
        begun.append("One")
        rename_both("One", *regions, meet.wait, "100ms")

    def run_other():
        try:
            with transaction.atomic():
                rename_both("Other", *reversed(regions), meet.wait, "1min")
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(run_other)
        with pytest.raises(OperationalError) as error, transaction.atomic():
            write()
        other.result(timeout=10)
    assert (is_deadlock(error), begun) == (True, ["One"])
    assert set(
        Region.objects.filter(pk__in=[region.pk for region in regions]).values_list(
            "name", flat=True
        )
    ) == {"Other, first", "Other, second"}


class Ended(Exception):
    """What the database's own library says of an error."""

    def __init__(self, pgcode):
        super().__init__(pgcode)
        self.pgcode = pgcode


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("error", "pgcode", "times"),
    [
        (OperationalError, "40P01", MOST_TRIES),
        (OperationalError, "40001", MOST_TRIES),
        (OperationalError, "57014", 1),  # a query that took too long
        (IntegrityError, "23505", 1),
        (DatabaseError, None, 1),
        (ValueError, None, 1),
    ],
)
def test_what_fails_again_and_again_or_by_anything_but_a_deadlock_is_passed_on(
    error, pgcode, times, regions
):
    begun = []

    @retry_on_deadlock
    def write():
        begun.append("once")
        Region.objects.filter(pk=regions[0].pk).update(name="Half done")
        raise error from Ended(pgcode)

    with pytest.raises(error):
        write()
    assert len(begun) == times
    assert not Region.objects.filter(name="Half done").exists()


def test_what_succeeds_is_done_once_and_gives_back_what_it_gives():
    begun = []

    @retry_on_deadlock
    def write(*args, **kwargs):
        begun.append(args)
        return kwargs

    assert (write(1, two=3), begun) == ({"two": 3}, [(1,)])
