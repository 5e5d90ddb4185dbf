"""A result keeps the luma, the timestamps and every stream of its film; ffmpeg and ffprobe are asked."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.video.clips import chroma_of, ffprobe, frame_times, luma_of, pan, write_clip
from tinct.video.film import FilmResult
from tinct.video.plan import FilmOptions, plan_film
from tinct.video.source.probe import probe

Colour = Callable[..., FilmResult]
H264 = {"options": {"preset": "ultrafast", "crf": "10"}, "codec": "libx264"}


@pytest.mark.parametrize(
    ("pixel_format", "depth"),
    [("yuv420p", 8), ("yuv422p", 8), ("gray", 8), ("yuv420p10le", 10), ("yuv444p10le", 10), ("gray10le", 10)],
)
def test_the_luma_of_an_archive_is_that_of_the_film_bit_for_bit(
    pixel_format: str, depth: int, tmp_path: Path, colour: Colour
) -> None:
    frames = [
        frame.astype(np.uint16) * (1 << (depth - 8)) + number % 3 for number, frame in enumerate(pan(1, 6))
    ]
    frames = [frame.astype(np.uint8) if depth == 8 else frame for frame in frames]
    source = write_clip(tmp_path / "in.mkv", frames, pixel_format=pixel_format)
    colour(source, tmp_path / "out.mkv", archive=True)
    assert (
        luma_of(tmp_path / "out.mkv", depth)
        == luma_of(source, depth)
        == b"".join(f.tobytes() for f in frames)
    )
    assert np.abs(chroma_of(tmp_path / "out.mkv")).max() > 3


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_timestamps_of_a_phone_with_a_variable_frame_rate_are_kept(
    suffix: str, tmp_path: Path, colour: Colour
) -> None:
    timestamps = [0, 3003, 6100, 9000, 15000, 15400, 21021, 30000, 33003, 40000]
    source = write_clip(
        tmp_path / "in.mp4", pan(2, 10), timestamps=timestamps, time_base=Fraction(1, 90000), rate=30, **H264
    )
    colour(source, tmp_path / f"out{suffix}")
    before, after = np.array(frame_times(source)), np.array(frame_times(tmp_path / f"out{suffix}"))
    assert len(before) == len(after) == 10
    if suffix == ".mkv":
        assert np.ptp(after - before) <= 0.001
    else:
        assert np.array_equal(before, after)


def test_a_transport_stream_that_starts_late_keeps_its_times(tmp_path: Path, colour: Colour) -> None:
    clip = write_clip(tmp_path / "in.mp4", pan(3, 8), **H264)
    source = tmp_path / "in.ts"
    ffmpeg("-i", clip, "-c", "copy", source)
    assert frame_times(source)[0] >= 1.4
    colour(source, tmp_path / "out.mkv")
    after = np.array(frame_times(tmp_path / "out.mkv"))
    assert np.abs(after - np.array(frame_times(source))).max() <= 0.0005


def test_sound_subtitles_chapters_attachments_and_metadata_are_copied(tmp_path: Path, colour: Colour) -> None:
    source = rich_clip(tmp_path)
    colour(source, tmp_path / "out.mkv")
    assert packets(tmp_path / "out.mkv", "a:0") == packets(source, "a:0")
    assert packets(tmp_path / "out.mkv", "s:0") == packets(source, "s:0")
    before, after = (
        ffprobe(each, "-show_streams", "-show_chapters", "-show_format")
        for each in (source, tmp_path / "out.mkv")
    )
    assert [each["codec_type"] for each in after["streams"]] == [
        each["codec_type"] for each in before["streams"]
    ]
    audio = next(each for each in after["streams"] if each["codec_type"] == "audio")
    assert audio["tags"]["language"] == "deu"
    assert audio["disposition"]["comment"] == 1
    assert [each["tags"]["title"] for each in after["chapters"]] == ["One", "Two"]
    assert after["format"]["tags"]["title"] == "A film"
    assert "plausible" in after["format"]["tags"]["COMMENT"]
    font = next(each for each in after["streams"] if each["codec_type"] == "attachment")
    assert font["tags"]["filename"] == "font.ttf"


def test_what_a_container_cannot_hold_is_named_before_work_begins(tmp_path: Path) -> None:
    plan = plan_film(rich_clip(tmp_path), tmp_path / "out.mp4", FilmOptions())
    lines = [line for line in plan.report if "left out" in line]
    assert len(lines) == 3
    assert any("metadata left out, mp4 cannot hold it: SCANNER" in line for line in lines)
    assert any("subtitle (" in line for line in lines)
    assert any("attachment" in line and "font.ttf" in line for line in lines)


def test_rotation_pixel_aspect_and_colour_tags_are_kept(tmp_path: Path, colour: Colour) -> None:
    tags = {"color_range": 2, "colorspace": 1, "color_primaries": 1, "color_trc": 1}
    source = write_clip(
        tmp_path / "in.mp4", pan(4, 4), tags=tags, aspect=Fraction(16, 15), rotation=90, **H264
    )
    colour(source, tmp_path / "out.mp4")
    before, after = probe(source), probe(tmp_path / "out.mp4")
    assert after.tags == before.tags
    assert after.tags.assumed == ()
    assert after.rotation == before.rotation == 90
    assert after.aspect == Fraction(16, 15)


@pytest.mark.parametrize(
    ("codec", "suffix"), [("ffv1", ".mkv"), ("vp9", ".webm"), ("av1", ".mkv"), ("h264", ".mkv")]
)
def test_an_anamorphic_dvd_keeps_its_shape_in_matroska(
    codec: str, suffix: str, tmp_path: Path, colour: Colour
) -> None:
    source = write_clip(tmp_path / "in.mp4", pan(4, 3, 576, 720), aspect=Fraction(64, 45), **H264)
    target = tmp_path / f"out{suffix}"
    colour(source, target, codec=codec)
    (stream,) = ffprobe(target, "-show_streams")["streams"]
    assert (stream["sample_aspect_ratio"], stream["display_aspect_ratio"]) == ("64:45", "16:9")
    complaints = subprocess.run(
        ["ffmpeg", "-v", "warning", "-err_detect", "crccheck+explode", "-i", target, "-f", "null", "-"],
        capture_output=True, text=True, check=True,
    ).stderr  # fmt: skip
    assert complaints == ""
    # The index still leads to the frames.
    seeking = [
        "ffprobe",
        "-v",
        "error",
        "-read_intervals",
        "0.05%+#1",
        "-show_entries",
        "packet=pts_time",
        str(target),
    ]
    assert "pts_time=0.0" in subprocess.run(seeking, capture_output=True, text=True, check=True).stdout


def test_missing_colour_tags_are_set_by_the_size_and_reported(tmp_path: Path, colour: Colour) -> None:
    source = write_clip(tmp_path / "in.mp4", pan(4, 3, 576, 720), **H264)
    plan = plan_film(source, tmp_path / "out.mp4", FilmOptions())
    assert any("set by the size: range, matrix, primaries, transfer" in line for line in plan.report)
    colour(source, tmp_path / "out.mp4")
    (stream,) = ffprobe(tmp_path / "out.mp4", "-show_streams")["streams"]
    assert (stream["color_space"], stream["color_range"]) == ("bt470bg", "tv")


@pytest.mark.parametrize(("transfer", "name"), [(16, "PQ"), (18, "HLG")])
def test_hdr_is_named_before_work_begins_and_keeps_its_luma_and_tags(
    transfer: int, name: str, tmp_path: Path, colour: Colour
) -> None:
    tags = {"color_range": 1, "colorspace": 9, "color_primaries": 9, "color_trc": transfer}
    frames = [frame.astype(np.uint16) * 4 for frame in pan(4, 4)]
    source = write_clip(tmp_path / "in.mkv", frames, pixel_format="yuv420p10le", tags=tags)
    report = plan_film(source, tmp_path / "out.mkv", FilmOptions(archive=True)).report
    assert any(f"HDR ({name}): luma and tags are kept" in line for line in report)
    assert any("highlights beyond its white count as white" in line for line in report)
    colour(source, tmp_path / "out.mkv", archive=True)
    assert luma_of(tmp_path / "out.mkv", 10) == luma_of(source, 10)
    (stream,) = ffprobe(tmp_path / "out.mkv", "-show_streams")["streams"]
    assert stream["color_transfer"] == {"PQ": "smpte2084", "HLG": "arib-std-b67"}[name]
    assert (stream["color_primaries"], stream["color_space"]) == ("bt2020", "bt2020nc")


@pytest.mark.parametrize(
    ("codec", "suffix", "pixel_format"),
    [
        ("h264", ".mp4", "yuv420p"), ("hevc", ".mkv", "yuv420p"), ("vp9", ".webm", "yuv420p"),
        ("av1", ".mp4", "yuv420p"), ("prores", ".mov", "yuv422p10le"), ("ffv1", ".mkv", "yuv420p"),
    ],
)  # fmt: skip
def test_every_codec_gives_every_frame(
    codec: str, suffix: str, pixel_format: str, tmp_path: Path, colour: Colour
) -> None:
    source = write_clip(tmp_path / "in.mkv", pan(5, 20))
    target = tmp_path / f"out{suffix}"
    colour(source, target, codec=codec)
    stream = ffprobe(target, "-show_streams")["streams"][0]
    assert stream["codec_name"] == codec
    assert stream["pix_fmt"] == pixel_format
    assert np.abs(np.array(frame_times(target)) - np.array(frame_times(source))).max() <= 0.001


@pytest.mark.parametrize("count", [1, 2, 3])
def test_shots_of_a_few_frames_are_encoded_in_hevc(count: int, tmp_path: Path, colour: Colour) -> None:
    # With x265 one run in a few would fail.
    source = write_clip(tmp_path / "in.mkv", pan(5, 20)[:count])
    for _ in range(6):
        colour(source, tmp_path / "out.mkv", codec="hevc", overwrite=True)
        assert len(frame_times(tmp_path / "out.mkv")) == count


def test_odd_sizes_are_kept(tmp_path: Path, colour: Colour) -> None:
    source = write_clip(tmp_path / "in.mkv", pan(6, 4, 97, 131))
    colour(source, tmp_path / "out.mp4")
    clip = probe(tmp_path / "out.mp4")
    assert (clip.height, clip.width, clip.pixel_format) == (97, 131, "yuv444p")
    colour(source, tmp_path / "out.mkv", archive=True)
    assert luma_of(tmp_path / "out.mkv") == luma_of(source)


def test_full_range_grey_of_10_bits_stays_full_range(tmp_path: Path, colour: Colour) -> None:
    frames = [np.full((96, 128), 1023, np.uint16), np.zeros((96, 128), np.uint16)]
    source = write_clip(tmp_path / "in.mkv", frames, pixel_format="gray10le", tags={"color_range": 2})
    colour(source, tmp_path / "out.mkv", archive=True)
    assert probe(tmp_path / "out.mkv").tags.range == 2
    assert luma_of(tmp_path / "out.mkv", 10) == luma_of(source, 10)
    # White and black hold no colour.
    assert np.abs(chroma_of(tmp_path / "out.mkv")).max() <= 0.5


def test_an_excerpt_holds_the_frames_and_the_sound_of_its_time(tmp_path: Path, colour: Colour) -> None:
    source = rich_clip(tmp_path)
    result = colour(source, tmp_path / "out.mkv", start=0.4, end=1.0, codec="ffv1")
    assert result.frames == 15
    assert frame_times(tmp_path / "out.mkv")[0] == 0
    size = 96 * 128
    assert luma_of(tmp_path / "out.mkv") == luma_of(source)[10 * size : 25 * size]
    length = float(ffprobe(tmp_path / "out.mkv", "-show_format")["format"]["duration"])
    assert length == pytest.approx(0.6, abs=0.08)


def test_only_the_passages_without_colour_are_coloured(tmp_path: Path, colour: Colour) -> None:
    frames = pan(7, 20) + pan(8, 20)
    rng = np.random.default_rng(0)
    blobs = np.kron(rng.integers(60, 200, (2, 6, 8)), np.ones((1, 8, 8))).astype(np.uint8)
    neutral = np.full((2, 48, 64), 128, np.uint8)
    source = write_clip(tmp_path / "in.mkv", frames, chroma=[blobs] * 20 + [neutral] * 20)
    result = colour(source, tmp_path / "out.mkv", archive=True)
    assert any("20 frames were in colour already" in remark for remark in result.remarks)
    before, after = chroma_of(source), chroma_of(tmp_path / "out.mkv")
    assert np.array_equal(before[:20], after[:20])
    assert np.abs(after[20:]).max() > 3


def test_chroma_of_interlaced_frames_follows_each_field(tmp_path: Path, colour: Colour) -> None:
    frames = pan(9, 8)
    woven = [
        np.where(np.arange(96)[:, None] % 2, later, early)
        for early, later in zip(frames[::2], frames[1::2], strict=True)
    ]
    options = {"options": {"flags": "+ildct+ilme", "x264-params": "tff=1", "crf": "5"}, "codec": "libx264"}
    source = write_clip(tmp_path / "in.mp4", woven, **options)
    assert probe(source).interlaced
    colour(source, tmp_path / "out.mp4")
    (stream,) = ffprobe(tmp_path / "out.mp4", "-show_streams")["streams"]
    assert stream["field_order"] == ffprobe(source, "-show_streams")["streams"][0]["field_order"] == "tt"


def rich_clip(folder: Path) -> Path:
    """A clip of two seconds with sound, subtitles, chapters, a font and metadata."""
    picture = write_clip(folder / "picture.mkv", pan(10, 50))
    (folder / "words.srt").write_text("1\n00:00:00,200 --> 00:00:01,000\nHello\n")
    (folder / "font.ttf").write_bytes(b"not really a font")
    (folder / "chapters.txt").write_text(
        ";FFMETADATA1\ntitle=A film\nscanner=Lasergraphics\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=One\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=2000\ntitle=Two\n"
    )
    path = folder / "rich.mkv"
    ffmpeg(
        "-i", picture, "-f", "lavfi", "-i", "sine=frequency=440:duration=2", "-i", folder / "words.srt",
        "-i", folder / "chapters.txt", "-map", "0", "-map", "1", "-map", "2", "-map_metadata", "3",
        "-map_chapters", "3", "-c:v", "copy", "-c:a", "aac", "-c:s", "srt", "-metadata:s:a:0", "language=deu",
        "-disposition:a:0", "comment", "-attach", folder / "font.ttf", "-metadata:s:t", "mimetype=font/ttf", path,
    )  # fmt: skip
    return path


def packets(path: Path, stream: str) -> list[tuple[Any, Any]]:
    """Times and hashes of the packets of a stream."""
    said = ffprobe(path, "-select_streams", stream, "-show_packets", "-show_data_hash", "md5")
    return [(each["pts_time"], each["data_hash"]) for each in said["packets"]]


def ffmpeg(*words: Any) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, words)], check=True)
