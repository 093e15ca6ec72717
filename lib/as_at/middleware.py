"""Middleware: the day that an address names, and the page as it was then."""

from collections.abc import Callable
from contextlib import ExitStack

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils import timezone
from django.utils.http import escape_leading_slashes

from lib.parameters import ParameterError

from .days import PARAMETER, parse_day
from .links import absolute_addresses, is_always_now, keep_day, keep_day_in_page, without_day
from .reading import TooEarly, as_at_day, tables_as_at

GetResponse = Callable[[HttpRequest], HttpResponse]


class AsAtMiddleware:
    """Takes the day out of an address, as `request.as_at`, before anything else reads it.

    No view needs to know of it: whatever address is built for this request keeps it.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.as_at = None
        params = QueryDict(request.META.get("QUERY_STRING", ""))
        if PARAMETER not in params or is_always_now(request.path_info):
            return self.get_response(request)
        request.META["QUERY_STRING"] = without_day(request.META["QUERY_STRING"])
        errors: list[str] = []
        today = timezone.localdate()
        day = parse_day(params, today, errors)
        if errors:
            raise RefusedDay(request, *errors)
        if day is None or day == today:
            return HttpResponseRedirect(address_of_now(request))
        request.as_at, request.address_of_now = day, address_of_now(request)
        request.build_absolute_uri = absolute_addresses(request, day)
        response = self.get_response(request)
        # Many days are as many addresses of one page.
        response.headers["X-Robots-Tag"] = "noindex"
        if response.get("Location", "").startswith("/"):
            response.headers["Location"] = keep_day(response["Location"], day)
        return response


class PastMiddleware:
    """Has a page that names a day made of the rows as at that day, with links that keep it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        day = request.as_at
        if day is None:
            return self.get_response(request)
        try:
            with ExitStack() as stack:
                stack.enter_context(tables_as_at(day))
                with as_at_day(day):
                    response = self.get_response(request)
                if response.streaming:
                    # A download reads the same rows, while it is sent.
                    response._resource_closers.append(stack.pop_all().close)
        except TooEarly as error:
            raise RefusedDay(request, ParameterError(PARAMETER, str(error))) from error
        if not response.streaming and response.get("Content-Type", "").startswith("text/html"):
            response.content = keep_day_in_page(response.content.decode(), day)
            if response.has_header("Content-Length"):
                response.headers["Content-Length"] = str(len(response.content))
        return response


def address_of_now(request: HttpRequest) -> str:
    """The address without the day. Two slashes at its start would lead to another site."""
    return escape_leading_slashes(request.get_full_path())


class RefusedDay(BadRequest):
    """There is no page as at this day, for the reasons given; `without` is its address of now."""

    def __init__(self, request: HttpRequest, *errors: str) -> None:
        super().__init__(*errors)
        self.without = address_of_now(request)
        request.as_at = None  # the page that says so is one of now
