"""Lets programs in other sites' pages read what is for programs."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from .problems import is_for_programs

METHODS = "GET, HEAD, OPTIONS"
TO_ALL = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Last-Modified, Link, Retry-After",
}
TO_OPTIONS = {
    "Access-Control-Allow-Methods": METHODS,
    "Access-Control-Allow-Headers": "Accept, If-None-Match, If-Modified-Since",
    "Access-Control-Max-Age": "86400",
}


class CrossOriginMiddleware:
    """Marks every answer to programs, whatever its status, as one that any site may read.

    It is public, and nobody's session has a part in it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if is_for_programs(request):
            headers = TO_ALL | TO_OPTIONS if request.method == "OPTIONS" else TO_ALL
            for name, value in headers.items():
                response[name] = value
        return response
