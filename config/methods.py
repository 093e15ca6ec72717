"""Which methods each address takes: any other is a 405 that says which, whatever the view is.

Django's views that are functions, such as the admin's, would take any method for GET.
"""

import re

from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render

from lib.api.problems import is_for_programs, problem

READ = ("GET", "HEAD")
# Views that are functions and only show something, or only take a form, by the end of their names.
ONLY_READ = re.compile(
    r"(^|_)(index|app_list|history|deleted|system|autocomplete|jsi18n|password_change_done|files|errors"
    r"|preview|callback|inspection_detail|evidence_file|healthz|readyz|sitemap|robots|favicon)$"
)
ONLY_SENT = re.compile(r"_(discard|withdraw|unsaved|reports)$")


class MethodsMiddleware:
    """Answers OPTIONS with the methods of an address, and other methods than those with 405."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if response.status_code == 405 and not response.content:
            allowed = response["Allow"]
            page = (
                problem(request, 405)
                if is_for_programs(request)
                else render(request, "405.html", {"opens": "GET" in allowed}, status=405)
            )
            page["Allow"] = allowed
            return page
        return response

    def process_view(self, request, view, args, kwargs):
        allowed = allowed_methods(view, request.resolver_match.url_name or "")
        if request.method == "OPTIONS":
            return HttpResponse(headers={"Allow": ", ".join(allowed)})
        return None if request.method in allowed else HttpResponseNotAllowed(allowed)


def allowed_methods(view, name):
    """The methods that a view takes, by its class or else by its name; without one it redirects."""
    view_class = getattr(view, "view_class", None)
    if ONLY_SENT.search(name):
        methods = ("POST",)
    elif not name or ONLY_READ.search(name) or (view_class and not hasattr(view_class, "post")):
        methods = READ
    else:
        methods = (*READ, "POST")
    return [*methods, "OPTIONS"]
