"""Results: photos, colour layers, layers and recipes, written into a folder or kept for download."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, StreamingResponse

from tinct.options import Options
from tinct.studio.api.answers import attachment, in_thread, studio_of
from tinct.studio.api.schemas import NewExport, Queue
from tinct.studio.project.roots import NotFoundError
from tinct.studio.rendering.exporting import default_name

router = APIRouter(tags=["exports"])


@router.post("/exports", status_code=202)
async def start_export(request: Request, body: NewExport) -> dict[str, Any]:
    """Write a result. Without root it is kept for download; 409 if the name exists and overwrite is false."""
    studio = studio_of(request)
    document = studio.library.get(body.photo)
    options = Options(
        kind="photo" if body.kind == "recipe" else body.kind,
        format=body.format,
        quality=body.quality,
        overwrite=body.overwrite,
    )
    folder = await in_thread(studio.export_folder, body.root, document)
    export = await in_thread(
        lambda: studio.exports.start(document, body.kind, options, folder, body.name, kept=body.root is None)
    )
    return export.to_json()


@router.get("/photos/{number}/result-name")
async def result_name(
    request: Request,
    number: str,
    kind: Literal["photo", "chroma", "layers", "recipe"] = "photo",
    form: Annotated[str | None, Query(alias="format")] = None,
) -> dict[str, str]:
    """The name under which a result is written unless another is given."""
    document = studio_of(request).library.get(number)
    options = Options(kind="photo" if kind == "recipe" else kind, format=form)
    return {"name": default_name(document, kind, options)}


@router.get("/exports/{number}")
async def get_export(request: Request, number: str) -> dict[str, Any]:
    """An export and its progress."""
    return studio_of(request).exports.get(number).to_json()


@router.get("/exports/{number}/file", response_class=FileResponse)
async def get_file(request: Request, number: str) -> FileResponse:
    """The file of an export, to be saved by the browser."""
    export = studio_of(request).exports.get(number)
    if not export.kept or export.state != "done":
        raise NotFoundError("this export has no file to fetch; wait until it is done")
    return FileResponse(export.target, media_type="application/octet-stream", headers=attachment(export.name))


@router.delete("/exports/{number}", status_code=204)
async def stop_export(request: Request, number: str) -> None:
    """Stop an export."""
    studio_of(request).exports.stop(number)


@router.post("/queue")
async def pause(request: Request, body: Queue) -> dict[str, Any]:
    """Pause or go on with openings and exports."""
    studio = studio_of(request)
    studio.pause(body.paused)
    return {"paused": body.paused}


@router.get("/events", response_class=StreamingResponse)
async def events(request: Request) -> StreamingResponse:
    """Server-sent events photo, export and queue; a new stream of the same browser closes the old one."""
    return StreamingResponse(
        studio_of(request).events.stream(request.scope["browser"]), media_type="text/event-stream"
    )
