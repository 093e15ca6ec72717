"""What error pages say of the request, for whoever looks into it."""

from django import template

from . import requests

register = template.Library()
register.simple_tag(requests.request_id)
