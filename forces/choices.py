"""Kinds of organisation, and the roles of staff."""

from collections.abc import Iterable

from django.db.models import TextChoices


class Slugged:
    """Choices with a `slug` for addresses and styles: `NOT_FOUND` is "not-found"."""

    @property
    def slug(self) -> str:
        return self.name.lower().replace("_", "-")


class OrganisationKind(Slugged, TextChoices):
    """The kind of organisation that is inspected."""

    UNIT = "unit", "regional unit"
    FORCE = "force", "force"

    @classmethod
    def nouns(cls, kinds: Iterable[str]) -> tuple[str, str]:
        """What organisations of these kinds are called, one and several: "force", "forces"."""
        kinds = set(kinds)
        if len(kinds) > 1:
            return "force or unit", "forces and units"
        noun = cls(kinds.pop() if kinds else cls.FORCE).label
        return noun, f"{noun}s"


class Role(TextChoices):
    """What a member of staff may do; the last two hold for every organisation."""

    VIEWER = "viewer", "viewer"
    EDITOR = "editor", "editor"
    APPROVER = "approver", "approver"
    DATA_STEWARD = "data_steward", "data steward"
    AUDITOR = "auditor", "auditor"


EVERY_ORGANISATION_ROLES = (Role.DATA_STEWARD, Role.AUDITOR)
