"""The form by which files are sent to be imported."""

from typing import Any

from django import forms

from lib.forms.files import HeldFileField, HeldFileInput
from lib.sheets.values import split_list

from . import kinds
from .running import Options, SentFile

MOST_BYTES = 20 * 1024 * 1024


class FilesInput(HeldFileInput):
    """A field for several files."""

    allow_multiple_selected = True


class FilesField(HeldFileField):
    """Several files, none too large."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[SentFile]:  # noqa: ANN401
        files = [super(FilesField, self).clean(file, initial) for file in data or [None]]
        if sum(file.size for file in files) > MOST_BYTES:
            raise forms.ValidationError("Together, files may have 20 MB at most.")
        names = [file.name for file in files]
        if len(set(names)) < len(names):
            raise forms.ValidationError("Two of the files have the same name.")
        return [SentFile(file.name[:200], file.read()) for file in files]


class UploadForm(forms.Form):
    """Files to be looked at, and how they are to be read."""

    required_css_class = "required"

    files = FilesField(
        label="Files",
        help_text="CSV, XLSX or ODS, up to 10 at once. Nothing is written before you have seen "
        "what would change.",
    )
    kind = forms.ChoiceField(
        label="What they hold", required=False, help_text="Only where the headings do not say it."
    )
    leave_out = forms.CharField(
        label="Columns to leave out",
        required=False,
        help_text="Headings with semicolons between them, such as those of columns with names of "
        "people. They are not read and not kept.",
    )
    carry_down = forms.CharField(
        label="Columns with merged cells",
        required=False,
        help_text="Headings of columns in which a merged cell holds for all its rows.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(kind.kind, kind().title) for kind in kinds.in_order()]
        self.fields["kind"].choices = [("", "As the headings say"), *choices]

    def options(self) -> Options:
        """How the files are to be read."""
        data = self.cleaned_data
        return Options(
            kind=data["kind"],
            leave_out=tuple(split_list(data["leave_out"])),
            carry_down=tuple(split_list(data["carry_down"])),
        )
