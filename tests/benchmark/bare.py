"""A bare Django view that sends stored pages, without any middleware: the most that a page can
reach. BARE_PAGES is the folder of the pages; each has its headers beside it."""

import json
import os
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    MIDDLEWARE=[],
    ROOT_URLCONF=__name__,
    SECRET_KEY="only for measuring",
)


@cache
def stored(number):
    page = Path(os.environ["BARE_PAGES"]) / str(number)
    return page.read_bytes(), json.loads(page.with_suffix(".json").read_text())


def bare(request, number):
    content, headers = stored(number)
    return HttpResponse(content, headers=headers)


urlpatterns = [path("<int:number>/", bare)]
application = get_wsgi_application()
