"""Who may do what, and on whose rows: the one place that decides, from what role a person holds in which organisation."""

from django.contrib.auth.backends import ModelBackend
from django.db.models import Q
from django.utils import timezone

from lib.audit.context import change_reason

from .choices import Role
from .models import Membership

OWN = ("plan", "action", "progressupdate", "duedatechange", "evidence")
FACTS = {
    "forces": ("region", "organisation", "alias"),
    "inspections": (
        *("source", "programme", "question", "grademeaning", "inspection", "fieldwork", "grading"),
        *("inspectioncitation", "fieldworkcitation", "gradingcitation"),
    ),
    "findings": (
        *("theme", "finding", "response", "plan", "action", "evidence"),
        *("findingcitation", "responsecitation", "actioncitation"),
    ),
}
# What is only ever added to.
CONFIRMED = {"findings": ("confirmation", "confirmationcitation")}
REPORTED = {"findings": ("progressupdate", "duedatechange")}


def permission_names(verbs, models):
    """Permissions as Django names them: "findings.view_plan"."""
    return {
        f"{app}.{verb}_{model}"
        for app, names in models.items()
        for model in names
        for verb in verbs
    }


SEES_OWN = permission_names(["view"], {"findings": OWN})
REPORTS = {
    "findings.add_progressupdate",
    "findings.delete_progressupdate",
    "findings.add_duedatechange",
    "findings.allocate_action",
}
SIGNS_OFF = {"findings.sign_off_progressupdate", "findings.withdraw_evidence"}
SEES_ALL = (
    permission_names(["view"], FACTS)
    | permission_names(["view"], CONFIRMED)
    | permission_names(["view"], REPORTED)
)
ENTERS = permission_names(["add", "change", "delete"], FACTS) | permission_names(["add"], CONFIRMED)

# What each role may do: in its own organisation, or for a steward and an auditor in every organisation.
PERMISSIONS = {
    Role.VIEWER: SEES_OWN,
    Role.EDITOR: SEES_OWN | REPORTS,
    Role.APPROVER: SEES_OWN | REPORTS | SIGNS_OFF,
    Role.DATA_STEWARD: SEES_ALL | ENTERS | REPORTS | SIGNS_OFF,
    Role.AUDITOR: SEES_ALL | {"forces.view_membership"},
}


def permission_to(verb, model):
    return f"{model._meta.app_label}.{verb}_{model._meta.model_name}"


def roles(user, on):
    """The (role, organisation) pairs that a person holds on a day; asked of the database once a request."""
    known = user.__dict__.setdefault("_roles", {})
    if on not in known:
        memberships = (
            Membership.objects.filter(user=user).active(on)
            if user.pk and user.is_active
            else Membership.objects.none()
        )
        known[on] = list(memberships.values_list("role", "organisation"))
    return known[on]


def is_member(user, on):
    """Whether a person works here at all on a day."""
    return bool(roles(user, on)) or (user.is_active and user.is_superuser)


def may_write(user, on):
    """Whether any role that a person holds on a day does more than read."""
    held = {permission for role, _ in roles(user, on) for permission in PERMISSIONS[role]}
    return (user.is_active and user.is_superuser) or any(
        ".view_" not in permission for permission in held
    )


def organisations(user, permission, on):
    """The organisations in which a person holds a permission on a day; None stands for every organisation."""
    if user.is_active and user.is_superuser:
        return None
    held = {
        organisation for role, organisation in roles(user, on) if permission in PERMISSIONS[role]
    }
    return None if None in held else held


def rows(user, permission, queryset, on):
    """Those rows on which a person holds a permission on a day.

    A model says in `ORGANISATION_PATHS` by which paths a row belongs to an organisation; rows of other models belong to none and are open to
    the roles that hold for every organisation alone.
    """
    held = organisations(user, permission, on)
    if held is None:
        return queryset
    mine = Q(pk__in=[])
    for path in getattr(queryset.model, "ORGANISATION_PATHS", ()):
        mine |= Q(**{f"{path}__in": held})
    return queryset.filter(mine)


def readable(user, queryset, at):
    """Those rows that a person may read at a moment: such as are public, and such as their roles open."""
    opened = rows(
        user,
        permission_to("view", queryset.model),
        queryset.model._base_manager.all(),
        timezone.localdate(at),
    )
    return queryset.filter(Q(pk__in=queryset.model.objects.published(at)) | Q(pk__in=opened))


def unreadable(user, at, model, pks):
    """Those of some rows that a person may not read at a moment; none of a model whose rows are all public."""
    if not hasattr(model.objects, "published"):
        return set()
    return set(pks) - set(
        readable(user, model._base_manager.filter(pk__in=pks), at).values_list("pk", flat=True)
    )


def is_scoped(model):
    """Whether a model's rows stand under organisations."""
    return hasattr(model, "ORGANISATION_PATHS")


def may(user, permission, row, on):
    """Whether a person holds a permission on this row on a day; without a row, on any."""
    held = organisations(user, permission, on)
    if held is None or not held or row is None:
        return held is None or bool(held)
    return rows(user, permission, type(row)._base_manager.filter(pk=row.pk), on).exists()


def choosable(user, field, queryset, on):
    """Rows that a person may choose in a form: such as they see and, where rows belong to organisations, may write about."""
    seen = rows(user, permission_to("view", queryset.model), queryset, on)
    return (
        rows(user, permission_to("add", field.model), seen, on)
        if hasattr(queryset.model, "ORGANISATION_PATHS")
        else seen
    )


def reads_all(user, on):
    """Whether a person reads the rows of every organisation on a day: a steward, an auditor, a superuser."""
    return organisations(user, "findings.view_plan", on) is None


def nameable_accounts(user, on):
    """The accounts whose people a person may know by name: whoever has worked in the same organisations; None stands for all."""
    if reads_all(user, on):
        return None
    colleagues = Membership.objects.filter(
        organisation__in=organisations(user, "findings.view_plan", on)
    )
    return {user.pk, *colleagues.values_list("user", flat=True)}


class RoleBackend(ModelBackend):
    """Signs in by password, and lets `user.has_perm` ask the table alone: without a row, whether any of today's roles
    grants it; with one, whether on that row. What Django keeps of groups and permissions counts for nothing."""

    def authenticate(self, request, **credentials):
        # A right one is hashed anew where newer rules ask for it.
        with change_reason("The same password, kept by newer rules."):
            return super().authenticate(request, **credentials)

    def _get_permissions(self, user_obj, obj, from_name):
        return set()

    def has_perm(self, user_obj, perm, obj=None):
        return may(user_obj, perm, obj, timezone.localdate())

    def has_module_perms(self, user_obj, app_label):
        return any(
            perm.partition(".")[0] == app_label
            for role, _ in roles(user_obj, timezone.localdate())
            for perm in PERMISSIONS[role]
        )
