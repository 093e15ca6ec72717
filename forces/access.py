"""Who may do what with which rows, by the roles that people hold in organisations."""

from django.contrib.auth.backends import ModelBackend
from django.db.models import Q
from django.utils import timezone

from lib.audit.context import change_reason

from .choices import Role
from .models import Membership

OWN = ("plan", "action", "progressupdate", "duedatechange", "ownerchange", "evidence")
FACTS = {
    "forces": ("region", "organisation", "alias"),
    "inspections": (
        *("source", "programme", "strand", "question", "grademeaning", "inspection", "fieldwork"),
        *("grading", "policingbodycomment", "monitoringevent", "monitoringeventcitation"),
        *("inspectioncitation", "fieldworkcitation", "gradingcitation"),
    ),
    "findings": (
        *("theme", "finding", "response", "plan", "action", "evidence"),
        *("findingcitation", "responsecitation", "actioncitation"),
    ),
}
# Rows that are added, and never changed or deleted.
CONFIRMED = {"findings": ("confirmation", "confirmationcitation")}
REPORTED = {"findings": ("progressupdate", "duedatechange", "ownerchange")}


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
    "findings.delete_duedatechange",
    "findings.add_ownerchange",
    "findings.delete_ownerchange",
}
APPROVES = {"findings.approve_proposal", "findings.withdraw_evidence"}
SEES_SYSTEM = "observability.view_system"
IMPORTS = {"imports.add_importrun", "imports.undo_importrun"}
SEES_ALL = (
    {"imports.view_importrun"}
    | permission_names(["view"], FACTS)
    | permission_names(["view"], CONFIRMED)
    | permission_names(["view"], REPORTED)
)
ENTERS = permission_names(["add", "change", "delete"], FACTS) | permission_names(["add"], CONFIRMED)

# What each role may do in its organisation; stewards and auditors have theirs in all.
PERMISSIONS = {
    Role.VIEWER: SEES_OWN,
    Role.EDITOR: SEES_OWN | REPORTS,
    Role.APPROVER: SEES_OWN | REPORTS | APPROVES,
    Role.DATA_STEWARD: SEES_ALL | ENTERS | IMPORTS | REPORTS | APPROVES,
    Role.AUDITOR: SEES_ALL | {"forces.view_membership", SEES_SYSTEM},
}


def permission_to(verb, model):
    """The name of a permission, such as "findings.view_plan"."""
    return f"{model._meta.app_label}.{verb}_{model._meta.model_name}"


def roles(user, on):
    """The (role, organisation) pairs that a person holds on a day, read once per request."""
    by_day = user.__dict__.setdefault("_roles", {})
    if on not in by_day:
        memberships = (
            Membership.objects.filter(user=user).active(on)
            if user.pk and user.is_active
            else Membership.objects.none()
        )
        by_day[on] = list(memberships.values_list("role", "organisation"))
    return by_day[on]


def is_superuser(user):
    """Whether a person may do everything: an account that is switched off may do nothing."""
    return user.is_active and user.is_superuser


def is_member(user, on):
    """Whether a person has any role on a day."""
    return bool(roles(user, on)) or is_superuser(user)


def organisations(user, permission, on):
    """The ids of the organisations where a person has a permission on a day; None for all."""
    if is_superuser(user):
        return None
    ids = {
        organisation for role, organisation in roles(user, on) if permission in PERMISSIONS[role]
    }
    return None if None in ids else ids


def holders(permission, organisation, on):
    """The memberships that give a permission in an organisation on a day.

    Superusers have it without one.
    """
    roles = [role for role, permissions in PERMISSIONS.items() if permission in permissions]
    return Membership.objects.active(on).filter(
        Q(organisation=organisation) | Q(organisation__isnull=True),
        role__in=roles,
        user__is_active=True,
    )


def rows(user, permission, queryset, on):
    """The rows for which a person has a permission on a day.

    A model's `ORGANISATION_PATHS` lead from a row to its organisations. Rows of other models belong
    to no organisation; only roles that hold for every organisation have permissions for them.
    """
    ids = organisations(user, permission, on)
    if ids is None:
        return queryset
    mine = Q(pk__in=[])
    for path in getattr(queryset.model, "ORGANISATION_PATHS", ()):
        mine |= Q(**{f"{path}__in": ids})
    return queryset.filter(mine)


def readable(user, queryset, at):
    """The rows that a person may read at a moment: public rows, and those their roles allow."""
    by_role = rows(
        user,
        permission_to("view", queryset.model),
        queryset.model._base_manager.all(),
        timezone.localdate(at),
    )
    return queryset.filter(Q(pk__in=queryset.model.objects.published(at)) | Q(pk__in=by_role))


def unreadable(user, at, model, pks):
    """Those of these keys whose rows a person may not read; none if the whole model is public."""
    if not hasattr(model.objects, "published"):
        return set()
    return set(pks) - set(
        readable(user, model._base_manager.filter(pk__in=pks), at).values_list("pk", flat=True)
    )


def is_scoped(model):
    """Whether a model's rows belong to organisations."""
    return hasattr(model, "ORGANISATION_PATHS")


def may(user, permission, row, on):
    """Whether a person has a permission for this row on a day; without a row, for any row."""
    ids = organisations(user, permission, on)
    if ids is None or not ids or row is None:
        return ids is None or bool(ids)
    return rows(user, permission, type(row)._base_manager.filter(pk=row.pk), on).exists()


def choosable(user, field, queryset, on):
    """The rows that a person may choose in a form's field.

    They may choose rows that they see. Where rows belong to organisations, they must also have the
    permission to add to them.
    """
    visible = rows(user, permission_to("view", queryset.model), queryset, on)
    return (
        rows(user, permission_to("add", field.model), visible, on)
        if is_scoped(queryset.model)
        else visible
    )


def reads_all(user, on):
    """Whether a person reads the rows of every organisation: a steward, auditor or superuser."""
    return organisations(user, "findings.view_plan", on) is None


def sees_system(user, on):
    """Whether a person may see how the system is: an auditor or superuser."""
    return organisations(user, SEES_SYSTEM, on) is None


def nameable_accounts(user, on):
    """The accounts that a person may see by name: those of people in the same organisations.

    None stands for all accounts.
    """
    if reads_all(user, on):
        return None
    colleagues = Membership.objects.filter(
        organisation__in=organisations(user, "findings.view_plan", on)
    )
    return {user.pk, *colleagues.values_list("user", flat=True)}


class RoleBackend(ModelBackend):
    """Signs people in by password, and makes `user.has_perm` depend on `PERMISSIONS` alone.

    Without a row, it says whether any of today's roles grants a permission; with a row, whether for
    that row. Django's own groups and permissions are not used.
    """

    def authenticate(self, request, **credentials):
        # A correct password is hashed again if the hasher has changed.
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
