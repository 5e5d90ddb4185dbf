"""Films coloured to files, and what plays of them in the browser."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse

from tinct.studio.api.answers import attachment, in_thread, studio_of
from tinct.studio.api.schemas import NewRendering, Play, RenderSettings
from tinct.studio.film.describe import describe_film

router = APIRouter(tags=["films"])
_MEDIA = {".webm": "video/webm", ".mkv": "video/x-matroska"}


@router.post("/films/{film}/plan")
async def plan(request: Request, film: str, body: RenderSettings) -> dict[str, Any]:
    """The name of a result and what would become of each stream, in lines."""
    studio = studio_of(request)
    found = studio.workshop.films.get(film)
    name, report = await in_thread(studio.workshop.renderings.plan, found, body.settings(), body.container)
    return {"name": name, "report": report}


@router.post("/films/{film}/rendering", status_code=202)
async def render(request: Request, film: str, body: NewRendering) -> dict[str, Any]:
    """Colour a film. Without root the result is kept to be fetched; 409 if the name exists and overwrite is false."""
    studio = studio_of(request)
    found = studio.workshop.films.get(film)

    def start() -> dict[str, Any]:
        folder = None if body.root is None else studio.folder_for(body.root, found.source)
        studio.workshop.renderings.start(
            found, body.settings(), body.container, folder, body.name, overwrite=body.overwrite
        )
        return describe_film(found)

    return await in_thread(start)


@router.post("/films/{film}/rendering/stop")
async def stop(request: Request, film: str) -> dict[str, Any]:
    """Stop a rendering; it can be continued, and what is coloured plays."""
    return await _changed(request, film, "stop")


@router.post("/films/{film}/rendering/resume")
async def resume(request: Request, film: str) -> dict[str, Any]:
    """Continue a rendering where it was."""
    return await _changed(request, film, "resume")


@router.delete("/films/{film}/rendering")
async def discard(request: Request, film: str) -> dict[str, Any]:
    """Forget a rendering and its unfinished work; a finished file in a folder given at start stays."""
    return await _changed(request, film, "discard")


@router.get("/films/{film}/result", response_class=FileResponse)
async def get_result(request: Request, film: str) -> FileResponse:
    """The coloured film, to be saved by the browser; of a stopped rendering as far as it came."""
    studio = studio_of(request)
    found = studio.workshop.films.get(film)
    path = await in_thread(studio.workshop.renderings.result, found)
    return FileResponse(path, media_type="application/octet-stream", headers=attachment(path.name))


@router.post("/films/{film}/play")
async def play(request: Request, film: str, body: Play) -> dict[str, Any]:
    """Addresses of the film, or of one of its shots, before and after, once they are ready to be played."""
    studio = studio_of(request)
    found = studio.workshop.films.get(film)
    if body.shot is None:
        return await in_thread(lambda: studio.workshop.players.play_film(found, copy=body.copied))
    return await in_thread(studio.workshop.players.play_shot, found, body.shot)


@router.delete("/films/{film}/play", status_code=204)
async def stop_playing(request: Request, film: str) -> None:
    """Stop what is being made to be played."""
    studio = studio_of(request)
    await in_thread(studio.workshop.players.stop, studio.workshop.films.get(film))


@router.get("/films/{film}/media/{name}", response_class=FileResponse)
async def media(request: Request, film: str, name: str) -> FileResponse:
    """What plays: the film, its result, or a copy of either; parts of it by Range."""
    studio = studio_of(request)
    path = await in_thread(studio.workshop.players.file, studio.workshop.films.get(film), name)
    kind = _MEDIA.get(path.suffix.lower(), "video/mp4")
    return FileResponse(path, media_type=kind, headers={"cache-control": "no-cache"})


async def _changed(request: Request, film: str, how: str) -> dict[str, Any]:
    studio = studio_of(request)
    found = studio.workshop.films.get(film)
    await in_thread(getattr(studio.workshop.renderings, how), found)
    return describe_film(found)
