"""Films of the queue: opening, shots, key frames, projects."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse

from tinct.studio.api.answers import attachment, in_thread, studio_of
from tinct.studio.api.schemas import NewFilm, OpenShot, SaveProject, ShotChange
from tinct.studio.api.uploads import name_of, receive_film
from tinct.studio.film.describe import describe_film, describe_shot
from tinct.studio.film.directing import change_shot, open_shot, shot_of_number
from tinct.studio.film.document import Film
from tinct.studio.film.extra import check_films
from tinct.studio.film.project_file import project_name
from tinct.studio.film.saving import save_project
from tinct.studio.project.roots import NotFoundError
from tinct.studio.rendering.worker import Priority
from tinct.studio.studio import Studio

router = APIRouter(tags=["films"])
_FOR_EVER = {"cache-control": "private, max-age=604800, immutable"}


@router.get("/films")
async def list_films(request: Request) -> list[dict[str, Any]]:
    """The films of the queue, in its order."""
    studio = studio_of(request)
    return [describe_film(each) for each in studio.workshop.films.films()]


@router.post("/films", status_code=201)
async def upload_film(request: Request) -> dict[str, Any]:
    """Add an uploaded film: the body is its file, the header X-File-Name its name, percent-encoded."""
    check_films()
    studio, name = studio_of(request), name_of(request, "film")
    path = await receive_film(request, name)
    try:
        film = await in_thread(lambda: studio.workshop.add(path, name, uploaded=True))
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return describe_film(film)


@router.post("/films/open", status_code=201)
async def open_film(request: Request, body: NewFilm, response: Response) -> dict[str, Any]:
    """Add a film of a folder that was given at start; it is not copied."""
    studio = studio_of(request)
    film, new = await in_thread(lambda: studio.workshop.open(studio.root(body.root), body.path))
    response.status_code = 201 if new else 200
    return describe_film(film)


@router.get("/films/{film}")
async def get_film(request: Request, film: str) -> dict[str, Any]:
    """A film, its shots and the photo documents of their key frames."""
    studio = studio_of(request)
    found = studio.workshop.films.get(film)
    return await in_thread(lambda: _with_shots(studio, found))


@router.delete("/films/{film}", status_code=204)
async def remove_film(request: Request, film: str) -> None:
    """Forget a film, our copy of it and what was not saved elsewhere; never a file in a folder given at start."""
    studio = studio_of(request)
    found = studio.workshop.films.get(film)
    await in_thread(studio.forget_film, found)


@router.get("/films/{film}/shots/{number}/thumb", response_class=Response)
async def thumb(request: Request, film: str, number: int, frame: Annotated[int, Query(ge=0)]) -> Response:
    """The small picture of a shot's key frame, coloured by itself."""
    found = studio_of(request).workshop.films.get(film)
    shot_of_number(found, number)
    path = found.stills / f"{frame}.jpg"
    if not path.is_file():
        raise NotFoundError(f"{found.name}: this frame was not drawn; open its shot")
    return Response(await in_thread(path.read_bytes), media_type="image/jpeg", headers=_FOR_EVER)


@router.post("/films/{film}/shots/{number}/open")
async def open_key_frame(request: Request, film: str, number: int, body: OpenShot) -> dict[str, Any]:
    """The photo document of a shot's key frame; time: another frame, in seconds of the film, becomes it."""
    studio = studio_of(request)
    found = studio.workshop.films.get(film)

    def opening() -> dict[str, Any]:
        document, idle = open_shot(studio.workshop.films, found, number, body.time)
        for each in idle:
            studio.forget(each)
        if document.facts is None:
            studio.added(document, Priority.NOW)
        return studio.describe(document)

    return await in_thread(opening)


@router.patch("/films/{film}/shots/{number}")
async def change(request: Request, film: str, number: int, body: ShotChange) -> dict[str, Any]:
    """Let a shot's hints hold for all shots of its place, or let it keep its own colours."""
    studio = studio_of(request)
    found = studio.workshop.films.get(film)
    shot = await in_thread(
        lambda: change_shot(
            studio.workshop.films, found, number, body.model_dump(exclude_unset=True, exclude_none=True)
        )
    )
    return describe_shot(studio.workshop.films, found, shot)


@router.get("/films/{film}/project", response_class=FileResponse)
async def get_project(request: Request, film: str) -> Response:
    """The project as a file, as tinct video --project reads it."""
    studio = studio_of(request)
    found = studio.workshop.films.get(film)
    text = await in_thread(studio.workshop.films.write_project, found)
    headers = attachment(project_name(found))
    return Response(text, media_type="application/octet-stream", headers=headers)


@router.post("/films/{film}/project")
async def store_project(request: Request, film: str, body: SaveProject) -> dict[str, Any]:
    """Write the project and its references into a folder given at start; 409 if the name exists."""
    studio = studio_of(request)
    found = studio.workshop.films.get(film)
    folder = await in_thread(studio.folder_for, body.root, found.source)
    name = await in_thread(
        lambda: save_project(studio.workshop.films, found, folder, overwrite=body.overwrite)
    )
    return {"name": name}


def _with_shots(studio: Studio, film: Film) -> dict[str, Any]:
    film.stale = studio.workshop.renderings.stale(film)
    shots = [describe_shot(studio.workshop.films, film, each) for each in film.shots]
    pictures = [
        studio.workshop.films.document(each) for shot in film.shots for each in shot.pictures.values()
    ]
    return {
        **describe_film(film),
        "shots": shots,
        "pictures": [studio.describe(each) for each in pictures if each is not None],
    }
