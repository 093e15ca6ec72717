"""The data sets that were made, each with its files."""

from datetime import datetime
from typing import NamedTuple

from django.core.files.storage import Storage, storages
from django.db import models
from django.urls import reverse

from ..audit.data_version import DataVersion
from ..audit.triggers import audited


class DataFile(NamedTuple):
    """A file of a data set: what it is called, in which format, its bytes and its SHA-256."""

    name: str
    format: str
    size: int
    sha256: str

    @property
    def title(self) -> str:
        """What is in it."""
        return FORMATS[self.format].title

    @property
    def length(self) -> str:
        """Its bytes in words."""
        return f"{self.size:,} bytes"


class FileFormat(NamedTuple):
    """A format of a data set: the end of a file's name, what is in it, its type on the web."""

    ending: str
    title: str
    content_type: str


FORMATS = {
    "zip": FileFormat("zip", "CSV files, zipped", "application/zip"),
    "xlsx": FileFormat(
        "xlsx",
        "Workbook (XLSX)",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    "parquet": FileFormat("parquet.zip", "Parquet files, zipped", "application/zip"),
}


class DataSetQuerySet(models.QuerySet):
    """Data sets: the newest first."""

    def made_by(self, at: datetime) -> "DataSetQuerySet":
        """Those that had been made by a moment."""
        return self.filter(as_at__lte=at)


@audited()
class DataSet(models.Model):
    """All that was public at a moment, as files that are kept; nothing of it ever changes."""

    day = models.DateField()
    number = models.PositiveSmallIntegerField(help_text="Its place among those of its day.")
    as_at = models.DateTimeField()
    # The version of the data that it holds: the last for which nothing in it had changed. Its own
    # row is audited, so that its page is made anew, and counts as the last change of that version.
    changes = models.PositiveBigIntegerField()
    released_at = models.DateTimeField(null=True)
    tables = models.JSONField(help_text="Each table’s name, title, description and rows.")
    files = models.JSONField(help_text="Each file’s name, format, size in bytes and SHA-256.")

    objects = DataSetQuerySet.as_manager()

    class Meta:
        ordering = ["-day", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["day", "number"],
                name="one_data_set_per_place_in_a_day",
                violation_error_message="There is such a data set of this day already.",
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Its day and, from the second of a day on, its number, as its files are called."""
        return f"{self.day}-{self.number}" if self.number > 1 else f"{self.day}"

    @property
    def data_files(self) -> list[DataFile]:
        """Its files."""
        return [DataFile(**one) for one in self.files]

    def find_file(self, name: str) -> DataFile | None:
        """The file that is called so."""
        return next((one for one in self.data_files if one.name == name), None)

    def file_in(self, file_format: str) -> DataFile | None:
        """The file in a format."""
        return next((one for one in self.data_files if one.format == file_format), None)

    def address_of(self, file: DataFile) -> str:
        """The address of a file, which never changes."""
        return reverse("data_set_file", args=[self.day, file.name])

    @property
    def links(self) -> list[tuple[DataFile, str]]:
        """Its files, each with its address."""
        return [(one, self.address_of(one)) for one in self.data_files]

    def remember(self, version: DataVersion) -> None:
        """Save it as what this version of the data holds."""
        self.changes, self.released_at = version.changes + 1, version.released_at
        self.save()

    def is_of(self, version: DataVersion) -> bool:
        """Whether it holds what is public in this version of the data."""
        return (self.changes, self.released_at) == (version.changes, version.released_at)


def storage() -> Storage:
    """Where the files are kept."""
    return storages["data_sets"]


def path_of(name: str) -> str:
    """Where a file is kept there."""
    return f"{name.partition('.')[0]}/{name}"
