"""Each clip that is no film, or a damaged or unusual one: one clear line, and no broken file left."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from tests.video.clips import frame_times, luma_of, pan, write_clip
from tests.video.test_fidelity import H264, ffmpeg
from tinct.cli.app import run
from tinct.errors import VideoError
from tinct.video.film import FilmResult
from tinct.video.output import encoding
from tinct.video.source.probe import probe

Colour = Callable[..., FilmResult]


def truncated(folder: Path) -> Path:
    whole = write_clip(folder / "whole.mp4", pan(1, 30), **H264)
    data = whole.read_bytes()
    path = folder / "in.mp4"
    path.write_bytes(data[: data.index(b"moov") - 40])
    return path


def without_frames(folder: Path) -> Path:
    path = folder / "in.mkv"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        out.start_encoding()
    return path


def only_sound(folder: Path) -> Path:
    ffmpeg("-f", "lavfi", "-i", "sine=duration=1", folder / "in.mp4")
    return folder / "in.mp4"


def only_a_cover(folder: Path) -> Path:
    ffmpeg("-f", "lavfi", "-i", "testsrc=size=64x64:duration=0.04", "-frames:v", "1", folder / "cover.png")
    ffmpeg(
        "-f", "lavfi", "-i", "sine=duration=1", "-i", folder / "cover.png", "-map", "0", "-map", "1",
        "-c:v", "copy", "-disposition:v:0", "attached_pic", folder / "in.m4a",
    )  # fmt: skip
    return folder / "in.m4a"


def no_film(folder: Path) -> Path:
    (folder / "in.mp4").write_text("not a film at all\n" * 50)
    return folder / "in.mp4"


def of_two_sizes(folder: Path) -> Path:
    write_clip(folder / "a.ts", pan(1, 10), codec="mpeg2video")
    write_clip(folder / "b.ts", pan(1, 10, 144, 176), codec="mpeg2video")
    path = folder / "in.ts"
    path.write_bytes((folder / "a.ts").read_bytes() + (folder / "b.ts").read_bytes())
    return path


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (truncated, "breaks off before its index"),
        (without_frames, "not one picture can be decoded"),
        (only_sound, "has no picture stream, only audio"),
        (only_a_cover, "holds only a cover picture"),
        (no_film, "is no film that can be read"),
        (of_two_sizes, "changes its size from 128x96 to 176x144"),
        (lambda folder: folder / "none.mp4", "there is no such file"),
    ],
)
def test_one_line_says_what_is_wrong(
    make: Callable[[Path], Path],
    words: str,
    tmp_path: Path,
    tiny_model: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "results").mkdir()
    source = make(tmp_path)
    code = run(
        ["video", str(source), "-o", str(tmp_path / "results" / "out.mkv"), "--model", str(tiny_model)]
    )
    said = capfd.readouterr().err
    assert code == 1
    assert len(said.splitlines()) == 1
    assert words in said
    assert str(source) in said
    assert not (tmp_path / "results" / "out.mkv").exists()


def test_damaged_packets_are_counted_and_the_rest_is_coloured(tmp_path: Path, colour: Colour) -> None:
    options = {"crf": "10", "g": "10", "bf": "0"}
    whole = write_clip(tmp_path / "whole.mp4", pan(2, 40), codec="libx264", options=options)
    data = bytearray(whole.read_bytes())
    middle = data.index(b"mdat") + (data.index(b"moov") - data.index(b"mdat")) // 2
    data[middle : middle + 2000] = bytes(2000)
    source = tmp_path / "in.mp4"
    source.write_bytes(data)
    result = colour(source, tmp_path / "out.mkv", archive=True)
    assert any("damaged" in remark for remark in result.remarks)
    assert result.complete
    assert len(frame_times(tmp_path / "out.mkv")) == result.frames >= 25


def test_an_edit_list_with_a_pre_roll_shows_the_same_frames(tmp_path: Path, colour: Colour) -> None:
    whole = write_clip(
        tmp_path / "whole.mp4", pan(3, 40), codec="libx264", options={"crf": "10", "g": "40", "bf": "0"}
    )
    source = tmp_path / "in.mp4"
    ffmpeg("-ss", "0.6", "-i", whole, "-c", "copy", source)
    before = frame_times(source)
    assert before[0] < 0.1
    colour(source, tmp_path / "out.mp4", codec="ffv1")
    assert luma_of(tmp_path / "out.mp4") == luma_of(source)
    assert frame_times(tmp_path / "out.mp4") == before


def test_hard_telecine_is_kept_and_reported(tmp_path: Path, colour: Colour) -> None:
    film = pan(4, 24, speed=4)
    pattern = [(0, 0), (1, 1), (1, 2), (2, 3), (3, 3)]
    frames = [
        np.where(np.arange(96)[:, None] % 2, film[4 * group + late], film[4 * group + early])
        for group in range(6)
        for early, late in pattern
    ]
    source = write_clip(tmp_path / "in.mkv", frames, rate=30)
    result = colour(source, tmp_path / "out.mkv", archive=True)
    assert any("12 frames show two fields" in remark for remark in result.remarks)
    assert luma_of(tmp_path / "out.mkv") == luma_of(source)


def test_an_encoder_that_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    source = write_clip(tmp_path / "in.mkv", pan(5, 3))
    monkeypatch.setitem(encoding.CODECS, "hevc", "libmissing")
    assert run(["video", str(source), "--codec", "hevc"]) == 2
    assert "has no encoder libmissing for hevc; choose another --codec" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--codec", "vp9", "-o", "out.webm"], "has 10-bit samples, which libvpx-vp9 cannot keep"),
        (["-o", "out.xyz"], "its name ends in .xyz"),
        (["--archive", "-o", "out.mp4"], "an archive is FFV1 in Matroska"),
        (["--codec", "prores", "-o", "out.mp4"], ".mp4 cannot hold prores"),
        (["--quality", "0"], "quality is 0"),
        (["--from", "1", "--to", "0.5"], "is empty"),
    ],
)
def test_settings_that_contradict_end_with_2(
    words: list[str], sentence: str, tmp_path: Path, capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    write_clip(
        tmp_path / "in.mkv", [frame.astype(np.uint16) * 4 for frame in pan(5, 3)], pixel_format="yuv420p10le"
    )
    assert run(["video", "in.mkv", *words]) == 2
    assert sentence in capfd.readouterr().err
    assert [path.name for path in tmp_path.iterdir() if path.name != "in.mkv"] == []


def test_a_film_in_colour_is_refused(tmp_path: Path, colour: Colour) -> None:
    rng = np.random.default_rng(0)
    blobs = np.kron(rng.integers(60, 200, (2, 6, 8)), np.ones((1, 8, 8))).astype(np.uint8)
    source = write_clip(tmp_path / "in.mkv", pan(6, 8), chroma=[blobs] * 8)
    with pytest.raises(VideoError, match="is in colour already; give --recolour"):
        colour(source, tmp_path / "out.mkv", archive=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.mkv"]
    assert colour(source, tmp_path / "out.mkv", archive=True, recolour=True).complete


def test_an_existing_result_is_not_overwritten(tmp_path: Path, colour: Colour) -> None:
    source = write_clip(tmp_path / "in.mkv", pan(6, 3))
    (tmp_path / "out.mkv").write_text("mine")
    with pytest.raises(VideoError, match="exists already"):
        colour(source, tmp_path / "out.mkv")
    assert (tmp_path / "out.mkv").read_text() == "mine"


LIMITED = """
import resource, signal, sys
from tinct.video.output import mux
from tinct.cli.app import run
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
limit, at = int(sys.argv[1]), sys.argv[2]
def fill():
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
join = mux.join
def limited(*given, **more):
    fill()
    join(*given, **more)
