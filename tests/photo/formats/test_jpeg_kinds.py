"""What libvips cannot decode in a JPEG is named, and a file that ends early has no name for it."""

from __future__ import annotations

import io

from tinct.photo.formats import jpeg_kinds

FRAME = b"\xff\xd8\xff\xc9\x00\x0b\x08\x00\x60\x00\x80\x01\x01\x11\x00\xff\xda"


def test_a_jpeg_that_ends_within_its_frame_header_is_not_named() -> None:
    assert jpeg_kinds.unread(io.BytesIO(FRAME)) == "JPEG with arithmetic coding"
    for length in range(len(FRAME)):
        jpeg_kinds.unread(io.BytesIO(FRAME[:length]))
    assert jpeg_kinds.unread(io.BytesIO(FRAME[:6])) is None
