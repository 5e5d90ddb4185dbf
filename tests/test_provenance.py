"""Results record model, options, source and date, in every format, and `tinct info` reads them back."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tinct import Colorizer, Options, photo
from tinct.cli.app import run
from tinct.errors import PhotoError
from tinct.photo.metadata.provenance import add_provenance, recorded_provenance
from tinct.provenance import has_settings, is_edited, is_of_source, provenance_for, with_current_names

SUFFIXES = [".jpg", ".png", ".webp", ".tif", ".avif", ".ora"]


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def colorizer(tiny_model: Path) -> Colorizer:
    return Colorizer(tiny_model)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_result_of_any_format_records_how_it_was_made(
    suffix: str, colorizer: Colorizer, grey_png: Path, tiny_model: Path
) -> None:
    options = Options(vividness=1.5, tone="auto-contrast", kind="layers" if suffix == ".ora" else "photo")
    target = grey_png.with_name(f"out{suffix}")
    colorizer.colorize(grey_png, options, target=target)
    recorded = photo.read_provenance(target)
    assert recorded is not None
    today = datetime.now(UTC).date().isoformat()
    expected = {
        "tool": "tinct", "model": "tiny 0", "model_sha256": sha256(tiny_model / "manifest.json"),
        "vividness": "1.5", "chroma_gain": "1.0", "tone": "auto-contrast",
        "source": "grey.png", "source_sha256": sha256(grey_png), "date": today,
    }  # fmt: skip
    assert expected.items() <= recorded.items()
    assert str(grey_png.parent) not in str(recorded)


@pytest.mark.parametrize("suffix", [".heic", ".jxl"])
def test_so_do_the_formats_of_pillow(suffix: str, colorizer: Colorizer, grey_png: Path) -> None:
    pytest.importorskip("pillow_heif")
    pytest.importorskip("pillow_jxl")
    target = grey_png.with_name(f"out{suffix}")
    colorizer.colorize(grey_png, target=target)
    assert (photo.read_provenance(target) or {})["model"] == "tiny 0"


def test_a_photo_that_tinct_did_not_colour_records_nothing(grey_png: Path) -> None:
    assert photo.read_provenance(grey_png) is None
    with pytest.raises(PhotoError, match="no such file"):
        photo.read_provenance(grey_png.with_name("none.ora"))


@pytest.mark.parametrize(
    "change",
    [
        {"vividness": 1.2}, {"temperature": 0.7}, {"scales": 1}, {"tone": "auto-contrast"}, {"profile": "p3"},
        {"quality": 80}, {"page": 1}, {"kind": "chroma"}, {"seed": 3},
    ],
    ids=str,
)  # fmt: skip
def test_other_options_are_told_from_the_same(change: dict[str, object], colorizer: Colorizer) -> None:
    def recorded(options: Options) -> dict[str, str]:
        facts = provenance_for(options, colorizer.manifest, b"photo")
        found = recorded_provenance(add_provenance(None, facts))
        assert found is not None
        return found

    plain = provenance_for(Options(), colorizer.manifest, b"another photo")
    assert has_settings(recorded(Options(overwrite=True, max_megapixels=9)), plain)
    assert not has_settings(recorded(Options.from_dict(change)), plain)
    assert not has_settings(
        recorded(Options()), provenance_for(Options.from_dict(change), colorizer.manifest)
    )


def test_a_photo_that_was_scanned_anew_is_told_by_its_digest(colorizer: Colorizer, grey_png: Path) -> None:
    result = colorizer.colorize(grey_png)
    recorded = photo.read_provenance(result)
    assert recorded is not None
    later = result.stat().st_mtime + 10
    os.utime(grey_png, (later, later))
    assert is_of_source(recorded, result, grey_png)
    grey_png.write_bytes(grey_png.read_bytes() + b"more")
    os.utime(grey_png, (later, later))
    assert not is_of_source(recorded, result, grey_png)


def test_a_result_that_was_written_again_later_is_told(
    colorizer: Colorizer, grey_png: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    recorded = photo.read_provenance(result := colorizer.colorize(grey_png))
    assert recorded is not None
    assert recorded["date"] == "1970-01-01"
    assert is_edited(recorded, result)
    os.utime(result, (3600, 3600))
    assert not is_edited(recorded, result)
    assert not is_edited({}, result)


def test_the_vividness_of_an_older_result_is_its_gain() -> None:
    assert with_current_names({"vividness": "2.37", "seed": "0"}) == {"chroma_gain": "2.37", "seed": "0"}
    now = {"vividness": "1.0", "chroma_gain": "1.68"}
    assert with_current_names(now) == now


def test_info_prints_what_a_result_records(
    colorizer: Colorizer, grey_png: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = colorizer.colorize(grey_png)
    assert run(["info", str(result), str(grey_png)]) == 0
    said = capsys.readouterr().out
    for part in ("plausible, not evidence", "tiny 0", "grey.png", sha256(grey_png), "1 is as tuned"):
        assert part in said
    assert "does not say that tinct coloured it" in said
    assert run(["info", "--json", str(result), str(grey_png)]) == 0
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first["provenance"]["source"] == "grey.png"
    assert second == {"file": str(grey_png), "provenance": None}
    assert run(["info", "nowhere.jpg"]) == 1
    assert "no such file" in capsys.readouterr().err
