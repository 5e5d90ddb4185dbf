"""Photos at full size and depth: reading, network input, composition with chroma, writing."""

import pyvips

from tinct.photo.before_after import write_before_after
from tinct.photo.color_photos import is_color_photo, is_in_color
from tinct.photo.compose import (
    Window,
    chroma_coefficients,
    content_shape,
    join,
    network_input,
    network_input_of_size,
    render,
    to_array,
    window,
)
from tinct.photo.formats.folders import Listing, find_photos, is_photo_file, list_photos
from tinct.photo.formats.registry import FORMATS, format_by_name, format_of, result_suffix, suffix_of
from tinct.photo.jpeg_degradation import jpeg_roundtrip
from tinct.photo.layers import colour_layer, write_layers
from tinct.photo.picture.guided_upsampling import coefficients as guided_coefficients
from tinct.photo.picture.profiles import check_profile
from tinct.photo.pixels import decode_srgb
from tinct.photo.reading import Photo, page_count, read
from tinct.photo.recorded import read_provenance
from tinct.photo.scaling import scaled
from tinct.photo.shards import read_photos
from tinct.photo.sources import suffix_of_content
from tinct.photo.thumbnails import encode_for_browser, thumbnail_jpeg
from tinct.photo.tiled import tiled
from tinct.photo.tones import auto_contrast
from tinct.photo.uncertainty import uncertainty_map, uncertainty_picture
from tinct.photo.writing import Progress, pages_to_bytes, to_bytes, write, write_pages

__all__ = [
    "FORMATS",
    "Listing",
    "Photo",
    "Progress",
    "Window",
    "auto_contrast",
    "check_profile",
    "chroma_coefficients",
    "colour_layer",
    "content_shape",
    "decode_srgb",
    "disable_cache",
    "encode_for_browser",
    "find_photos",
    "format_by_name",
    "format_of",
    "guided_coefficients",
    "is_color_photo",
    "is_in_color",
    "is_photo_file",
    "join",
    "jpeg_roundtrip",
    "libvips_version",
    "list_photos",
    "network_input",
    "network_input_of_size",
    "page_count",
    "pages_to_bytes",
    "read",
    "read_photos",
    "read_provenance",
    "render",
    "result_suffix",
    "scaled",
    "suffix_of",
    "suffix_of_content",
    "thumbnail_jpeg",
    "tiled",
    "to_array",
    "to_bytes",
    "uncertainty_map",
    "uncertainty_picture",
    "window",
    "write",
    "write_before_after",
    "write_layers",
    "write_pages",
]


def libvips_version() -> str:
    """The version of libvips, such as 8.17.1."""
    return ".".join(str(pyvips.version(part)) for part in range(3))


def disable_cache() -> None:
    """Switch off the operation cache of libvips for this process, which would keep finished photos in memory.

    For programs that libvips serves for tinct alone; a host application keeps its own setting.
    """
    pyvips.cache_set_max(0)
