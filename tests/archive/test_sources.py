"""Sources other than a folder, shards, tables and sidecars."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tinct.archive.settings import RunSettings
from tinct.errors import OptionError
from tinct.photo import read

from .conftest import Tinct, make_photo, make_photos, states, tree

XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmp:Rating="4"><dc:description><rdf:Alt><rdf:li xml:lang="x-default">Harbour</rdf:li></rdf:Alt></dc:description>
</rdf:Description></rdf:RDF></x:xmpmeta>"""


def exif(file: Path, tag: str) -> str:
    """A tag of a file, as exiftool reads it."""
    words = ["exiftool", "-s3", f"-{tag}", str(file)]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


def exif_xmp(file: Path) -> str:
    """The XMP packet of a photo."""
    return (read(file).metadata.xmp or b"").decode()


def test_a_fault_in_a_container_is_told_by_the_path_in_it(tinct: Tinct, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("box 1/broken.jpg", b"no photo")
    run = tinct(tmp_path / "photos.zip", tmp_path / "dest", code=1)
    assert run.stderr.startswith("tinct: box 1/broken.jpg: not a photo")


@pytest.mark.parametrize("kind", ["tar", "zip", "list"])
def test_a_container_gives_the_results_of_its_folder(tinct: Tinct, tmp_path: Path, kind: str) -> None:
    source, dest = make_photos(tmp_path / "source", 4, per_folder=2), tmp_path / "dest"
    (source / "roll 0" / "notes.txt").write_text("x")
    given = tmp_path / f"photos.{kind}"
    if kind == "tar":
        with tarfile.open(given, "w") as tar:
            tar.add(source, arcname=".")
    elif kind == "zip":
        with zipfile.ZipFile(given, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in source.rglob("*.*"):
                archive.write(path, path.relative_to(source))
    else:
        given = source / "list.txt"
        given.write_text(
            "roll 0/00000.jpg\n" + "".join(f"{path}\n" for path in (source / "roll 1").iterdir())
        )
    tinct(given, dest)
    tinct(source, tmp_path / "plain", "--workers", 2)
    expected = tree(tmp_path / "plain")
    assert "source=" not in exif_xmp(next(dest.rglob("*.jpg")))
    if kind == "list":
        del expected[b"roll 0/00001.jpg"]
    assert tree(dest) == expected
    assert tinct(given, dest).stdout.startswith("0 photos")


def test_members_that_would_leave_the_destination_are_refused(tinct: Tinct, tmp_path: Path) -> None:
    photo = make_photo(tmp_path / "a.jpg", 1)
    with tarfile.open(tmp_path / "bad.tar", "w") as tar:
        for name in ("../out.jpg", "/tmp/out.jpg", "in.jpg"):
            member = tarfile.TarInfo(name)
            member.size = photo.stat().st_size
            tar.addfile(member, io.BytesIO(photo.read_bytes()))
    run = tinct(tmp_path / "bad.tar", tmp_path / "dest", code=1)
    assert set(tree(tmp_path / "dest")) == {b"in.jpg"}
    assert "3 files: 1 done, 2 failed" in run.stdout
    assert "its path leads out of the archive" in tinct("status", tmp_path / "dest", "--failures").stdout


def test_a_compressed_tar_is_refused_with_its_remedy(tinct: Tinct, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "photos.tar.gz", "w:gz") as tar:
        tar.add(make_photo(tmp_path / "a.jpg", 1))
    assert "unpack it first" in tinct(tmp_path / "photos.tar.gz", tmp_path / "dest", code=2).stderr


def test_shards_share_the_work_and_are_reported_as_one(tinct: Tinct, tmp_path: Path) -> None:
    source, dest = make_photos(tmp_path / "source", 12), tmp_path / "dest"
    runs = [tinct.start(source, dest, "--shard", f"{number}/3") for number in (1, 2, 3)]
    numbers = []
    for run in runs:
        out, err = run.communicate(timeout=120)
        assert run.returncode == 0, err
        numbers.append(int(out.split()[0]))
    assert sum(numbers) == 12
    assert max(numbers) < 12
    assert tinct("status", dest).stdout == "12 files: 12 done\n"
    assert tinct("verify", dest).stdout == "12 files compared, 0 not as in the ledger\n"
    tinct(source, tmp_path / "whole")
    assert tree(dest) == tree(tmp_path / "whole")


@pytest.mark.parametrize("shard", ["0/3", "4/3", "3", "a/b", "1/0", "-1/2"])
def test_a_shard_that_is_none_is_a_usage_error(tinct: Tinct, tmp_path: Path, shard: str) -> None:
    run = tinct(make_photos(tmp_path / "source", 1), tmp_path / "dest", f"--shard={shard}", code=2)
    assert "give i/n with i from 1 to n, such as 2/8" in run.stderr


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_a_table_gives_captions_skips_photos_and_sets_options_of_rolls(
    tinct: Tinct, tmp_path: Path, kind: str
) -> None:
    source, dest = make_photos(tmp_path / "source", 6, per_folder=2), tmp_path / "dest"
    rows = [
        {"path": "roll 0/", "vividness": "0"},
        {"path": "roll 0/00001.jpg", "caption": "Anna & the <sea>, 1921"},
        {"path": "roll 1/00003.jpg", "skip": "yes"},
    ]
    table = tmp_path / f"table.{kind}"
    if kind == "csv":
        with table.open("w", newline="") as file:
            writer = csv.DictWriter(file, ["path", "caption", "skip", "vividness"])
            writer.writeheader()
            writer.writerows(rows)
    else:
        table.write_text(
            json.dumps([{**row, **({"vividness": 0} if "vividness" in row else {})} for row in rows])
        )
    tinct(source, dest, "--table", table)
    assert states(dest)[b"roll 1/00003.jpg"] == "skipped"
    assert b"roll 1/00003.jpg" not in tree(dest)
    chroma = {
        path.name: np.ptp(np.asarray(Image.open(path), int), axis=-1).max() for path in dest.rglob("*.jpg")
    }
    assert {name for name, value in chroma.items() if value < 8} == {"00000.jpg", "00001.jpg"}
    assert exif(dest / "roll 0" / "00001.jpg.xmp", "XMP-dc:Description") == "Anna & the <sea>, 1921"
    assert "other options" not in tinct(source, dest, "--table", table).stdout
    assert "2 photos were coloured with other options" in tinct(source, dest).stdout


def write_recipe(file: Path, color: str, **more: object) -> None:
    recipe = {
        "format": 1, "tinct": "0.1.0", "photo": {"sha256": "0" * 64}, "model": {"name": "any", "sha256": "0" * 64},
        "options": {"vividness": 0.5}, "hints": [{"points": [[0.5, 0.5]], "color": color, "radius": 0.2}],
    }  # fmt: skip
    file.write_text(json.dumps(recipe | more))


def test_a_recipe_of_a_table_is_followed_by_every_photo_of_its_roll(tinct: Tinct, tmp_path: Path) -> None:
    source, dest, table = (
        make_photos(tmp_path / "source", 4, per_folder=2),
        tmp_path / "dest",
        tmp_path / "t.csv",
    )
    write_recipe(tmp_path / "blue.json", "0,-30")
    table.write_text("path,recipe\nroll 0/,blue.json\n")
    tinct(source, dest, "--table", table)
    middles = {
        path.name: np.asarray(Image.open(path).convert("RGB"), int)[24, 32] for path in dest.rglob("*.jpg")
    }
    bluer = {name for name, (red, _, blue) in middles.items() if blue - red > 20}
    assert bluer == {"00000.jpg", "00001.jpg"}
    assert "other options" not in tinct(source, dest, "--table", table).stdout
    write_recipe(tmp_path / "blue.json", "0,30")
    assert "2 photos were coloured with other options" in tinct(source, dest, "--table", table).stdout


def test_a_recipe_that_cannot_be_followed_is_named_with_its_row(tinct: Tinct, tmp_path: Path) -> None:
    source, table = make_photos(tmp_path / "source", 1), tmp_path / "t.csv"
    table.write_text("path,recipe\nroll 0/,none.json\n")
    assert "row 2" in (run := tinct(source, tmp_path / "dest", "--table", table, code=2)).stderr
    assert "none.json" in run.stderr
    write_recipe(
        tmp_path / "none.json", "red", references={"sha256": ["1" * 64], "strength": 1, "mode": "match"}
    )
    assert "needs reference photos" in tinct(source, tmp_path / "dest", "--table", table, code=2).stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("path,titel\na.jpg,x\n", "there is no column 'titel'"),
        ("path,vividness\na.jpg,9\n", "row 2: vividness is 9"),
        ("path,skip\na.jpg,perhaps\n", "row 2: skip is 'perhaps'; give yes or no"),
        ("path,caption\n,x\n", "row 2: has no path"),
        ("path,kind\na.jpg,layers\n", "row 2: kind layers is for single photos"),
        ("path\na.jpg,b\n", "row 2 has more columns than the head"),
    ],
)
def test_a_mistake_in_a_table_is_named_with_its_row(
    tinct: Tinct, tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "table.csv").write_text(text)
    run = tinct(
        make_photos(tmp_path / "source", 1), tmp_path / "dest", "--table", tmp_path / "table.csv", code=2
    )
    assert said in run.stderr
    assert not (tmp_path / "dest").exists()


