"""Files too large for memory, on their way in: they wait on the disk, where it has room."""

import contextlib
import logging
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler

logger = logging.getLogger(__name__)
NO_ROOM = (
    "We could not receive the file because our disk is full. Nothing was saved. Tell the people "
    "who run this site, then choose the file again."
)


def is_lost(file: object) -> bool:
    """Whether a file was sent to us and there was no room for it."""
    return getattr(file, "is_lost", False)


class DiskUploadHandler(TemporaryFileUploadHandler):
    """Writes an upload to the disk; one for which there is no room is lost, its form is not.

    What it gives for a lost file is empty: its field says what happened.
    """

    file: UploadedFile | None = None
    lost = False

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        self.file, self.lost = None, False
        try:
            super().new_file(*args, **kwargs)
        except OSError:
            self.lose()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self.lost:
            return
        try:
            super().receive_data_chunk(raw_data, start)
        except OSError:
            self.lose()

    def file_complete(self, file_size: int) -> UploadedFile:
        if not self.lost:
            try:
                return super().file_complete(file_size)
            except OSError:  # what was still to be written
                self.lose()
        file = InMemoryUploadedFile(
            BytesIO(), self.field_name, self.file_name, self.content_type, 0, self.charset
        )
        file.is_lost = True
        return file

    def lose(self) -> None:
        """Forget what came of the file, and give its room back."""
        logger.exception("There was no room for a file that somebody sent.")
        self.lost = True
        if self.file:
            with contextlib.suppress(OSError):
                self.file.close()  # which deletes it
        self.file = None

    def upload_interrupted(self) -> None:
        if self.file:
            super().upload_interrupted()
