from . import findings, plans, proposals

__all__ = ["findings", "plans", "proposals"]
