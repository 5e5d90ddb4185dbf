"""The folder .tinct of an archive: its ledger, its log and unfinished files."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from tinct.archive.settings import RunSettings
from tinct.errors import OptionError, TinctError

NAME = ".tinct"


@dataclass(frozen=True, slots=True)
class ArchiveFolder:
    """Files of a run. parts: where results are before they have their names; on the disk of the results."""

    ledger: Path
    log: Path
    parts: Path

    @classmethod
    def of(cls, settings: RunSettings) -> ArchiveFolder:
        """The files that these settings mean."""
        if "://" in settings.dest:
            if settings.ledger is None:
                raise OptionError(
                    f"{settings.dest}: a remote folder cannot hold the ledger; give a local folder to --ledger"
                )
            own = settings.ledger
        else:
            own = Path(settings.dest).absolute() / NAME
        folder = settings.ledger or own
        suffix = f"-{settings.shard[0]}-of-{settings.shard[1]}" if settings.shard else ""
        return cls(folder / f"ledger{suffix}.sqlite", folder / f"log{suffix}.jsonl", own / f"parts{suffix}")

    def make(self) -> None:
        """Make the folders; TinctError if they cannot be made."""
        try:
            for folder in (self.ledger.parent, self.parts):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TinctError(
                f"{self.parts}: cannot be made ({error.strerror}); choose a folder that you may write to"
            ) from None

    def remove_parts(self) -> None:
        """Remove unfinished files of runs that were interrupted."""
        try:
            for each in os.scandir(self.parts):
                os.unlink(each) if not each.is_dir(follow_symlinks=False) else shutil.rmtree(each)
        except OSError:
            return  # the disk is gone or fails, which the next run meets again


def ledgers_of(dest: Path, folder: Path | None = None) -> list[Path]:
    """The ledgers of an archive: one, or one for each shard; TinctError if there is none."""
    place = folder or dest / NAME
    found = sorted(place.glob("ledger*.sqlite"))
    if not found:
        raise TinctError(f"{dest}: has no ledger; give the DEST of a run of tinct archive")
    return found


def check_local(dest: Path) -> None:
    """Raise OptionError for a remote destination, of which only the ledger can be read here."""
    if re.match(r"\w+:/", str(dest)):
        raise OptionError(f"{dest}: is a remote folder; copy the results to this machine first")


def check_apart(source: str, dest: str) -> None:
    """Raise OptionError if the destination lies in the source, or the source in the destination."""
    if "://" in source or "://" in dest:
        one, other = source.rstrip("/") + "/", dest.rstrip("/") + "/"
        if one.startswith(other) or other.startswith(one):
            raise OptionError(f"{dest}: source and destination overlap; choose another folder")
        return
    one, other = os.path.realpath(source), os.path.realpath(dest)
    if one == other:
        raise OptionError(f"{dest}: is the source itself, which is never written to; choose another folder")
    if other.startswith(one + os.sep):
        raise OptionError(
            f"{dest}: lies in the source, which is never written to; choose a folder outside it"
        )
    if os.path.isdir(one) and one.startswith(other + os.sep):
        raise OptionError(f"{source}: lies in the destination, where results go; choose another destination")
