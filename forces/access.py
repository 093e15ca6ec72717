"""Who may do what, and on whose rows: the one place that decides, from what role a person holds in which body."""

from django.contrib.auth.backends import BaseBackend
from django.db.models import Q
from django.utils import timezone

from .choices import EVERY_BODY_ROLES, Role
from .models import Membership

OWN = ("plan", "action", "progressupdate", "duedatemove", "evidence")
FACTS = {
    "forces": ("region", "organisation", "alias"),
    "inspections": (
        *("source", "programme", "question", "grademeaning", "inspection", "visit", "grading"),
        *("inspectioncitation", "visitcitation", "gradingcitation"),
    ),
    "findings": (
        *("theme", "finding", "response", "plan", "action", "confirmation", "evidence"),
        *("findingcitation", "responsecitation", "actioncitation", "confirmationcitation"),
    ),
}


def named(verbs, models):
    """Permissions as Django names them: "findings.view_plan"."""
    return {f"{app}.{verb}_{model}" for app, names in models.items() for model in names for verb in verbs}


SEES_OWN = named(["view"], {"findings": OWN})
REPORTS = {
    "findings.add_progressupdate",
    "findings.change_progressupdate",
    "findings.delete_progressupdate",
    "findings.add_evidence",
    "findings.change_evidence",
    "findings.add_duedatemove",
    "findings.allocate_action",
}
SIGNS_OFF = {"findings.sign_off_progressupdate"}
SEES_ALL = named(["view"], FACTS | {"findings": (*FACTS["findings"], "progressupdate", "duedatemove")}) | {"forces.view_membership"}

# What each role may do: in its own body, or for a steward and an auditor in every body.
PERMISSIONS = {
    Role.VIEWER: SEES_OWN,
    Role.EDITOR: SEES_OWN | REPORTS,
    Role.APPROVER: SEES_OWN | REPORTS | SIGNS_OFF,
    Role.DATA_STEWARD: SEES_ALL - {"forces.view_membership"} | named(["add", "change", "delete"], FACTS) | REPORTS | SIGNS_OFF,
    Role.AUDITOR: SEES_ALL,
}


def roles(user, on):
    """The (role, body) pairs that a person holds on a day; asked of the database once a request."""
    known = user.__dict__.setdefault("_roles", {})
    if on not in known:
        memberships = Membership.objects.filter(user=user).active(on) if user.pk and user.is_active else Membership.objects.none()
        known[on] = list(memberships.values_list("role", "organisation"))
    return known[on]


def is_member(user, on):
    """Whether a person works here at all on a day."""
    return bool(roles(user, on)) or user.is_active and user.is_superuser


def rows(user, permission, queryset, on):
    """Those rows on which a person holds a permission on a day.

    A model says in `BODY` by which paths a row belongs to a body; rows of other models belong to none and are open to
    the roles that hold for every body alone.
    """
    if user.is_active and user.is_superuser:
        return queryset
    granting = [(role, body) for role, body in roles(user, on) if permission in PERMISSIONS[role]]
    if any(role in EVERY_BODY_ROLES for role, _ in granting):
        return queryset
    mine = Q(pk__in=[])
    for path in getattr(queryset.model, "BODY", ()):
        mine |= Q(**{f"{path}__in": [body for _, body in granting]})
    return queryset.filter(mine)


def may(user, permission, row, on):
    """Whether a person holds a permission on this row on a day."""
    return rows(user, permission, type(row)._base_manager.filter(pk=row.pk), on).exists()


class RoleBackend(BaseBackend):
    """Lets `user.has_perm` ask the table: without a row, whether any of today's roles grants it; with one, whether on that row."""

    def has_perm(self, user_obj, perm, obj=None):
        on = timezone.localdate()
        if obj is None:
            return any(perm in PERMISSIONS[role] for role, _ in roles(user_obj, on))
        return may(user_obj, perm, obj, on)

    def has_module_perms(self, user_obj, app_label):
        return any(
            perm.partition(".")[0] == app_label for role, _ in roles(user_obj, timezone.localdate()) for perm in PERMISSIONS[role]
        )
