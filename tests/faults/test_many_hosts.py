"""A site on two hosts: each thing that it stands on fails in turn, under load."""

import json
import signal
import time
from collections import Counter

import pytest

from .hosts import many_hosts
from .visitors import UNCHECKED, Visitors, ask

pytestmark = pytest.mark.faults
READERS, LASTS, RECOVERS = 5, 4, 5  # how many, and seconds
ADDRESSES = [
    "/",
    "/findings/?theme=workforce",
    "/forces/",
    "/search/?q=officers",
    "/findings/?format=csv",
]
SESSIONS = """
import json, django
django.setup()
from django.conf import settings
from django.test import Client
from findings.models import Theme
from tests import accounts
themes = {}
for name, slug in zip(("superuser", "steward"), ("workforce", "governance")):
    client = Client()
    accounts.sign_in(client, name)
    theme = Theme.objects.get(slug=slug)
    themes[name] = client.cookies[settings.SESSION_COOKIE_NAME].value, theme.pk, slug
print(json.dumps(themes))
"""


def faults_of(site):
    """Of each fault: its name, what makes it and what ends it."""
    host, pooler, valkey, nginx = site.hosts[0], site.poolers[0], site.valkey, site.nginx

    def both(*names):
        return lambda: [getattr(one, name)() for one in site.hosts for name in names]

    return [
        ("nothing fails", lambda: None, lambda: None),
        ("a web host dies", host.kill, host.start),
        (
            "a web host hangs",
            lambda: host.signal(signal.SIGSTOP),
            lambda: host.signal(signal.SIGCONT),
        ),
        ("a pooler dies", pooler.end, pooler.start),
        ("Valkey dies", valkey.kill, valkey.start),
        (
            "Valkey hangs",
            lambda: valkey.process.send_signal(signal.SIGSTOP),
            lambda: valkey.process.send_signal(signal.SIGCONT),
        ),
        ("the replica dies", lambda: site.replica.end("immediate"), site.replica.start),
        ("the replica hangs", site.replica.hang, site.replica.go_on),
        ("the primary dies", lambda: site.primary.end("immediate"), site.primary.start),
        ("the primary hangs", site.primary.hang, site.primary.go_on),
        (
            "the object store fails",
            lambda: site.store.is_in_trouble(500, "GET", "HEAD", "PUT"),
            site.store.is_well,
        ),
        ("both web hosts die", both("kill"), both("start", "ready")),
        ("nginx ends", lambda: nginx.end(signal.SIGTERM), nginx.start),
    ]


def in_words(seen):
    """How many requests failed, and how."""
    failed = Counter(
        one.status or "no response" for one in seen if one.status >= 400 or not one.status
    )
    told = ", ".join(f"{count} × {status}" for status, count in failed.items())
    longest = max((one.seconds for one in seen), default=0)
    return f"{told or 'no failure'} of {len(seen)}; longest wait {longest:.1f} s"


def test_a_site_on_two_hosts_while_each_part_fails_in_turn(django_db_setup, fault_table):
    with many_hosts() as site:
        themes = json.loads(site.run(python=("-W", "ignore", "-c", SESSIONS)))
        warm_up(site)
        data_set = ask(site.nginx.port, "/data/latest.xlsx").text  # where it leads
        visitors = Visitors(site.nginx.port, themes, [*ADDRESSES, data_set])
        visitors.begin(READERS)
        rows = []
        try:
            for name, fail, mend in faults_of(site):
                read, saved, began = len(visitors.read), len(visitors.saved), time.monotonic()
                fail()
                time.sleep(LASTS)
                mend()
                mended = time.monotonic()
                recovered = recovery(site, themes, mended)
                time.sleep(max(0, mended + RECOVERS - time.monotonic()))
                rows.append((name, visitors.read[read:], visitors.saved[saved:], began, recovered))
        finally:
            visitors.stop()
            print(*(host.said()[-20_000:] for host in site.hosts), sep="\n")  # if it fails
        for name, read, saved, _, recovered in rows:
            pages = [
                one for one in read if one.status == 200 and one.address.startswith("/themes/")
            ]
            marked = sum(UNCHECKED in one.text for one in pages)
            stale = max(
                (visitors.staleness(one) for one in pages if UNCHECKED not in one.text), default=0
            )
            reader = f"{in_words(read)}; up to {stale:.1f} s old"
            if marked:
                reader += f"; pages that say they may be older: {marked}"
            fault_table(
                name,
                reader,
                in_words([one for one, _ in saved]),
                f"all is well {recovered:.1f} s after it is mended",
            )
        everything = [
            one for _, read, saved, *_ in rows for one in [*read, *(one for one, _ in saved)]
        ]
        # Nobody sends anything wrong, so that a 400 is a bug as well.
        assert not [(one.status, one.text) for one in everything if one.status in (400, 500)]
        assert not visitors.own_old
        # Nothing that was acknowledged is lost, and nothing was stored twice.
        with site.primary.asking() as ask_primary:
            stored = Counter(
                ask_primary(
                    "SELECT after ->> 'definition' FROM audit_change"
                    " WHERE \"table\" = 'findings_theme' AND operation = 'UPDATE'"
                )
            )
        names = [name for said in visitors.acknowledged.values() for _, name in said]
        assert len(names) > 30
        assert {stored[f"What {name} wrote."] for name in names} == {1}
        assert {count for text, count in stored.items() if text} == {1}


def warm_up(site):
    """Have each worker make each page once: the first takes as long as many later ones."""
    for host in site.hosts:
        for address in [one for one in [*ADDRESSES, "/themes/"] for _ in range(6)]:
            ask(host.port, address, patience=60)


def recovery(site, themes, mended):
    """Seconds until a reader gets what is made anew and an editor a form, both hosts alike."""
    session, key, slug = next(iter(themes.values()))
    while True:
        page = ask(site.nginx.port, f"/themes/{slug}/?well={time.monotonic()}")
        form = ask(site.nginx.port, f"/admin/findings/theme/{key}/change/", session=session)
        ready = [ask(host.port, "/readyz").status for host in site.hosts]
        if (page.status, form.status, *ready) == (200, 200, 200, 200):
            return time.monotonic() - mended
        assert time.monotonic() < mended + 30, (page, form.status, ready)
        time.sleep(0.05)
