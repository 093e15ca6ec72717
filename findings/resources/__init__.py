"""What import files say of findings and actions: a resource for each kind, in files by subject."""

from . import findings, plans

__all__ = ["findings", "plans"]
