"""What waitress holds of requests and responses: on the disk beyond a size, where that has room."""

import os
from contextlib import suppress

from waitress import buffers, channel, parser


class Buffer(buffers.OverflowableBuffer):
    """Bytes that wait to be read; in memory where the disk of temporary files takes no more.

    waitress would close the connection, and nobody would be told why. How much all connections
    may hold is limited elsewhere, wherever it is held.
    """

    def append(self, data: bytes) -> None:
        """Add bytes at the end, and let go of those that have been read."""
        if not self.overflowed:
            # waitress would keep them until the client is slow, or 16 MB have gone this way; its
            # own `prune` loses its place.
            if self.buf is not None and self.buf.file.tell() >= self.overflow:
                self._begin_with(self.buf.get())
            super().append(data)
            return
        file, length = self.buf.file, len(self.buf)
        start = file.tell()
        try:
            super().append(data)
            file.flush()
        except OSError:
            self._hold(os.pread(file.fileno(), length, start) + data)

    def _set_large_buffer(self) -> None:
        held = self.buf.get() if self.buf is not None else b""
        larger = None
        try:
            larger = buffers.TempfileBasedBuffer()
            larger.append(held)
            larger.file.flush()
        except OSError:
            self._hold(held)
            close(larger)
        else:
            close(self.buf)
            self.buf, self.overflowed = larger, True

    def _hold(self, data: bytes) -> None:
        """Hold these bytes in memory, and whatever comes from now on."""
        self._begin_with(data)
        self.overflow = float("inf")

    def _begin_with(self, data: bytes) -> None:
        close(self.buf)
        self.buf, self.overflowed = buffers.BytesIOBasedBuffer(), False
        self.buf.append(data)


def close(buffer: buffers.FileBasedBuffer | None) -> None:
    """Close a buffer, whatever it could not write."""
    if buffer is not None:
        with suppress(OSError):
            buffer.close()


# waitress asks for no other class anywhere.
channel.OverflowableBuffer = parser.OverflowableBuffer = Buffer
