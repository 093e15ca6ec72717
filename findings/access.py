"""Who may do what with a plan's actions: the one place that decides."""

from forces.choices import Role
from forces.models import Membership

from .models import Action

REPORTING_ROLES = (Role.EDITOR, Role.APPROVER)


def may_correct_actions(user):
    """Whether a person may enter actions and correct their facts; others report progress on them at most."""
    return user.has_perms(["findings.add_action", "findings.change_action"])


def open_to_progress(user, on):
    """The actions on which a person may record progress on a day.

    It takes the permission and, but for a superuser, a membership that is active, reports, and covers the action's body.
    """
    if not user.has_perm("findings.add_progressupdate"):
        return Action.objects.none()
    active = Membership.objects.active(on).filter(user=user)
    if user.is_superuser or active.filter(role=Role.DATA_STEWARD).exists():
        return Action.objects.all()
    return Action.objects.filter(plan__organisation__in=active.filter(role__in=REPORTING_ROLES).values("organisation"))


def may_record_progress(user, action, on):
    return open_to_progress(user, on).filter(pk=action.pk).exists()
