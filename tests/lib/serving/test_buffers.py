"""What is held of requests and responses."""

from lib.serving.buffers import Buffer


def test_what_a_client_has_read_is_held_no_longer():
    buffer, written, read = Buffer(100_000), [], []
    for number in range(500):
        piece = bytes([number % 256]) * 9_000
        buffer.append(piece)
        written.append(piece)
        if number > 5:
            read.append(buffer.get(9_000))
            buffer.skip(len(read[-1]), True)
        assert buffer.buf.file.getbuffer().nbytes < 300_000
    assert b"".join(read) + buffer.get() == b"".join(written)
