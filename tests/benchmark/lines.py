"""The lines that are measured, what each must become, and where its peers find the same."""

from typing import NamedTuple
from urllib.parse import urlencode

from .asking import Probe
from .data import REGION

FACETS = [
    *(("_facet", name) for name in ("kind", "region", "programme", "strand", "inspection")),
    *(("_facet", name) for name in ("closure", "progress")),
    *(("_facet_array", name) for name in ("themes", "organisations", "responses")),
    ("_size", "25"),
]
COMMON, ABSENT = "force", "zeppelin"


class Line(NamedTuple):
    """A page of the site, the nearest of Datasette and of the admin, and the target.

    `most` is how many times Datasette's CPU it may take.
    """

    name: str
    ours: str
    datasette: str
    admin: str = ""
    most: float = 0.0


def in_datasette(table, *params, facets=True):
    return f"/findings/{table}?{urlencode([*params, *(FACETS if facets else [])])}"


def counted_by(column):
    return in_datasette("findings", ("_facet_array", column), ("_size", "25"), facets=False)


def in_admin(**params):
    return f"/findings/finding/?{urlencode(params | {'_facets': 'True'})}"


def page_lines(rare, theme_id):
    """The pages that are compared with Datasette's and with the admin's."""
    return [
        Line(
            "findings, one theme, all facets",
            "/findings/?theme=workforce",
            in_datasette("findings", ("themes__arraycontains", "workforce")),
            in_admin(themes__id__exact=theme_id),
            0.25,
        ),
        Line("findings, unfiltered", "/findings/", in_datasette("findings"), in_admin(), 0.25),
        Line(
            "findings, three facets chosen",
            f"/findings/?theme=workforce&kind=weakness&region={REGION}",
            in_datasette(
                "findings",
                ("themes__arraycontains", "workforce"),
                ("kind", "weakness"),
                ("region", REGION),
            ),
            in_admin(themes__id__exact=theme_id, kind__exact="weakness"),
            0.25,
        ),
        *(
            Line(
                f"search, {what} word",
                f"/findings/?q={word}",
                in_datasette("findings", ("_search", word)),
                in_admin(q=word),
                0.35,
            )
            for what, word in (("common", COMMON), ("rare", rare), ("absent", ABSENT))
        ),
        # The nearest that counts as much: by force, in a region, of an inspection, by theme.
        Line("forces list", "/forces/", counted_by("organisations"), most=0.5),
        Line(
            "region dashboard",
            f"/regions/{REGION}/",
            in_datasette("findings", ("region", REGION)),
            most=0.5,
        ),
        Line(
            "inspection matrix",
            f"/inspections/{REGION}-inspection/",
            in_datasette("findings", ("inspection", f"{REGION}-inspection")),
            most=0.5,
        ),
        Line("themes", "/themes/", counted_by("themes"), most=0.5),
        Line("sources", "/sources/", in_datasette("sources", ("_size", "25"), facets=False)),
    ]


def page_probes(lines, site, datasette, admin, postgres):
    """By line: the site, and its peers where they have such a page."""
    return {
        line.name: [
            Probe("site", site.port, line.ours, (site, postgres)),
            Probe("Datasette", datasette.port, line.datasette, (datasette,)),
            *([Probe("admin", admin.port, line.admin, (admin, postgres))] if line.admin else []),
        ]
        for line in lines
    }


def mixed_addresses(rare):
    """Addresses of every kind, as readers follow them."""
    first = f"{REGION}-aldermere"
    return [
        "/",
        f"/regions/{REGION}/",
        "/regions/south-west/",
        "/forces/",
        "/forces/?region=south-west",
        f"/forces/{first}/",
        f"/compare/?organisation={REGION}-unit&organisation={first}",
        "/inspections/",
        f"/inspections/{REGION}-inspection/",
        "/findings/",
        "/findings/?page=100",
        "/findings/?theme=workforce",
        "/findings/?theme=workforce&kind=weakness",
        f"/findings/?region={REGION}&progress=no-action",
        "/findings/?theme=-workforce&kind=-strength",
        "/findings/?sort=-progress",
        f"/findings/?organisation={first}",
        f"/findings/?q={COMMON}",
        f"/findings/?q={rare}",
        f"/findings/?q={ABSENT}",
        f"/findings/{REGION}-inspection/{REGION}-1/",
        "/themes/",
        "/themes/workforce/",
        "/plans/",
        f"/plans/{REGION}-unit-plan/",
        "/actions/",
        "/actions/?status=complete",
        "/sources/",
        f"/search/?q={rare}",
        "/about/",
    ]


GROWING = ["/", "/regions/south-west/", "/forces/", "/compare/"]
DOWNLOADS = {"csv": 1.5, "json": 2.5, "xlsx": 8.0}  # how many times the CPU of \copy each may take
