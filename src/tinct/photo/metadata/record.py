"""Metadata of a photo, and the file that receives it."""

from __future__ import annotations

from dataclasses import dataclass, field

from tinct.photo.metadata import tiff
from tinct.photo.metadata.encoding import Encoding
from tinct.photo.metadata.provenance import Provenance
from tinct.photo.metadata.resolution import Resolution


@dataclass(frozen=True)
class Metadata:
    """What came with a photo.

    directory: its EXIF tags, or those of the TIFF page; order: the byte order that they were written in. xmp: its
    packet. iptc: Photoshop's resources or IPTC's records. orientation: 1 to 8, which is undone in the result. big:
    it is a BigTIFF. quality, comments: JPEG's. chunks: PNG's texts and time, as they stand in the file. lossless:
    it is a WebP, AVIF or JPEG XL without loss. encoding: what a file says about its colours beside an ICC profile.
    """

    directory: tiff.Directory = field(default_factory=tiff.Directory)
    order: str = "<"
    xmp: bytes | None = None
    iptc: bytes = b""
    orientation: int = 1
    resolution: Resolution | None = None
    of_tiff: bool = False
    big: bool = False
    quality: int | None = None
    comments: tuple[bytes, ...] = ()
    chunks: tuple[bytes, ...] = ()
    lossless: bool = False
    encoding: Encoding | None = None

    @property
    def turned(self) -> bool:
        """Whether the photo had to be rotated."""
        return self.orientation in range(2, 9)

    @property
    def sideways(self) -> bool:
        """Whether its width becomes the height of the result."""
        return self.orientation in (5, 6, 7, 8)

    def resolution_of_result(self) -> Resolution | None:
        """Resolution after rotation."""
        return self.resolution.turned() if self.resolution is not None and self.sideways else self.resolution


@dataclass(frozen=True)
class Target:
    """The file that receives metadata: a name of `registry.FORMATS`, its colours, its provenance."""

    kind: str
    is_srgb: bool
    provenance: Provenance
