"""Files chosen in a form: held for their writer until it is saved, or for an hour."""

import uuid
from io import BytesIO
from typing import Any

from django import forms
from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from .models import KEPT_FOR, HeldFile
from .uploads import NO_ROOM, is_lost

MOST_FILES = 10  # of one writer
HELD = "held-"  # before the name of a file's field


def hold_files(files: MultiValueDict, by: int) -> None:
    """Store files before anything else reads them; each knows as what it is held."""
    every = [file for name in files for file in files.getlist(name)]
    for file in [file for file in every if not (hasattr(file, "held_as") or is_lost(file))]:
        content_type = "".join(filter(str.isprintable, file.content_type or ""))[:255]
        file.held_as = HeldFile.objects.create(
            by_id=by,
            # Without marks that turn the direction of writing: the page shows this name.
            name="".join(filter(str.isprintable, file.name or "file"))[-255:],
            content_type=content_type,
            data=file.read(),
            at=timezone.now(),
        ).pk
        file.seek(0)
    newest = HeldFile.objects.filter(by=by).order_by("-at").values("pk")[:MOST_FILES]
    HeldFile.objects.filter(by=by).exclude(
        pk__in=list(newest.values_list("pk", flat=True))
    ).delete()


def held_files(data: QueryDict, by: int) -> MultiValueDict:
    """The held files that a form names, by their fields."""
    found, since = MultiValueDict(), timezone.now() - KEPT_FOR
    for name in [name for name in data if name.startswith(HELD)]:
        keys = [key for key in map(parse_key, data.getlist(name)[:MOST_FILES]) if key]
        for held in HeldFile.objects.filter(by=by, at__gte=since, pk__in=keys):
            found.appendlist(name.removeprefix(HELD), open_held(held, name.removeprefix(HELD)))
    return found


def parse_key(text: str) -> uuid.UUID | None:
    """The key of a held file; None if it is none."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def open_held(held: HeldFile, field: str) -> InMemoryUploadedFile:
    """A held file as if it had just been sent."""
    data = bytes(held.data)
    file = InMemoryUploadedFile(BytesIO(data), field, held.name, held.content_type, len(data), None)
    file.held_as = held.pk
    return file


def put_back_files(request: HttpRequest) -> None:
    """Close a request's files, and give it those that are held in their place."""
    keys = {name: request.FILES.getlist(name) for name in request.FILES}
    request.close()
    request.FILES.clear()
    for name, files in keys.items():
        for held in HeldFile.objects.filter(pk__in=[getattr(f, "held_as", None) for f in files]):
            request.FILES.appendlist(name, open_held(held, name))


class HeldFileInput(forms.FileInput):
    """A field for a file; a file that was chosen before is offered again."""

    template_name = "forms/held_file_input.html"

    def get_context(self, name: str, value: Any, attrs: dict | None) -> dict[str, Any]:  # noqa: ANN401
        context = super().get_context(name, value, attrs)
        files = value if isinstance(value, (list, tuple)) else [value]
        # A file that was refused is not offered again, unless the fault was ours.
        is_refused = bool(attrs and attrs.get("aria-invalid"))
        context["held_name"] = HELD + name
        context["held"] = [
            file
            for file in files
            if isinstance(file, UploadedFile)
            and hasattr(file, "held_as")
            and (not is_refused or hasattr(file, "fault_was_ours"))
        ]
        return context


class HeldFileField(forms.FileField):
    """A file; where its form is refused for another reason, it need not be chosen again."""

    widget = HeldFileInput

    def bound_data(self, data: Any, initial: Any) -> Any:  # noqa: ANN401
        return data or initial

    def clean(self, data: Any, initial: Any = None) -> Any:  # noqa: ANN401
        if is_lost(data):
            raise forms.ValidationError(NO_ROOM)
        return super().clean(data, initial)
