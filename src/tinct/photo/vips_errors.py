"""What libvips and other libraries complain of, in one sentence for a person."""

from __future__ import annotations

from pathlib import Path

import pyvips

from tinct.errors import PhotoError


class naming:  # noqa: N801 (reads as a word: with naming(photo.name))
    """Turns libvips' complaints inside the block into one PhotoError sentence about photo or target."""

    def __init__(self, name: str, target: Path | None = None) -> None:
        self.name = name
        self.target = target

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, fault: BaseException | None, trace: object) -> None:
        if isinstance(fault, pyvips.Error):
            raise PhotoError(_plain(fault, self.name, self.target)) from None


def first_line(fault: BaseException) -> str:
    """The first line of what a fault says, or its kind where it says nothing."""
    return (str(fault).splitlines() or [type(fault).__name__])[0]


def _plain(fault: pyvips.Error, name: str, target: Path | None) -> str:
    """What to tell a person about a libvips error, which may be many lines long."""
    said = [line.strip() for line in (fault.detail or fault.message).splitlines() if line.strip()]
    text = said[-1] if said else "unknown fault"
    whole = " ".join(said).lower()
    if "no space left" in whole or "file too large" in whole:
        return f"{target or name}: the disk is full; free some space and run again"
    if target is not None and any(word in whole for word in ("write", "system error", "wtarget")):
        return f"{target}: cannot be written ({text}); see that there is room and that you may write there"
    if any(word in whole for word in ("premature", "truncated", "end of", "out of data", "too short")):
        return f"{name}: the file ends too early; copy it again from where it came"
    if text.startswith("unable to"):
        text = "it cannot be decoded"
    remedy = "copy it again or save it anew with another program"
    return f"{name}: the file is damaged or cut short ({text}); {remedy}"
