"""XMP sidecars: those of a photo are carried to its result; a caption becomes one."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from tinct.archive.colouring.job import Job
from tinct.errors import PhotoError
from tinct.photo.metadata import xmp
from tinct.photo.metadata.provenance import add_provenance, strip_untrue

if TYPE_CHECKING:
    from tinct.archive.colouring.photo import Place

_LONGEST = 16 << 20
_DC = "http://purl.org/dc/elements/1.1/"


def publish_sidecars(job: Job, place: Place) -> None:
    """Write the sidecar of a result, in the spelling of the photo's, and its caption as NAME.EXT.xmp.

    A sidecar says of which source the picture is, as the metadata of results do; one that is no XMP is carried as it
    is. Raises PhotoError if the photo's own cannot be carried; OSError.
    """
    packet = _packet(job, place)
    full = job.target + b".xmp"
    spelled_full = job.sidecar is not None and job.sidecar.lower() == (job.path + b".xmp").lower()
    if packet is not None and not (spelled_full and job.caption):
        short = os.path.splitext(job.target)[0] + b".xmp"
        _publish(_noted(packet), full if spelled_full else short, job, place)
    if job.caption:
        _publish(_captioned(packet, job.caption), full, job, place)


def _noted(packet: bytes) -> bytes:
    return packet if xmp.parse(packet) is None else add_provenance(strip_untrue(packet), {})


def _captioned(packet: bytes | None, caption: str) -> bytes:
    document = xmp.parsed_or_empty(strip_untrue(packet))
    for description, found, space, name in list(xmp.properties(document)):
        if (space, name) == (_DC, "description"):
            xmp.remove(description, found)
    return add_provenance(xmp.add_description(xmp.serialized(document), _description(caption)), {})


def _packet(job: Job, place: Place) -> bytes | None:
    if job.sidecar is None:
        return None
    name = os.fsdecode(job.sidecar)
    try:
        with place.source.local(job.sidecar, place.parts) as file:
            if file.stat().st_size > _LONGEST:
                raise PhotoError(f"{name}: a sidecar of more than 16 MB; check what it is")
            return bytes(file.read_bytes())
    except FileNotFoundError:
        return None


def _publish(packet: bytes, target: bytes, job: Job, place: Place) -> None:
    part = place.parts / f"part-{secrets.token_hex(8)}.xmp"
    try:
        with part.open("wb") as file:
            file.write(packet)
            file.flush()
            os.fsync(file.fileno())
        place.destination.publish(part, target, replace=job.replace)
    except FileExistsError:
        with place.destination.local(target, place.parts) as there:
            if there.read_bytes() != packet:
                raise PhotoError(
                    f"{os.fsdecode(target)}: another sidecar has this name; move it away, or run with --update"
                ) from None
    finally:
        part.unlink(missing_ok=True)


def _description(caption: str) -> str:
    return (
        f'<rdf:Description rdf:about="" xmlns:dc="{_DC}"><dc:description><rdf:Alt>'
        f'<rdf:li xml:lang="x-default">{escape(caption)}</rdf:li></rdf:Alt></dc:description></rdf:Description>'
    )
