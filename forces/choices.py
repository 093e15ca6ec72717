from django.db.models import TextChoices


class OrganisationKind(TextChoices):
    """What sort of body an inspection looks at."""

    UNIT = "unit", "regional unit"
    FORCE = "force", "force"


class Role(TextChoices):
    """What a member of staff may do; the last two hold for every body."""

    VIEWER = "viewer", "viewer"
    EDITOR = "editor", "editor"
    APPROVER = "approver", "approver"
    DATA_STEWARD = "data_steward", "data steward"
    AUDITOR = "auditor", "auditor"


EVERY_BODY_ROLES = (Role.DATA_STEWARD, Role.AUDITOR)
