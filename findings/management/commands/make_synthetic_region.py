"""The command that makes up regions for tests, demonstrations and measuring."""

import time
from datetime import timedelta

from django.core.management.base import CommandError, OutputWrapper
from django.db.models import Q
from django.utils import timezone
from django.utils.text import slugify

from findings.management.synthetic.sizes import (
    SIZES,
    Size,
    make_synthetic_regions,
    region_names,
)
from forces.models import Organisation, Region
from inspections.dates import midnight
from lib.bulk_copy import analyze
from lib.sentences import plural
from lib.terminal import TerminalCommand

BAR = 30  # letters


class Command(TerminalCommand):
    help = (
        "Make up a region that does not exist, marked as made up on every page. "
        "It cannot be unmade: its history may only grow."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "name",
            help="what to call it: Northmarch; no real region, force or unit may bear the name",
        )
        parser.add_argument(
            "--size",
            choices=SIZES,
            help="several regions at once, instead of the numbers below: "
            + "; ".join(f"{name}, {size.in_words}" for name, size in SIZES.items()),
        )
        parser.add_argument(
            "--organisations", type=int, default=6, help="its unit and its forces together (6)"
        )
        parser.add_argument("--findings", type=int, default=25, help="how many findings (25)")
        parser.add_argument("--plans", type=int, default=3, help="how many of them have a plan (3)")
        parser.add_argument("--embargoed", action="store_true", help="public only in thirty days")
        parser.add_argument(
            "--at-once", type=int, default=2, help="how many regions to write at the same time (2)"
        )

    def handle(
        self, name, size, organisations, findings, plans, embargoed, at_once, verbosity, **options
    ):
        if not slugify(name):
            raise CommandError("A name needs letters.")
        if organisations < 1 or findings < 0 or plans < 0 or at_once < 1:
            raise CommandError(
                "It needs one force or more, and the other numbers must not be negative."
            )
        size = SIZES[size] if size else Size(1, organisations, 1, findings, plans)
        for each in region_names(name, size):
            refuse_taken(each)
        published_on = timezone.localdate() + timedelta(days=30 if embargoed else -300)
        self.started, written, made_findings = time.monotonic(), 0, 0
        self.show_progress(0, size)
        for made in make_synthetic_regions(
            name, size, published_on, midnight(published_on), at_once
        ):
            written, made_findings = written + 1, made_findings + len(made.findings)
            self.show_progress(written, size)
            if verbosity and size.regions == 1:
                self.tell(made)
        analyze()
        if verbosity and size.regions > 1:
            first = Region.objects.get(name=name)
            self.stdout.write(f"Made up {size.in_words}, from {first.get_absolute_url()}")

    def tell(self, made):
        """Say what was made, and where it is."""
        organisations, findings, plans, actions = (
            f"{len(rows)} {plural(len(rows), *noun)}"
            for rows, *noun in (
                (made.organisations, "force or unit", "forces and units"),
                (made.findings, "finding"),
                (made.plans, "plan"),
                (made.actions, "action"),
            )
        )
        self.stdout.write(
            f"Made up {made.region}: {organisations}, {findings}, {plans} with {actions}, "
            f"at {made.region.get_absolute_url()}"
        )

    def show_progress(self, written, size):
        """Draw a bar, where somebody looks at a terminal and there is more than one region."""
        if size.regions == 1 or not self.stderr.isatty():
            return
        done = written / size.regions
        bar = ("█" * round(BAR * done)).ljust(BAR, "░")
        seconds = time.monotonic() - self.started
        left = f", {seconds / done - seconds:.0f} s left" if 0 < done < 1 else ""
        # Not as our commands write else: a bar does steer the terminal, and quotes nobody.
        OutputWrapper.write(
            self.stderr,
            f"\r{bar} {written * size.findings:,} of {size.regions * size.findings:,} findings"
            f", {seconds:.0f} s{left}\033[K",
            style_func=str,
            ending="\n" if done == 1 else "",
        )
        self.stderr.flush()


def refuse_taken(name):
    """Raise `CommandError` if a region or an organisation has the name."""
    taken = Region.objects.filter(Q(name__iexact=name) | Q(slug=f"made-up-{slugify(name)}")).first()
    if taken:
        raise CommandError(
            f"There is a {'made-up' if taken.is_synthetic else 'real'} region called "
            f"{taken} already."
        )
    if organisation := Organisation.objects.lookup(name).first():
        raise CommandError(f"There is a force or unit called {name} already: {organisation.name}.")
