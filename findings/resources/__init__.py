"""What import files say of findings and actions: a resource for each kind, in files by subject."""

from lib.imports import kinds

from . import findings, plans, progress

kinds.bundle(
    "new_inspection",
    "A new inspection",
    ("sources", "inspections", "fieldwork", "gradings", "findings", "responses"),
)

__all__ = ["findings", "plans", "progress"]
