"""The page of data sets, and their files."""

import logging
from datetime import date
from typing import Any, NamedTuple

from django.conf import settings
from django.core.paginator import InvalidPage, Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.generic import TemplateView, View

from ..as_at import AsAtMixin
from ..audit.data_version import versions
from ..pages import LinkedData, PageMixin
from .models import FORMATS, DataSet, path_of, storage

logger = logging.getLogger(__name__)
PER_PAGE = 50
# What is at the address of a file is never another.
FOR_EVER = "public, max-age=31536000, immutable"


class TableRow(NamedTuple):
    """A table of a data set, and the list of this site that shows it, if there is one."""

    name: str
    title: str
    description: str
    rows: int
    url: str


class DataSetPage(PageMixin, TemplateView):
    """What the newest data set holds, how to load it, and the former ones."""

    template_name = "data_sets/data.html"
    parameters = ("page",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        made = DataSet.objects.made_by(self.at)
        newest = made.first()
        try:
            page = Paginator(made, PER_PAGE).page(self.request.GET.get("page", 1))
        except InvalidPage as error:
            raise Http404(str(error)) from error
        return super().get_context_data(**kwargs) | {
            "crumbs": [("Open data", "")],
            "newest": newest,
            "has_changed": newest and not newest.is_of(versions.current(self.at).version),
            "has_parquet": bool(newest and newest.file_in("parquet")),
            "tables": newest and table_rows(newest),
            "page": page,
            "params": self.request.GET,
            "licence": settings.DATA_LICENCE,
        }

    def get_linked_data(self, context: dict[str, Any]) -> list[LinkedData]:
        data = super().get_linked_data(context)
        if newest := context["newest"]:
            data.append(self.dataset(newest))
        return data

    def dataset(self, newest: DataSet) -> LinkedData:
        """The newest data set with its files, in the words of schema.org."""
        absolute = self.request.build_absolute_uri
        described = {
            "@type": "Dataset",
            "name": settings.DATA_SETS["title"],
            "description": settings.DATA_SETS["description"],
            "url": absolute(reverse("data_sets")),
            "dateModified": newest.as_at.isoformat(),
            "isAccessibleForFree": True,
            "distribution": [
                {
                    "@type": "DataDownload",
                    "name": file.title,
                    "encodingFormat": FORMATS[file.format].content_type,
                    "contentUrl": absolute(address),
                    "contentSize": f"{file.size} B",
                    "sha256": file.sha256,
                }
                for file, address in newest.links
            ],
        }
        licence = settings.DATA_LICENCE
        return described | ({"license": licence} if licence else {})


def table_rows(newest: DataSet) -> list[TableRow]:
    """The tables of a data set, each with the list that shows it."""
    lists = settings.DATA_SETS["lists"]
    return [
        TableRow(**one, url=reverse(lists[one["name"]]) if one["name"] in lists else "")
        for one in newest.tables
    ]


class LatestFile(AsAtMixin, View):
    """Leads to the newest file in a format."""

    def get(self, request: HttpRequest, ending: str) -> HttpResponse:
        newest = DataSet.objects.made_by(self.at).first()
        formats = [name for name, one in FORMATS.items() if one.ending == ending]
        file = newest and formats and newest.file_in(formats[0])
        if not file:
            raise Http404
        response = HttpResponseRedirect(newest.address_of(file))
        response["Cache-Control"] = "no-cache"
        return response


class DataSetFile(View):
    """A file of a data set."""

    def get(self, request: HttpRequest, day: date, name: str) -> HttpResponse:
        of_day = (one.find_file(name) for one in DataSet.objects.filter(day=day))
        file = next(filter(None, of_day), None)
        if not file:
            raise Http404
        etag = quote_etag(file.sha256)
        if response := get_conditional_response(request, etag=etag):
            return with_validators(response, etag)
        response = with_validators(self.respond(request, name), etag)
        if response.status_code == 200:
            response["Content-Length"] = str(file.size)
            response["Content-Type"] = FORMATS[file.format].content_type
            response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def respond(self, request: HttpRequest, name: str) -> HttpResponse:
        """The file; only headers for HEAD."""
        if request.method == "HEAD":
            return HttpResponse()
        try:
            return FileResponse(storage().open(path_of(name)))
        except Exception as error:  # each store has exceptions of its own
            missing = isinstance(error, FileNotFoundError)
            logger.exception("The file of a data set cannot be read: %s", name)
            page = render(
                request,
                "data_sets/unreadable.html",
                {"name": name, "is_missing": missing},
                status=410 if missing else 503,
            )
            if not missing:
                page["Retry-After"] = "60"
            return page


def with_validators(response: HttpResponse, etag: str) -> HttpResponse:
    """The response; what has been sent may be kept for ever."""
    if response.status_code in (200, 304):
        response["ETag"], response["Cache-Control"] = etag, FOR_EVER
    return response
