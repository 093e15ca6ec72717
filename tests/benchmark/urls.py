"""The site's addresses, and one that sends the bytes of any other without making them: the most
that a page can reach."""

from functools import cache

from django.http import HttpResponse
from django.test import Client
from django.urls import path

from config import urls


@cache
def made(address):
    answer = Client().get(address, headers={"host": "127.0.0.1"})
    return answer.getvalue(), answer["Content-Type"]


def bare(request):
    content, content_type = made(request.GET["of"])
    return HttpResponse(content, content_type=content_type)


urlpatterns = [path("bare/", bare), *urls.urlpatterns]
