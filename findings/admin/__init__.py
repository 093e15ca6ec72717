from . import findings, plans

__all__ = ["findings", "plans"]
