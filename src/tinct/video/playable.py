"""Small copies of films that browsers play: H.264 and AAC in MP4, with the film's own timestamps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import av

from tinct.video.output.saving import resumable
from tinct.video.source.frames import frames_from, read_frames
from tinct.video.source.probe import Clip, open_clip

# Timestamps of all frames of a clip, and the numbers of the first one and of the one after the last.
Excerpt = tuple[Sequence[int], int, int]

# Lines of a copy at most.
MOST_LINES = 480
_PICTURES = {
    "mp4": ("h264", "vp9", "libvpx-vp9", "av1", "libdav1d", "libaom-av1"),
    "webm": ("vp8", "libvpx", "vp9", "libvpx-vp9", "av1", "libdav1d", "libaom-av1"),
}
_SOUNDS = ("aac", "mp3", "mp3float", "opus", "libopus", "vorbis", "libvorbis", "flac")
_SOUND_RATE = 48000


def plays_as_it_is(clip: Clip) -> bool:
    """Whether the browsers of today play a clip: 8 bits of H.264, VP9 or AV1 in MP4, or VP8, VP9 or AV1 in WebM."""
    kind = "webm" if clip.path.suffix.lower() == ".webm" else "mp4" if "mp4" in clip.container else ""
    sounds = [each.codec for each in clip.others if each.kind == "audio"]
    return (
        clip.codec in _PICTURES.get(kind, ())
        and clip.pixel_format in ("yuv420p", "yuvj420p")
        and all(each in _SOUNDS for each in sounds)
    )


def write_playable(
    clip: Clip,
    path: Path,
    *,
    excerpt: Excerpt | None = None,
    progress: Callable[[int, int], None] = lambda *_: None,
    stopped: Callable[[], bool] = lambda: False,
) -> bool:
    """Write a copy of a clip that plays in browsers, to be overwritten; False if stopped, which leaves none.

    excerpt: frames of a copy that has no sound and begins at 0. Raises VideoError.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with resumable(path):
            whole = _write(clip, part, excerpt, progress, stopped)
            if whole:
                part.replace(path)
            return whole
    finally:
        part.unlink(missing_ok=True)


def _write(
    clip: Clip,
    path: Path,
    excerpt: Excerpt | None,
    progress: Callable[[int, int], None],
    stopped: Callable[[], bool],
) -> bool:
    width, height = clip.shown_size
    scale = min(1.0, MOST_LINES / min(width, height))
    size = [max(2, 2 * round(each * scale / 2)) for each in (width, height)]
    frames, total, zero = read_frames(clip), clip.frames, 0
    if excerpt is not None:
        timestamps, start, end = excerpt
        frames, total, zero = (
            frames_from(clip, timestamps[:end], start, seek=True),
            end - start,
            timestamps[start],
        )
    with av.open(str(path), "w", format="mp4", container_options={"movflags": "+faststart"}) as out:
        stream: Any = out.add_stream("libx264", rate=clip.rate, options={"crf": "23", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.time_base = stream.codec_context.time_base = clip.time_base
        context, tags = stream.codec_context, clip.tags
        context.color_range, context.colorspace = tags.range, tags.matrix
        context.color_primaries, context.color_trc = tags.primaries, tags.transfer
        if clip.display_matrix is not None:
            stream.set_display_matrix(clip.display_matrix)
        sound = _Sound(clip, out) if excerpt is None else None
        for done, frame in enumerate(frames, 1):
            if stopped():
                return False
            shown = frame.reformat(
                *size,
                "yuv420p",
                dst_colorspace=tags.matrix,
                src_color_range=tags.range,
                dst_color_range=tags.range,
            )
            shown.pts, shown.time_base, shown.pict_type = frame.pts - zero, clip.time_base, 0
            out.mux(stream.encode(shown))
            if sound is not None:
                sound.write_until(float(frame.pts * clip.time_base))
            progress(done, max(total, done))
        out.mux(stream.encode())
        if sound is not None:
            sound.write_until(None)
    return True


class _Sound:
    """The first sound of a clip, encoded anew piece by piece beside its pictures."""

    def __init__(self, clip: Clip, out: Any) -> None:
        self._out = out
        self._has_sound = any(each.kind == "audio" for each in clip.others)
        if self._has_sound:
            self._stream = out.add_stream("aac", rate=_SOUND_RATE, layout="stereo")
            self._pieces = _sound_of(clip)
            self._waiting: Any = None

    def write_until(self, time: float | None) -> None:
        """Write what sounds before a time in seconds; None: all the rest."""
        if not self._has_sound:
            return
        while True:
            piece = self._waiting if self._waiting is not None else next(self._pieces, None)
            self._waiting = None
            if piece is None:
                break
            if time is not None and piece.time > time:
                self._waiting = piece
                return
            self._out.mux(self._stream.encode(piece))
        if time is None:
            self._out.mux(self._stream.encode())


def _sound_of(clip: Clip) -> Iterator[Any]:
    """Resampled pieces of the first sound; what cannot be decoded is left out."""
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=_SOUND_RATE)
    with open_clip(clip.path) as container:
        for packet in container.demux(container.streams.audio[0]):
            try:
                decoded = list(packet.decode())
            except av.error.FFmpegError:
                continue
            for frame in decoded:
                yield from resampler.resample(frame)
        yield from resampler.resample(None)
