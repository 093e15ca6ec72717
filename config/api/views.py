"""Pages that explain the interface for programs, its description, and where it begins."""

from django.http import Http404, JsonResponse, QueryDict
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import TemplateView, View

from lib.api import parameters, schema
from lib.api.problems import problem
from lib.as_at.views import AsAtMixin
from lib.lists import downloads
from lib.pages import PageMixin

from .collections import COLLECTIONS

SUMMARY = "What police inspections found, region by region, with the source of every fact."
ASCII = {"ensure_ascii": False}


def root_of(request):
    """The address that all others of the API begin with."""
    return f"{request.scheme}://{request.get_host()}{reverse('api:index')}"


def describe(collection, request):
    """A collection, with the filters and columns of its list."""
    view = collection()
    view.setup(request)
    filterset = view.filterset = view.filter_class(QueryDict(), view.at)
    row = filterset.rows.order_by().values(*collection.key.values()).first()
    return schema.Described(
        name=collection.name,
        title=collection.title,
        description=collection.description,
        nouns=collection.nouns,
        filterset=filterset,
        columns=view.get_api_download(filterset).columns,
        sorts=collection.sorts(),
        key={name: "int" if name == "number" else "slug" for name in collection.key},
        example={name: row[path] for name, path in collection.key.items()} if row else {},
    )


class GuideMixin(PageMixin):
    """A page about the interface."""

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"root": root_of(self.request)}


class Guide(GuideMixin, TemplateView):
    """What the interface has, how it answers, and examples to begin with."""

    template_name = "api/guide.html"
    extra_context = {
        "crumbs": [("API", "")],
        "collections": COLLECTIONS,
        "limit": parameters.LIMIT,
        "most_rows": parameters.MOST_ROWS,
    }


class CollectionGuide(GuideMixin, TemplateView):
    """One collection: its addresses, parameters and fields."""

    template_name = "api/collection.html"

    @cached_property
    def collection(self):
        for one in COLLECTIONS:
            if one.name == self.kwargs["collection"]:
                return describe(one, self.request)
        raise Http404

    def get_context_data(self, **kwargs):
        collection = self.collection
        argument = "".join(f"{value}/" for value in collection.example.values())
        return super().get_context_data(**kwargs) | {
            "crumbs": [("API", reverse("api:guide")), (collection.title, "")],
            "lede": f"{collection.title} as JSON for programs. {collection.description}",
            "collection": collection,
            "parameters": schema.of_many(collection),
            "fields": [(one, schema.words_of(one)) for one in collection.columns],
            "address": reverse(f"api:{collection.name}"),
            "row_address": reverse(f"api:{collection.name}") + argument if argument else "",
            "shape": "".join(f"{{{name}}}/" for name in collection.key),
        }


class ForPrograms(AsAtMixin, View):
    """What a program reads that is no row: it takes no parameters."""

    def get(self, request):
        errors = []
        parameters.refuse_unknown(request.GET, errors, ())
        if errors:
            return problem(request, 400, errors)
        return JsonResponse(self.get_content(), json_dumps_params=ASCII)


class Index(ForPrograms):
    """The collections and their addresses."""

    def get_content(self):
        absolute = self.request.build_absolute_uri
        return {
            "description": absolute(reverse("api:description")),
            "guide": absolute(reverse("api:guide")),
            "collections": {one.name: absolute(reverse(f"api:{one.name}")) for one in COLLECTIONS},
        }


class Description(ForPrograms):
    """The interface in OpenAPI 3.1."""

    def get_content(self):
        absolute = self.request.build_absolute_uri
        about = {
            "title": "Inspection findings",
            "summary": SUMMARY,
            "description": f"{downloads.NOTE} The guide is at {absolute(reverse('api:guide'))}.",
        }
        described = [describe(one, self.request) for one in COLLECTIONS]
        return schema.document(described, about, root_of(self.request))