def test_xmp_sidecars_of_both_spellings_are_carried_and_say_what_the_result_is(
    tinct: Tinct, tmp_path: Path
) -> None:
    source, dest = make_photos(tmp_path / "source", 3), tmp_path / "dest"
    (source / "roll 0" / "00000.jpg.xmp").write_text(XMP)
    (source / "roll 0" / "00001.XMP").write_text(XMP)
    (tmp_path / "table.csv").write_text("path,caption\nroll 0/00000.jpg,Quay\n")
    tinct(source, dest, "--table", tmp_path / "table.csv")
    full, short = dest / "roll 0" / "00000.jpg.xmp", dest / "roll 0" / "00001.xmp"
    assert sorted(path.name for path in dest.rglob("*.xmp")) == [full.name, short.name]
    assert [exif(each, "XMP-xmp:Rating") for each in (full, short)] == ["4", "4"]
    assert [exif(each, "XMP-dc:Description") for each in (full, short)] == ["Quay", "Harbour"]
    assert exif(full, "XMP-iptcExt:DigitalSourceType").endswith("/compositeWithTrainedAlgorithmicMedia")
    assert tinct("verify", dest).stdout == "3 files compared, 0 not as in the ledger\n"


def test_a_sidecar_that_is_no_xmp_is_carried_as_it_is(tinct: Tinct, tmp_path: Path) -> None:
    source, dest = make_photos(tmp_path / "source", 1), tmp_path / "dest"
    (source / "roll 0" / "00000.xmp").write_bytes(b"\xff\x00 not XML")
    tinct(source, dest)
    assert (dest / "roll 0" / "00000.xmp").read_bytes() == b"\xff\x00 not XML"


def test_layers_are_refused_for_archives(tmp_path: Path) -> None:
    from tinct.options import Options

    with pytest.raises(OptionError, match="layers"):
        RunSettings(source="a", dest="b", model=tmp_path, options=Options(kind="layers"))
