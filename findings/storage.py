"""Where files of evidence are kept: all of a file with its row, or nothing of it."""

import hashlib
import logging
import os
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.core.files.storage import FileSystemStorage, storages
from django.db import models, transaction

logger = logging.getLogger(__name__)
NOT_STORED = (
    "We could not store the file because our storage is full or does not work. Nothing was saved. "
    "Tell the people who run this site, and try again later."
)


class NotStoredError(ValidationError):
    """A file could not be stored; nothing of it is left."""


def evidence_storage():
    """The storage of evidence: a folder that no web server serves, or a bucket."""
    return storages["evidence"]


def evidence_place(evidence, filename):
    """The path of a file, made from its hash: no name that somebody typed becomes a path.

    No two files ever have one path: what is left of one that failed can be deleted.
    """
    return f"{evidence.sha256[:2]}/{evidence.sha256}-{uuid4().hex}"


class WholeFiles:
    """A storage in which a file that could not be written whole leaves nothing."""

    def _save(self, name, content):
        try:
            return super()._save(name, content)
        except Exception:  # each store has exceptions of its own
            delete_file(self, name)
            raise


class LastingFiles(FileSystemStorage):
    """A folder whose files are on the disk once they are stored, as their rows are.

    Else a row could outlive its file when a machine stops; and some disks say only now that they
    are full.
    """

    def _save(self, name, content):
        name = super()._save(name, content)
        file = Path(self.path(name))
        for path in (file, file.parent, file.parent.parent):
            write_through(path)
        return name


def write_through(path):
    """Have a file, or what a folder names, written to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class EvidenceFolder(WholeFiles, LastingFiles):
    """A folder."""


class EvidenceFileField(models.FileField):
    """A file that is stored with its row. Raises `NotStoredError` where the storage refuses."""

    def pre_save(self, model_instance, add):
        try:
            return super().pre_save(model_instance, add)
        except Exception as error:  # as above
            logger.exception("A file of evidence could not be stored.")
            getattr(model_instance, self.name).file.fault_was_ours = True
            raise NotStoredError({self.name: NOT_STORED}) from error


@contextmanager
def file_with_row(piece):
    """Delete the new file of a piece of evidence again if its row is not saved after all."""
    try:
        yield
    except BaseException:
        if piece.file and piece.file._committed:
            delete_file(piece.file.storage, piece.file.name)
        raise


def delete_with_row(sender, instance, **kwargs):
    """Delete the file of evidence that was deleted, once nothing can bring its row back."""
    if instance.file:
        storage, name = instance.file.storage, instance.file.name
        transaction.on_commit(lambda: delete_file(storage, name))


def delete_file(storage, name):
    """Delete a file; if that fails it is an orphan, which `sweep_evidence` finds."""
    try:
        storage.delete(name)
    except Exception:  # as above
        logger.exception("A file of evidence could not be deleted: %s", name)


def has_its_hash(piece, file):
    """Whether an open file is still the one that was uploaded."""
    file.seek(0)
    found = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return found == piece.sha256
