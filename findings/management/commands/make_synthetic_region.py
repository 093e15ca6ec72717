"""The command that makes up a region for tests and demonstrations."""

from datetime import timedelta

from django.core.management.base import CommandError
from django.db.models import Q
from django.utils import timezone
from django.utils.text import slugify

from findings.management.synthetic import make_synthetic_region
from forces.models import Organisation, Region
from inspections.dates import midnight
from lib.terminal import TerminalCommand


class Command(TerminalCommand):
    help = (
        "Make up a region that does not exist, marked as made up on every page. "
        "It cannot be unmade: its history may only grow."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "name", help="what to call it: Northmarch; no real region or body may bear the name"
        )
        parser.add_argument(
            "--organisations", type=int, default=6, help="its unit and its forces together (6)"
        )
        parser.add_argument("--findings", type=int, default=25, help="how many findings (25)")
        parser.add_argument(
            "--plans", type=int, default=3, help="how many of the bodies have a plan (3)"
        )
        parser.add_argument("--embargoed", action="store_true", help="public only in thirty days")

    def handle(self, name, organisations, findings, plans, embargoed, **options):
        if not slugify(name):
            raise CommandError("A name needs letters.")
        if organisations < 1 or findings < 0 or plans < 0:
            raise CommandError(
                "It needs one force or more, and the other numbers must not be negative."
            )
        taken = Region.objects.filter(
            Q(name__iexact=name) | Q(slug=f"made-up-{slugify(name)}")
        ).first()
        if taken:
            raise CommandError(
                f"There is a {'made-up' if taken.is_synthetic else 'real'} region called "
                f"{taken} already."
            )
        if organisation := Organisation.objects.lookup(name).first():
            raise CommandError(
                f"There is a force or unit called {name} already: {organisation.name}."
            )
        published_on = timezone.localdate() + timedelta(days=30 if embargoed else -300)
        made = make_synthetic_region(
            name, organisations, findings, plans, published_on, midnight(published_on)
        )
        self.stdout.write(
            f"Made up {made.region}: {len(made.organisations)} bodies, "
            f"{len(made.findings)} findings, {len(made.plans)} plans "
            f"with {len(made.actions)} actions, at {made.region.get_absolute_url()}"
        )
