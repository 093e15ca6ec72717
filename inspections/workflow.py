"""The command that makes an inspection public."""

from lib.audit.context import change_reason

from .models import Inspection


def publish(inspection, at):
    """Make an inspection public from a moment on; says whether it was not public before."""
    drafts = Inspection.objects.exclude(public_at__lte=at).filter(pk=inspection.pk)
    with change_reason("Published after its public pages were seen."):
        return bool(drafts.update(public_at=at))
