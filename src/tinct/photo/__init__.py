"""Photos, at full size and depth: read, shrunk for a network, joined with its colour, written whole."""

import pyvips

from tinct.photo.compose import join, shrunk, to_array
from tinct.photo.formats.registry import FORMATS, format_of, photos_in, suffix_of
from tinct.photo.jpeg_degradation import compressed
from tinct.photo.layers import colour_layer, write_layers
from tinct.photo.pixels import pixels
from tinct.photo.reading import Photo, page_count, read
from tinct.photo.shards import read_photos
from tinct.photo.tones import auto_contrast
from tinct.photo.writing import to_bytes, write, write_pages

__all__ = [
    "FORMATS",
    "Photo",
    "auto_contrast",
    "colour_layer",
    "compressed",
    "format_of",
    "join",
    "page_count",
    "photos_in",
    "pixels",
    "read",
    "read_photos",
    "shrunk",
    "suffix_of",
    "to_array",
    "to_bytes",
    "write",
    "write_layers",
    "write_pages",
]

# libvips' cache of finished operations would keep photos open, and give back the old picture of a changed
# file.
pyvips.cache_set_max(0)
