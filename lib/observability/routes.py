"""What an address leads to, by its name: that tells nothing of who asks for what."""

from functools import lru_cache

from django.conf import settings
from django.urls import Resolver404, resolve


@lru_cache(maxsize=2_000)
def route_of(path: str) -> str:
    """The name of the pattern that a path fits: "theme_detail"; "none" if it fits none."""
    if path.startswith(f"/{settings.STATIC_URL.lstrip('/')}"):
        return "static"
    try:
        return resolve(path).view_name
    except Resolver404:
        return "none"
