"""Pictures and places of a photo: previews, tiles, colours at a place, suggestions, variants."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from tinct.errors import OptionError
from tinct.session import Session
from tinct.studio.api.answers import result_of, studio_of
from tinct.studio.api.schemas import Variants
from tinct.studio.rendering import pictures

router = APIRouter(tags=["pictures"])
_FOR_ITS_REVISION = {"cache-control": "private, max-age=604800, immutable"}
_CHANGES = {"cache-control": "no-store"}
Share = Annotated[float, Query(ge=0, le=1)]


@router.get("/photos/{number}/preview", response_class=Response)
async def preview(
    request: Request,
    number: str,
    revision: int | None = None,
    short_side: int = 512,
    kind: str = "result",
    refine: bool = True,
) -> Response:
    """The whole photo, small; 409 for another revision than the present one.

    refine: false for a first look, without waiting for regions in which hints lie close together.
    """
    studio = studio_of(request)
    document = studio.library.get(number)
    data, media = await result_of(
        studio.renderer.preview(document, revision, kind, short_side, refine=refine)
    )
    headers = _CHANGES if revision is None or not refine else _FOR_ITS_REVISION
    return Response(data, media_type=media, headers=headers)


@router.get("/photos/{number}/tiles/{kind}/{revision}/{level}/{place}", response_class=Response)
async def tile(request: Request, number: str, kind: str, revision: int, level: int, place: str) -> Response:
    """A Deep Zoom tile; place: COLUMN_ROW."""
    studio = studio_of(request)
    column, _, row = place.partition("_")
    if not (column.isdecimal() and row.isdecimal() and len(place) < 30):
        raise OptionError(f"the tile {place[:40]!r} is no COLUMN_ROW; give two numbers")
    data, media = await result_of(
        studio.renderer.tile(studio.library.get(number), kind, revision, level, int(column), int(row))
    )
    return Response(data, media_type=media, headers=_FOR_ITS_REVISION)


@router.get("/photos/{number}/place")
async def place(request: Request, number: str, x: Share, y: Share) -> dict[str, Any]:
    """Lightness and colours at a place, fractions of the photo."""
    studio = studio_of(request)
    return await result_of(
        studio.renderer.with_session(
            studio.library.get(number), "place", lambda session: pictures.colours_at(session, x, y)
        )
    )


@router.get("/photos/{number}/suggestions")
async def suggestions(
    request: Request, number: str, x: Share, y: Share, n: Annotated[int, Query(ge=2, le=50)] = 9
) -> list[dict[str, Any]]:
    """Likely colours at a place, neutral last."""
    studio = studio_of(request)

    def suggest(session: Session) -> list[dict[str, Any]]:
        return [
            {"hex": each.hex, "a": each.ab[0], "b": each.ab[1], "probability": each.probability}
            for each in session.suggest(x, y, n)
        ]

    return await result_of(studio.renderer.with_session(studio.library.get(number), "suggestions", suggest))


@router.get("/photos/{number}/plane", response_class=Response)
async def plane(
    request: Request, number: str, x: Share, y: Share, size: Annotated[int, Query(ge=16, le=512)] = 128
) -> Response:
    """All a (across) and b (up) from -110 to 110 at the lightness of a place; transparent outside sRGB."""
    studio = studio_of(request)
    data = await result_of(
        studio.renderer.with_session(
            studio.library.get(number), "plane", lambda session: pictures.plane(session, x, y, size)
        )
    )
    return Response(data, media_type="image/png")


@router.post("/photos/{number}/variants")
async def variants(request: Request, number: str, body: Variants) -> list[dict[str, Any]]:
    """Distinct colourings; the first is the automatic one."""
    studio_of(request).library.get(number)
    path = f"/api/v1/photos/{number}/variants/{body.seed}/{body.count}"
    return [
        {"number": each, "of": body.count, "seed": body.seed, "preview": f"{path}/{each}"}
        for each in range(1, body.count + 1)
    ]


@router.get("/photos/{number}/variants/{seed}/{count}/{which}", response_class=Response)
async def variant_preview(
    request: Request, number: str, seed: int, count: int, which: int, short_side: int = 160
) -> Response:
    """A small picture of a variant, with the present options and hints."""
    studio = studio_of(request)
    data, media = await result_of(
        studio.renderer.variant_preview(studio.library.get(number), seed, count, which, short_side)
    )
    return Response(data, media_type=media)
