"""What the page may choose from: folders given at start, named colours; and how the studio is."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from tinct.errors import OptionError
from tinct.guidance.color_names import find_color, named_colors, parse_color
from tinct.studio.api.answers import in_thread, studio_of
from tinct.studio.api.schemas import Color
from tinct.studio.describe import hex_of
from tinct.studio.film.extra import has_films
from tinct.studio.project.roots import entries_of
from tinct.version import __version__

router = APIRouter(tags=["files"])

# Lightness at which a colour that is only a and b is shown.
_MIDDLE = 60.0


class UnknownColorError(OptionError):
    """What is no colour that is known."""

    code = "no-color"


@router.get("/health")
async def health(request: Request) -> dict[str, Any]:
    """Version, model, device, and how many photos there are."""
    studio = studio_of(request)
    manifest = studio.colorizer.manifest
    return {
        "version": __version__,
        "model": manifest.title,
        "device": studio.colorizer.device,
        "photos": len(studio.library.documents()),
        "films": has_films(),
        "film_bytes": studio.limits.film_bytes,
        "has_suggestions": manifest.output.kind == "ab_bins",
        "temperature": manifest.decoding.temperature,
        "paused": studio.paused,
    }


@router.get("/roots")
async def roots(request: Request) -> list[dict[str, Any]]:
    """Folders and files that were given at start."""
    return [
        {"id": each.id, "name": each.name, "kind": "folder" if each.is_folder else "file"}
        for each in studio_of(request).roots.values()
    ]


@router.get("/roots/{root}/entries")
async def entries(request: Request, root: str, path: str = "") -> dict[str, Any]:
    """Folders, photos and films in a folder."""
    studio = studio_of(request)
    found = await in_thread(entries_of, studio.root(root), path, studio.limits.entries)
    photos = [{"name": name, "size": size} for name, size in found.photos]
    films = [{"name": name, "size": size} for name, size in found.films]
    return {"path": path, "folders": found.folders, "photos": photos, "films": films}


@router.get("/colors")
async def colors(q: str = "") -> list[dict[str, str]]:
    """Named colours that contain the words of q."""
    return [
        {"name": each.name, "hex": each.hex, "group": each.group, "source": each.source}
        for each in named_colors().values()
        if all(each.holds(word) for word in q.split())
    ]


@router.post("/colors/parse")
async def parse(body: Color) -> dict[str, Any]:
    """The a and b of a colour as a person writes it."""
    try:
        a, b = parse_color(body.color)
    except OptionError as fault:
        raise UnknownColorError(str(fault)) from None
    text, known = body.color.strip(), find_color(body.color)
    shown = known.hex if known else text if text.startswith("#") else hex_of(_MIDDLE, a, b)
    return {"hex": shown, "a": a, "b": b}
