"""s3:// as source and destination, against a server of objects on this machine."""

from __future__ import annotations

import os
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import Tinct, make_photos, tree

moto = pytest.importorskip("moto.server")
s3fs = pytest.importorskip("s3fs")

from tinct.archive.remote import RemoteDestination  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """An empty bucket of a server that stops with the test."""
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    urllib.request.urlopen(f"{url}/moto-api/reset", data=b"").close()
    for name, value in {
        "AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    objects = s3fs.S3FileSystem(use_listings_cache=False)
    objects.mkdir("photos")
    yield objects
    s3fs.S3FileSystem.clear_instance_cache()
    server.stop()


def objects_below(objects: s3fs.S3FileSystem, prefix: str) -> dict[bytes, bytes]:
    return {
        os.fsencode(path.removeprefix(prefix + "/")): objects.cat_file(path) for path in objects.find(prefix)
    }


def test_objects_are_coloured_into_objects_with_a_ledger_on_this_machine(
    tinct: Tinct, tmp_path: Path, bucket: s3fs.S3FileSystem
) -> None:
    source = make_photos(tmp_path / "source", 4, per_folder=2)
    for path in source.rglob("*.jpg"):
        bucket.put_file(str(path), f"photos/in/{path.relative_to(source)}")
    words = ["s3://photos/in", "s3://photos/out", "--ledger", tmp_path / "ledger"]
    assert tinct(*words, "--workers", 2).stdout.startswith("4 photos")
    tinct(source, tmp_path / "plain")
    assert objects_below(bucket, "photos/out") == {
        path: (tmp_path / "plain" / os.fsdecode(path)).read_bytes() for path in tree(tmp_path / "plain")
    }
    assert tinct(*words).stdout.startswith("0 photos")
    status = tinct("status", "s3://photos/out", "--ledger", tmp_path / "ledger")
    assert status.stdout == "4 files: 4 done\n"
    (tmp_path / "ledger" / "ledger.sqlite").unlink()
    assert "4 adopted" in tinct(*words).stdout


def test_no_object_is_replaced(tinct: Tinct, tmp_path: Path, bucket: s3fs.S3FileSystem) -> None:
    source = make_photos(tmp_path / "source", 2)
    bucket.pipe_file("photos/out/roll 0/00001.jpg", b"somebody else's")
    run = tinct(source, "s3://photos/out", "--ledger", tmp_path / "ledger", code=1)
    assert bucket.cat_file("photos/out/roll 0/00001.jpg") == b"somebody else's"
    assert "00001.jpg: the destination has a file of this name that is no result" in run.stderr


def test_an_object_that_appears_meanwhile_is_not_replaced(tmp_path: Path, bucket: s3fs.S3FileSystem) -> None:
    (tmp_path / "part").write_bytes(b"ours")
    dest = RemoteDestination("s3://photos/out")
    bucket.pipe_file("photos/out/a.jpg", b"theirs")
    with pytest.raises(FileExistsError):
        dest.publish(tmp_path / "part", b"a.jpg", replace=False)
    assert bucket.cat_file("photos/out/a.jpg") == b"theirs"
    dest.publish(tmp_path / "part", b"a.jpg", replace=True)
    assert bucket.cat_file("photos/out/a.jpg") == b"ours"


def test_a_remote_destination_needs_a_folder_for_its_ledger(tinct: Tinct, tmp_path: Path) -> None:
    run = tinct(make_photos(tmp_path / "source", 1), "s3://photos/out", code=2)
    assert "give a local folder to --ledger" in run.stderr


def test_a_source_that_cannot_be_reached_is_named(
    tinct: Tinct, tmp_path: Path, bucket: s3fs.S3FileSystem
) -> None:
    del bucket
    run = tinct("s3://nowhere/in", tmp_path / "dest", code=1)
    assert "s3://nowhere/in: the source cannot be reached; check the address and run again" in run.stderr
