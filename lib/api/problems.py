"""Problem details (RFC 9457): what is wrong with a request, for programs and for those who write
them."""

from collections.abc import Sequence
from http import HTTPStatus

from django.http import HttpRequest, JsonResponse

from lib.parameters import ParameterError

PREFIX = "/api/v1/"
CONTENT_TYPE = "application/problem+json"
# What no parameter of its own explains.
DETAILS = {
    400: "We could not read this address.",
    404: "There is nothing at this address, or it is not public.",
    405: "This address can only be read: use GET, HEAD or OPTIONS.",
    500: "Something went wrong here, and we have made a note of it.",
    503: "The site is busy or its database does not respond. Try again in a moment.",
}
JSON = {"ensure_ascii": False}


def is_for_programs(request: HttpRequest) -> bool:
    """Whether a program asks, which gets problem details rather than an error page."""
    return request.path_info.startswith(PREFIX)


def problem(request: HttpRequest, status: int, errors: Sequence[str] = ()) -> JsonResponse:
    """What is wrong, in all its points; each names its parameter where it is about one."""
    about_parameters = any(isinstance(error, ParameterError) for error in errors)
    kind = "/api/#parameters" if about_parameters else "about:blank"
    title = "Parameters that we cannot read" if about_parameters else HTTPStatus(status).phrase
    content = {
        # Relative to the address of the request: the host may be what is wrong.
        "type": kind,
        "title": title,
        "status": status,
        "detail": " ".join(errors) or DETAILS.get(status, HTTPStatus(status).phrase),
    }
    if about_parameters:
        content["errors"] = [
            {"detail": str(error), "parameter": getattr(error, "parameter", None)}
            for error in errors
        ]
    return JsonResponse(content, status=status, content_type=CONTENT_TYPE, json_dumps_params=JSON)
