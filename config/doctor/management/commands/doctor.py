"""`manage.py doctor`: what is wrong with this installation, each with its mend."""

import json

from django.core.management.base import CommandError

from config.doctor import database, replica, site, surroundings
from config.doctor.examination import examine
from lib.sentences import plural
from lib.terminal import TerminalCommand

PARTS = {
    "settings": site.settings_fit,
    "proxy": site.proxy_fits,
    "database": database.database_is_sound,
    "static files": surroundings.static_files_are_collected,
    "mail": surroundings.mail_goes_out,
    "storage": surroundings.storage_keeps_files,
    "cache": surroundings.shared_cache_answers,
    "replica": replica.replica_can_be_read,
    "extras": surroundings.extras_are_whole,
}
BY_ADDRESS = {"visitors": site.visitors_are_answered}


class Command(TerminalCommand):
    """Looks an installation over; ends with 1 if it finds a fault. It changes nothing."""

    help = (
        "Checks settings, proxy, database, clock, static files, mail, storage, cache, replica and "
        "extras, and says what is wrong and how to fix it. Ends with 1 if there is a fault; "
        "warnings do not count."
    )
    requires_system_checks = []  # it runs them itself, and says what they find

    def add_arguments(self, parser):
        parser.add_argument(
            "--ask", action="store_true", help="also ask for a page at SITE_ADDRESS, as visitors do"
        )
        parser.add_argument(
            "--json", action="store_true", help="write faults and warnings as JSON, for programs"
        )

    def handle(self, **options):
        parts = PARTS | (BY_ADDRESS if options["ask"] else {})
        found = examine(parts)
        faults = [fault for fault in found if not fault.is_warning]
        if options["json"]:
            self.stdout.write(json.dumps([fault._asdict() for fault in found]))
        else:
            for fault in [*faults, *(fault for fault in found if fault.is_warning)]:
                kind = "Warning" if fault.is_warning else "Fault"
                self.stdout.write(f"{kind} ({fault.part}): {fault.sentence}")
                self.stdout.write(f"  {fault.mend}")
        warnings = len(found) - len(faults)
        told = f"{warnings} {plural(warnings, 'warning')}"
        if faults:
            raise CommandError(f"{len(faults)} {plural(len(faults), 'fault')}, {told}.")
        if not options["json"]:
            self.stdout.write(f"Checked {', '.join(parts)}: no fault, {told}.")
