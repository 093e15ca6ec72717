"""What import files say of inspections: a resource for each kind, in files by subject."""

from . import gradings, inspections, programmes, sources

__all__ = ["gradings", "inspections", "programmes", "sources"]
