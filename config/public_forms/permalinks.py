"""Citing a page: what it shows is stored, and shown again under an address that never changes."""

from copy import copy

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import resolve
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import DetailView, View

from lib.as_at.days import PARAMETER
from lib.as_at.links import keep_day
from lib.as_at.middleware import AsAtMiddleware, PastMiddleware
from lib.audit.data_version import one_moment, reading
from lib.pages import PageMixin
from lib.permalinks.comparison import Status, compare
from lib.permalinks.content import PageContent
from lib.permalinks.models import Permalink

from .limits import is_own_form, parts_of, seconds_to_wait

LONGEST_ADDRESS = 4_000
MOST_REDIRECTS = 3
LARGEST = 400_000  # bytes of JSON
MOST_AN_HOUR = 30


@method_decorator(csrf_exempt, name="dispatch")  # a page without cookies has no token to send
class StorePermalink(View):
    """Stores what a public page shows now, and leads to where it is kept.

    Anybody may: it adds nothing that a reader could not see. Forms of other sites are refused.
    """

    def post(self, request):
        if not is_own_form(request):
            raise PermissionDenied
        if seconds := seconds_to_wait(request, "cite", MOST_AN_HOUR):
            page = render(request, "permalinks/too_many.html", {"most": MOST_AN_HOUR}, status=429)
            page["Retry-After"] = str(seconds)
            return page
        address, day = request.POST.get("address", ""), request.POST.get(PARAMETER, "")
        if day:
            address += f"{'&' if '?' in address else '?'}{urlencode({PARAMETER: day})}"
        at = timezone.now()
        with one_moment(), reading():
            content, own_address = read_page(request, address)
        if content is None:
            raise BadRequest("There is no such page, or it is none that can be cited.")
        if len(content.to_json().encode()) > LARGEST:
            raise BadRequest("The page is too long to be stored: choose fewer rows by its filters.")
        return HttpResponseRedirect(
            Permalink.objects.store(own_address, content, at).get_absolute_url()
        )


class PermalinkDetail(PageMixin, DetailView):
    """A page as somebody cited it, and whether the record has moved on since."""

    slug_field = slug_url_kwarg = "key"
    template_name = "permalinks/permalink_detail.html"

    def get_queryset(self):
        return Permalink.objects.all()

    def get(self, request, *args, **kwargs):
        with one_moment(), reading():
            response = super().get(request, *args, **kwargs).render()
        response["Cache-Control"] = "no-cache"
        return response

    def get_context_data(self, **kwargs):
        content = self.object.page_content
        now, _ = read_page(self.request, self.object.address)
        comparison = compare(content, now)
        return super().get_context_data(**kwargs) | {
            "crumbs": [(content.title, "")],
            "content": content,
            "comparison": comparison,
            "is_current": comparison.status is Status.CURRENT,
            "lede": f"What this page showed on {self.object.stored_at:%-d %B %Y}.",
            "quoted": self.request.build_absolute_uri(self.object.get_absolute_url()),
        }


def read_page(request, address):
    """What a public page of this site shows a stranger now, and its address as it gives it.

    None where there is no such page any more, or where it is no page of the record.
    """
    for _ in range(MOST_REDIRECTS):
        response = answer_of_page(request, address)
        if response is None:
            return None, ""
        if response.status_code not in (301, 302):
            break
        address = response["Location"]
    if response.streaming:
        # It may hold the tables of the past. To close it would end this request too.
        for close in response._resource_closers:
            close()
        return None, ""
    if response.status_code != 200 or not hasattr(response, "context_data"):
        return None, ""
    html = response.content.decode()
    return PageContent.of_page(html), response.context_data["own_address"]


def answer_of_page(request, address):
    """The answer of a page of the record to a stranger; None where there is no such page."""
    try:
        parts = parts_of(address)
        if len(address) > LONGEST_ADDRESS or parts.netloc or not parts.path.startswith("/"):
            return None
        match = resolve(parts.path)
        view_class = getattr(match.func, "view_class", object)
        if not issubclass(view_class, PageMixin) or issubclass(view_class, PermalinkDetail):
            return None
        inner = copy(request)
        inner.method, inner.path, inner.path_info = "GET", parts.path, parts.path
        inner.META = request.META | {"PATH_INFO": parts.path, "QUERY_STRING": parts.query}
        inner.POST, inner.resolver_match = QueryDict(), match
        return AsAtMiddleware(PastMiddleware(page_of(match)))(inner)
    except (Http404, BadRequest):
        return None


def page_of(match):
    """What makes a page: as at a day, if the request names one, which its own address keeps."""

    def answer(request):
        request.GET = QueryDict(request.META["QUERY_STRING"])
        response = match.func(request, *match.args, **match.kwargs)
        if hasattr(response, "render"):
            response.render()
            if request.as_at:
                own = response.context_data["own_address"]
                response.context_data["own_address"] = keep_day(own, request.as_at)
        return response

    return answer
