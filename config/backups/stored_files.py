"""The files that rows name, which a backup holds beside the database."""

import hashlib
from typing import NamedTuple

from django.core.files import File
from django.core.files.storage import storages

from findings.models import Evidence
from lib.data_sets.models import DataSet, path_of

CHUNK = 1024 * 1024


class StoredFile(NamedTuple):
    """A file: the storage that keeps it (of `STORAGES`), its name there, and its SHA-256."""

    storage: str
    name: str
    sha256: str

    @property
    def part(self):
        """Its path in a backup."""
        return f"{self.storage}/{self.name}"


def needed_files():
    """The files that the rows which this transaction sees must have."""
    evidence = Evidence.objects.exclude(file="").order_by("file").values_list("file", "sha256")
    return {StoredFile("evidence", *row) for row in evidence} | {
        StoredFile("data_sets", path_of(file.name), file.sha256)
        for data_set in DataSet.objects.all()
        for file in data_set.data_files
    }


def fetch(file, folder):
    """Copy a stored file into a backup; whether it was there, and is still what it was.

    Only a storage that does not answer at all raises an error.
    """
    storage, path = storages[file.storage], folder / file.part
    try:
        source = storage.open(file.name)
    except FileNotFoundError:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    seen = hashlib.sha256()
    with source, path.open("wb") as copy:
        for chunk in source.chunks(CHUNK):
            seen.update(chunk)
            copy.write(chunk)
    if seen.hexdigest() != file.sha256:
        path.unlink()
        return False
    return True


def put_back(file, folder):
    """Store a file of a backup under its old name, unless it is there; whether it was not.

    Raises `FileExistsError` where another file has its name.
    """
    storage = storages[file.storage]
    if storage.exists(file.name):
        with storage.open(file.name) as there:
            if hashlib.file_digest(there, "sha256").hexdigest() == file.sha256:
                return False
        raise FileExistsError(file.part)
    with (folder / file.part).open("rb") as copy:
        storage.save(file.name, File(copy))
    return True
