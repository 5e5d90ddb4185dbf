"""Codecs of a result: encoders, their options, and the stream that carries the clip's properties."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import av

from tinct.errors import OptionError
from tinct.video.source.pixel_formats import FrameFormat, has_alpha, output_format, source_depth, yuv_format
from tinct.video.source.probe import Clip

CODECS = {
    "h264": "libx264", "hevc": "libx265", "av1": "libsvtav1", "vp9": "libvpx-vp9",
    "prores": "prores_ks", "ffv1": "ffv1",
}  # fmt: skip
DEFAULT_QUALITY = 80
# AV_FIELD_*: top or bottom field stored first.
_FIELD_ORDERS = (2, 3, 4, 5)
# Codecs with alpha, and the suffixes of the containers that keep it.
_WITH_ALPHA = {
    "ffv1": (".mkv", ".avi"), "prores": (".mov", ".mkv"), "vp9": (".mkv", ".webm"),
}  # fmt: skip
# After fewer frames x265 gives its packets decoding timestamps from memory that it never set.
_LEAST_FRAMES = 3
_INTERLACED_FLAGS = "+ildct+ilme"


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec, its encoder in FFmpeg, the pixel format and the encoder's options."""

    codec: str
    encoder: str
    format: FrameFormat
    options: tuple[tuple[str, str], ...]

    @property
    def alpha(self) -> bool:
        """Whether the result has an alpha channel."""
        return has_alpha(self.format.name)

    def add_stream(self, out: Any, clip: Clip) -> Any:
        """Add the picture stream to an output container."""
        stream = out.add_stream(self.encoder, rate=clip.rate, options=dict(self.options))
        stream.width, stream.height, stream.pix_fmt = clip.width, clip.height, self.format.name
        stream.time_base = clip.time_base
        context = stream.codec_context
        context.time_base = clip.time_base
        context.sample_aspect_ratio = clip.aspect
        context.color_range, context.colorspace = clip.tags.range, clip.tags.matrix
        context.color_primaries, context.color_trc = clip.tags.primaries, clip.tags.transfer
        if clip.interlaced and clip.field_order in _FIELD_ORDERS:
            context.field_order = clip.field_order
        if clip.display_matrix is not None:
            stream.set_display_matrix(clip.display_matrix)
        return stream


def last_packets(stream: Any, frames: int) -> list[Any]:
    """The packets that an encoder still holds after so many frames."""
    packets = list(stream.encode())
    if frames < _LEAST_FRAMES:
        for packet in packets:
            packet.dts = packet.pts
    return packets


def choose_encoding(clip: Clip, codec: str | None, quality: int | None, suffix: str) -> Encoding:
    """The encoding for a clip in a container of that suffix: by default H.264, or HEVC for more than 8 bits; of a
    clip with alpha a codec that keeps it, if the container holds one.

    quality: 1 to 100, of a lossy codec. Raises OptionError for a codec that cannot keep the clip's luma, or whose
    encoder this build of PyAV lacks.
    """
    depth = source_depth(yuv_format(clip.pixel_format))
    alpha = has_alpha(clip.pixel_format)
    chosen = (
        codec or (_codec_with_alpha(clip, suffix) if alpha else None) or ("h264" if depth == 8 else "hevc")
    )
    if chosen not in CODECS:
        raise OptionError(f"codec is {chosen!r}; give one of {', '.join(CODECS)}")
    encoder = CODECS[chosen]
    try:
        av.Codec(encoder, "w")
    except ValueError:
        raise OptionError(
            f"the installed PyAV has no encoder {encoder} for {chosen}; choose another --codec, such as ffv1"
        ) from None
    level = DEFAULT_QUALITY if quality is None else quality
    if not 1 <= level <= 100:
        raise OptionError(f"quality is {level}; give a number from 1 to 100")
    target = output_format(clip, encoder, alpha and suffix in _WITH_ALPHA.get(chosen, ()))
    options = _options(chosen, level)
    if chosen == "prores":
        options["profile"] = "hq" if target.across == 2 else "4444"
        options["alpha_bits"] = "16" if has_alpha(target.name) else "0"
    if chosen == "ffv1" and (clip.width % 2 == 0 or target.across == 1):
        # FFmpeg's FFV1 has no slices of odd width with chroma of half the width.
        options["slices"] = "4"
    if clip.interlaced and chosen in ("h264", "ffv1"):
        options["flags"] = _INTERLACED_FLAGS
    return Encoding(chosen, encoder, target, tuple(sorted(options.items())))


def _codec_with_alpha(clip: Clip, suffix: str) -> str | None:
    """The codec for a clip with alpha in a container, None if it holds none."""
    if suffix in (".mkv", ".webm") and clip.codec in ("vp8", "vp9", "libvpx", "libvpx-vp9"):
        return "vp9"
    if suffix == ".mov":
        return "prores"
    return "ffv1" if suffix in _WITH_ALPHA["ffv1"] else None


def _options(codec: str, quality: int) -> dict[str, str]:
    if codec in ("h264", "hevc"):
        constant = str(round(51 - 0.41 * quality, 1))
        if codec == "h264":
            # With macroblock trees two runs differ.
            return {"crf": constant, "preset": "medium", "x264-params": "mbtree=0"}
        return {"crf": constant, "preset": "medium", "x265-params": "log-level=none"}
    constant = str(round(63 - 0.45 * quality))
    return {
        "av1": {"crf": constant, "preset": "8"},
        "vp9": {"crf": constant, "b": "0", "cpu-used": "4", "row-mt": "1", "deadline": "good"},
        "prores": {},
        "ffv1": {"level": "3", "coder": "1", "context": "1", "g": "1", "slicecrc": "1"},
    }[codec]
