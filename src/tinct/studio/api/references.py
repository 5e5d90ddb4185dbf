"""Reference photos of a photo."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from tinct import photo
from tinct.studio.api.answers import in_thread, studio_of
from tinct.studio.api.drawings import Share
from tinct.studio.api.uploads import name_of, receive_photo

router = APIRouter(tags=["references"])


@router.post("/photos/{number}/references", status_code=201)
async def add_reference(request: Request, number: str) -> dict[str, Any]:
    """Add an uploaded photo in colour as a reference."""
    studio, name = studio_of(request), name_of(request)
    document = studio.library.get(number)
    path = await receive_photo(request, name)
    try:
        return await in_thread(studio.add_reference, document, path, name)
    finally:
        path.unlink(missing_ok=True)


@router.delete("/photos/{number}/references/{reference}")
async def remove_reference(request: Request, number: str, reference: str) -> dict[str, Any]:
    """A step without a reference; undo brings it back."""
    studio = studio_of(request)
    return await in_thread(studio.remove_reference, studio.library.get(number), reference)


@router.get("/photos/{number}/references/{reference}/preview", response_class=Response)
async def reference_preview(request: Request, number: str, reference: str, side: int = 512) -> Response:
    """A reference, small."""
    studio = studio_of(request)
    file = studio.reference_file(studio.library.get(number), reference)
    data = await in_thread(photo.thumbnail_jpeg, file, min(max(side, 16), 1024))
    return Response(data, media_type="image/jpeg")


@router.get("/photos/{number}/references/{reference}/place")
async def reference_place(
    request: Request, number: str, reference: str, x: Share, y: Share
) -> dict[str, Any]:
    """The colour at a place of a reference."""
    studio = studio_of(request)
    file = studio.reference_file(studio.library.get(number), reference)
    return await in_thread(studio.colour_of_reference, file, x, y)
