"""A bag (BagIt 1.0, RFC 8493) of the results of an archive."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tinct.archive.colouring.job import DONE
from tinct.archive.reporting.reading import Ledgers, printable
from tinct.archive.reporting.results import write_csv
from tinct.archive.reporting.verify import files_of
from tinct.atomic import sync_folder
from tinct.digest import sha256_of
from tinct.errors import TinctError
from tinct.version import __version__

_DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_CHUNK = 1 << 20


def make_bag(
    ledgers: Ledgers,
    dest: Path,
    bag: Path,
    *,
    link: bool = False,
    step: Callable[[int], None] = lambda _: None,
) -> int:
    """Write a new folder `bag` with every file of `dest` as payload, and return their number.

    link: make hard links instead of copies. step: told the number of files. Each result is compared with the ledger on
    the way. The folder has its name only when it is complete. Raises TinctError if it exists, if a result is not what
    the ledger says, or if a name is not UTF-8, which a manifest cannot hold; OSError.
    """
    if os.path.lexists(bag):
        raise TinctError(f"{bag}: exists already; choose another name")
    expected = {row.target: row.result_sha256 for row in ledgers.rows(DONE)}
    part = bag.with_name(f".{bag.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        (part / "data").mkdir(parents=True)
        manifest, size = [], 0
        for number, path in enumerate(sorted(files_of(dest)), 1):
            target = part / "data" / os.fsdecode(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            content = _add(dest / os.fsdecode(path), target, link=link)
            known = expected.pop(path, None)
            if known is not None and known.hex() != content:
                raise TinctError(
                    f"{printable(path)}: the result has changed; remove it and run tinct archive again"
                )
            manifest.append(f"{content}  {_encoded(path)}\n")
            size += target.stat().st_size
            step(number)
        if expected:
            raise TinctError(
                f"{printable(min(expected))}: the result is missing; run tinct archive again before the bag is made"
            )
        _write_tags(ledgers, part, manifest, size)
        os.rename(part, bag)
        sync_folder(bag.absolute().parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return len(manifest)


def _add(source: Path, target: Path, *, link: bool) -> str:
    """Put a file into the payload and return its sha256; a copy is synced."""
    if link:
        os.link(source, target)
        return sha256_of(target)
    digest = hashlib.sha256()
    with source.open("rb") as read, target.open("xb") as write:
        while data := read.read(_CHUNK):
            digest.update(data)
            write.write(data)
        write.flush()
        os.fsync(write.fileno())
    shutil.copystat(source, target)
    return digest.hexdigest()


def _write_tags(ledgers: Ledgers, part: Path, manifest: list[str], size: int) -> None:
    facts = ledgers.facts()
    info = {
        "Bag-Software-Agent": f"tinct {__version__}",
        "Bagging-Date": datetime.now(UTC).date().isoformat(),
        "Payload-Oxum": f"{size}.{len(manifest)}",
        "External-Description": "Photographs coloured by tinct. Colours are plausible, not evidence",
        "Source-Folder": printable(os.fsencode(facts.get("source", ""))),
    }
    tags = {
        "bagit.txt": _DECLARATION,
        "bag-info.txt": "".join(f"{name}: {value}\n" for name, value in info.items() if value),
        "manifest-sha256.txt": "".join(manifest),
    }
    for name, text in tags.items():
        (part / name).write_text(text, encoding="utf-8", newline="\n")
    write_csv(ledgers.rows(), part / "tinct-results.csv")
    names = sorted([*tags, "tinct-results.csv"])
    lines = "".join(f"{sha256_of(part / name)}  {name}\n" for name in names)
    (part / "tagmanifest-sha256.txt").write_text(lines, encoding="utf-8", newline="\n")
    for name in [*names, "tagmanifest-sha256.txt"]:
        with (part / name).open("rb+") as file:
            os.fsync(file.fileno())


def _encoded(path: bytes) -> str:
    """A path as a manifest has it: from the bag, line breaks and percent signs escaped (RFC 8493, 2.1.3)."""
    try:
        text = path.decode("utf-8")
    except UnicodeDecodeError:
        raise TinctError(
            f"{printable(path)}: this name is not UTF-8, which a bag cannot hold; rename the original and run again"
        ) from None
    return "data/" + text.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D")