if at == "start":
    fill()
mux.join = limited
sys.exit(run(sys.argv[3:]))
"""


@pytest.mark.parametrize(
    ("limit", "at"), [(100, "start"), (3000, "start"), (100_000, "start"), (20_000, "join")]
)
def test_a_disk_that_fills_at_any_time_loses_nothing(
    limit: int, at: str, tmp_path: Path, tiny_model: Path
) -> None:
    source = write_clip(tmp_path / "in.mkv", pan(7, 40))
    words = ["video", str(source), "-o", str(tmp_path / "out.mkv"), "--archive", "--model", str(tiny_model)]
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(limit), at, *words], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 1
    assert f"{tmp_path / 'out.mkv'}: cannot be written" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == [".out.mkv.tinct", "in.mkv"]
    assert run(words) == 0
    assert luma_of(tmp_path / "out.mkv") == luma_of(source)


@pytest.mark.parametrize(
    "words",
    [
        ["IN", "-o", "FILE/out.mkv"],
        ["IN", "--preview", "FILE/out.png"],
        ["shots", "IN", "-o", "FILE/out.json"],
        ["shots", "FILE"],
        ["shots", "nowhere.mkv"],
    ],
)
def test_a_place_where_nothing_can_be_read_or_written_is_named(
    words: list[str], tmp_path: Path, tiny_model: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source = write_clip(tmp_path / "in.mkv", pan(7, 6))
    (tmp_path / "file").write_text("no folder")
    places = {"IN": str(source), "FILE": str(tmp_path / "file"), "nowhere": str(tmp_path / "nowhere")}
    for name, place in places.items():
        words = [word.replace(name, place) for word in words]
    assert run(["video", *words, "--model", str(tiny_model)]) in (1, 2)
    said = capfd.readouterr().err
    assert len(said.splitlines()) == 1
    assert str(tmp_path) in said
    assert "fault of tinct" not in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "in.mkv"]


PLAYLISTS = {
    "hls": "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXTINF:2.0,\n{film}\n#EXT-X-ENDLIST\n",
    "concat": "ffconcat version 1.0\nfile {name}\n",
    "dash": """<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"
        mediaPresentationDuration="PT1S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1"
        bandwidth="1"><BaseURL>{film}</BaseURL></Representation></AdaptationSet></Period></MPD>""",
}


@pytest.mark.parametrize(
    ("kind", "suffix"), [*((kind, ".mp4") for kind in PLAYLISTS), ("hls", ".m3u8"), ("dash", ".mpd")]
)
@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_a_playlist_that_is_called_a_film_opens_no_other_file(kind: str, suffix: str, tmp_path: Path) -> None:
    film = write_clip(tmp_path / "private.ts", pan(1, 50), codec="libx264")
    listed = (tmp_path / "in").with_suffix(suffix)
    listed.write_text(PLAYLISTS[kind].format(film=film, name=film.name))
    command = ["strace", "-f", "-e", "trace=openat,connect", sys.executable, "-m", "tinct", "video", listed]
    done = subprocess.run([*map(str, command), "--dry-run"], capture_output=True, text=True)
    assert done.returncode == 1
    assert re.search(rf"tinct: {re.escape(str(listed))}: (holds no film but|is no film)", done.stderr)
    assert str(listed) in "".join(re.findall(r'openat\(AT_FDCWD, "([^"]+)"', done.stderr))
    assert '"' + str(film) not in done.stderr
    assert "private.ts" not in done.stderr
    assert "AF_INET" not in done.stderr


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/film.mp4", "concat:a.mp4|b.mp4", "lavfi:testsrc"])
def test_an_address_is_only_ever_the_name_of_a_file(address: str, tmp_path: Path) -> None:
    with pytest.raises(VideoError, match="there is no such file"):
        probe(Path(address))
    film = write_clip(tmp_path / "http:film.mp4", pan(1, 5), **H264)
    assert probe(film).frames == 5
