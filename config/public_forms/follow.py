"""Following a page by mail: asking for it, confirming it once, and ending it by one click.

Whoever asks learns nothing of whether an address follows anything. Programs that look at mails open
their links, so a link shows a page, and its button does it.
"""

import re

from django import forms
from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.core.signing import BadSignature
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import View

from findings import alerts
from lib.audit.data_version import one_moment, reading
from lib.followers.models import CONFIRM_WITHIN
from lib.forms.errors import form_errors

from ..after_response import run_after
from ..sign_in import events
from .limits import is_own_form, parts_of, seconds_to_wait

MOST_AN_HOUR = 10
PK = re.compile(r"[0-9]{1,18}", re.ASCII)


class FollowForm(forms.Form):
    """A reader's mail address."""

    email = forms.EmailField(
        label="Your email address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"invalid": "Enter an email address like name@example.com."},
    )

    def clean_email(self):
        email = self.cleaned_data["email"]
        if '"' in email:  # which may hold anything
            raise ValidationError(self.fields["email"].error_messages["invalid"])
        return email


@method_decorator(csrf_exempt, name="dispatch")  # a page without cookies has no token to send
class FollowPage(View):
    """The page where a reader asks for mail when a page changes."""

    def dispatch(self, request, *args, **kwargs):
        if not settings.EMAIL_HOST:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get(self, request):
        return self.show(request, read_topic(request.GET.get("page", "")), FollowForm())

    def post(self, request):
        if not is_own_form(request):
            raise PermissionDenied
        topic, form = read_topic(request.POST.get("page", "")), FollowForm(request.POST)
        if not form.is_valid():
            return self.show(request, topic, form, status=400)
        if seconds := seconds_to_wait(request, "follow", MOST_AN_HOUR):
            page = render(request, "follow/too_many.html", {"most": MOST_AN_HOUR}, status=429)
            page["Retry-After"] = str(seconds)
            return page
        response = HttpResponseRedirect(reverse("follow_sent"))
        run_after(response, send_link, request, form.cleaned_data["email"], topic.address)
        return response

    def show(self, request, topic, form, status=200):
        errors = list(form_errors(form)) if form.is_bound else []
        context = {"topic": topic, "form": form, "errors": errors, "days": CONFIRM_WITHIN.days}
        return render(request, "follow/follow.html", context, status=status)


class Sent(View):
    """What a reader is told who asked, whoever they are."""

    def get(self, request):
        return render(request, "follow/sent.html", {"days": CONFIRM_WITHIN.days})


@method_decorator([never_cache, csrf_exempt], name="dispatch")
class LinkInMail(View):
    """A page behind a link in a mail. The token in its address is the proof.

    `follower` is None if they have left.
    """

    read_token = None

    def dispatch(self, request, *args, **kwargs):
        try:
            self.follower = type(self).read_token(kwargs["token"])
        except BadSignature:
            return render(request, "follow/no_link.html", status=404)
        return super().dispatch(request, *args, **kwargs)


class Confirm(LinkInMail):
    """The page behind the link to confirm: its button begins the mail."""

    read_token = staticmethod(alerts.follower_confirming)

    def get(self, request, token):
        if self.follower is None:
            return render(request, "follow/no_link.html", status=404)
        rows = in_words(self.follower.followings.all())
        context = {
            "waiting": [row for row in rows if not row[0].confirmed_at],
            "confirmed": [row for row in rows if row[0].confirmed_at],
            "stop": alerts.stop_link(self.follower),
        }
        return render(request, "follow/confirm.html", context)

    def post(self, request, token):
        if self.follower:
            self.follower.confirm(chosen_ids(request), timezone.now())
        return self.get(request, token)


class Stop(LinkInMail):
    """The page behind the link to end the mail: all of it, or one page of several."""

    read_token = staticmethod(alerts.follower_stopping)

    def get(self, request, token):
        rows = in_words(self.follower.followings.all()) if self.follower else []
        return render(request, "follow/stop.html", {"rows": rows})

    def post(self, request, token):
        if self.follower and "following" in request.POST:
            self.follower.leave(chosen_ids(request))
        elif self.follower:  # a mail program's one click says nothing else
            self.follower.leave()
        self.follower = alerts.follower_stopping(token)
        return self.get(request, token)


def read_topic(address):
    """What can be followed at an address, or 400."""
    parts_of(address)
    with one_moment(), reading():
        topic = alerts.read_topic(address, timezone.now())
        if topic is None:
            raise BadRequest("There is no such page, or it is none that can be followed by mail.")
        topic.words  # noqa: B018  which is read here, at the same moment
    return topic


def in_words(followings):
    """Each with the words for it: its address where it is not public any more."""
    at = timezone.now()
    with one_moment(), reading():
        topics = [(row, alerts.read_topic(row.address, at)) for row in followings]
        return [(row, topic.words if topic else row.address) for row, topic in topics]


def chosen_ids(request):
    """The rows that a form names."""
    return [int(pk) for pk in request.POST.getlist("following") if PK.fullmatch(pk)]


def send_link(request, email, address):
    """Send somebody who asked the link to confirm. The log does not say to which address."""
    try:
        alerts.ask(email, address, timezone.now())
    except Exception as error:
        # Not the error itself, which may quote the address.
        events.record("confirmation not sent", request, reason=type(error).__name__)
