"""The addresses of the interface for programs."""

from django.urls import path

from . import views
from .collections import COLLECTIONS

app_name = "api"


def pattern_of(collection):
    """The end of the address of a row, as a pattern."""
    kinds = {name: "int" if name == "number" else "slug" for name in collection.key}
    return "".join(f"<{kind}:{name}>/" for name, kind in kinds.items())


urlpatterns = [
    path("", views.Guide.as_view(), name="guide"),
    path("v1/", views.Index.as_view(), name="index"),
    path("<slug:collection>/", views.CollectionGuide.as_view(), name="collection"),
    path("v1/openapi.json", views.Description.as_view(), name="description"),
    *(path(f"v1/{one.name}/", one.as_view(), name=one.name) for one in COLLECTIONS),
    *(
        path(f"v1/{one.name}/{pattern_of(one)}", one.as_view(), name=f"{one.name}_row")
        for one in COLLECTIONS
    ),
]
