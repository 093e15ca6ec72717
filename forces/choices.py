from django.db.models import TextChoices


class Slugged:
    """A scale or kind whose members have a name for addresses and styles: `NOT_FOUND` is “not-found”."""

    @property
    def slug(self):
        return self.name.lower().replace("_", "-")


class OrganisationKind(Slugged, TextChoices):
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


EVERY_ORGANISATION_ROLES = (Role.DATA_STEWARD, Role.AUDITOR)
