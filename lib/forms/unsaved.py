"""What was typed and not saved: kept for its writer, and shown again on its page."""

import hashlib
import re
from typing import Any, NamedTuple

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.forms import BaseForm
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from .files import held_files
from .models import HeldFile, UnsavedForm, sweep
from .tokens import TOKEN, VALID_FOR

MOST_FORMS = 50  # of one writer
MOST_LETTERS = 2_500_000
# Never kept: what proves who somebody is, and what only this sending needs.
SECRETS = re.compile(r"passw|passphrase|secret|otp|^code$|-code$", re.IGNORECASE)
OWN_FIELDS = ("csrfmiddlewaretoken", TOKEN, "unsaved_page", "unsaved_token")
# They only say where a reader came from.
PASSING = ("_changelist_filters", "more")


class Unsaved(NamedTuple):
    """What somebody typed on a page before, and the files that they chose."""

    data: QueryDict
    files: MultiValueDict


def page_key(path: str) -> str:
    """What a page's address is known by."""
    path, _, query = path.partition("?")
    parameters = QueryDict(query, mutable=True)
    for name in PASSING:
        parameters.pop(name, None)
    return hashlib.sha256(f"{path}?{parameters.urlencode()}".encode()).hexdigest()


def keep(by: int, path: str, data: QueryDict) -> None:
    """Keep what somebody typed on a page."""
    kept = data.copy()
    for name in [name for name in kept if name in OWN_FIELDS or SECRETS.search(name)]:
        del kept[name]
    text = kept.urlencode()
    if len(text) > MOST_LETTERS:
        return
    UnsavedForm.objects.update_or_create(
        by_id=by, page=page_key(path), defaults={"data": text, "at": timezone.now()}
    )
    newest = UnsavedForm.objects.filter(by=by).order_by("-at").values_list("pk", flat=True)
    UnsavedForm.objects.filter(by=by).exclude(pk__in=list(newest[:MOST_FORMS])).delete()


def forget(by: int, path: str) -> None:
    """Forget what somebody typed on a page."""
    UnsavedForm.objects.filter(by=by, page=page_key(path)).delete()


def restore(request: HttpRequest) -> Unsaved | None:
    """What the reader typed on this page and did not save; the page then says so."""
    request.unsaved = None
    if request.method != "GET":
        return None
    since = timezone.now() - VALID_FOR
    kept = UnsavedForm.objects.filter(
        by=request.user.pk, page=page_key(request.get_full_path()), at__gte=since
    ).first()
    if kept:
        data = QueryDict(kept.data)
        request.unsaved = Unsaved(data, held_files(data, request.user.pk))
    return request.unsaved


def typed_values(form: BaseForm, data: QueryDict, files: MultiValueDict) -> dict[str, Any]:
    """What was typed in a form, as the initial values of a new one."""
    return {
        name: field.widget.value_from_datadict(data, files, form.add_prefix(name))
        for name, field in form.fields.items()
        if not field.disabled
    }


def form_with_typed(form_class: type[BaseForm], unsaved: Unsaved) -> type[BaseForm]:
    """The form class, whose forms show what was typed."""

    class FormWithTyped(form_class):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.initial |= typed_values(self, *unsaved)

    return FormWithTyped


@receiver(user_logged_out)
def forget_all(sender: object, request: HttpRequest, user: Any, **kwargs: Any) -> None:  # noqa: ANN401
    """Forget what a person typed when they sign out, but not when their session is ended."""
    match = getattr(request, "resolver_match", None)
    if user and match and match.view_name in ("account_logout", "admin:logout"):
        for model in (UnsavedForm, HeldFile):
            model.objects.filter(by=user.pk).delete()


@receiver(user_logged_in)
def sweep_at_sign_in(sender: object, **kwargs: Any) -> None:
    """Delete what is too old, even where nobody has sent a form since."""
    sweep(timezone.now())
