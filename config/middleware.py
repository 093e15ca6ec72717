"""What stands between the web server and the views, beside Django's own."""

from urllib.parse import unquote_to_bytes

from django.core.exceptions import BadRequest
from django.http import QueryDict
from django.middleware.gzip import GZipMiddleware

LONGEST_VALUE = 2_000
LONGEST_QUERY = 4_000
MOST_PARAMETERS = 100


class PublicGZipMiddleware(GZipMiddleware):
    """Compresses the pages that everyone may read; those of the staff hold tokens, whose length compression would betray."""

    def process_response(self, request, response):
        if request.path.startswith("/admin/"):
            return response
        return super().process_response(request, response)


class ReadableAddressMiddleware:
    """Answers an address that no page could read with a sentence, so that no view need think of it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if "\0" in request.path:
            raise BadRequest("It contains a NUL byte.")
        if any("\0" in value for value in request.COOKIES.values()):
            raise BadRequest("One of its cookies contains a NUL byte.")
        refuse_unreadable(request.META.get("QUERY_STRING", ""))
        return self.get_response(request)


def refuse_unreadable(query):
    """Raise BadRequest, with a sentence, for a query string that is overlong or not text."""
    if len(query) > LONGEST_QUERY:
        raise BadRequest(f"What follows the question mark is longer than {LONGEST_QUERY:,} characters.")
    if query.count("&") >= MOST_PARAMETERS:
        raise BadRequest(f"It has more than {MOST_PARAMETERS} parameters.")
    try:
        text = unquote_to_bytes(query).decode()
    except UnicodeDecodeError:
        raise BadRequest("It contains bytes that are not text in UTF-8.") from None
    if "\0" in text:
        raise BadRequest("It contains a NUL byte.")
    for name, values in QueryDict(query).lists():
        if len(name) > LONGEST_VALUE or any(len(value) > LONGEST_VALUE for value in values):
            raise BadRequest(f"One of its values is longer than {LONGEST_VALUE:,} characters.")
