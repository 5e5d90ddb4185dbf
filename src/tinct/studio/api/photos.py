"""Photos of the queue: opening, guidance, undo and redo."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response

from tinct.errors import OptionError
from tinct.guidance.hint_file import hints_from_json
from tinct.studio.api.answers import in_thread, studio_of
from tinct.studio.api.schemas import Apply, Change, Opening
from tinct.studio.api.uploads import name_of, receive_photo
from tinct.studio.project.document import Document
from tinct.studio.project.step import Step

router = APIRouter(tags=["photos"])


@router.get("/photos")
async def list_photos(request: Request) -> list[dict[str, Any]]:
    """The queue, in its order."""
    studio = studio_of(request)
    return await in_thread(lambda: [studio.describe(each) for each in studio.library.documents()])


@router.post("/photos", status_code=201)
async def upload_photo(request: Request) -> dict[str, Any]:
    """Add an uploaded photo: the body is its file, the header X-File-Name its name, percent-encoded."""
    studio, name = studio_of(request), name_of(request)
    path = await receive_photo(request, name)
    try:
        document = await in_thread(
            lambda: studio.library.add(path, name, studio.sessions.digest, uploaded=True)
        )
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return studio.describe(studio.added(document))


@router.post("/photos/open", status_code=201)
async def open_photo(request: Request, body: Opening, response: Response) -> dict[str, Any]:
    """Add a photo of a folder that was given at start."""
    studio = studio_of(request)
    document, new = await in_thread(lambda: studio.open(studio.root(body.root), body.path))
    response.status_code = 201 if new else 200
    return studio.describe(document)


@router.get("/photos/{number}")
async def get_photo(request: Request, number: str) -> dict[str, Any]:
    """A photo and its guidance."""
    studio = studio_of(request)
    return studio.describe(studio.library.get(number))


@router.delete("/photos/{number}", status_code=204)
async def remove_photo(request: Request, number: str) -> None:
    """Forget a photo and our copy of it; never a file in a folder given at start."""
    studio = studio_of(request)
    document = studio.library.get(number)
    await in_thread(studio.forget, document)


@router.patch("/photos/{number}")
async def change_photo(request: Request, number: str, body: Change) -> dict[str, Any]:
    """Add a step to the history of a photo."""
    studio = studio_of(request)
    document = studio.library.get(number)

    def change() -> dict[str, Any]:
        with document.lock:
            step = document.history.step.with_changes(_changes(document, body))
            document.history.push(step, coalesce=body.coalesce)
        return studio.stepped(document)

    return await in_thread(change)


@router.post("/photos/{number}/undo")
async def undo(request: Request, number: str) -> dict[str, Any]:
    """Go back one step."""
    return await _moved(request, number, "undo")


@router.post("/photos/{number}/redo")
async def redo(request: Request, number: str) -> dict[str, Any]:
    """Go forward to the step that was undone."""
    return await _moved(request, number, "redo")


@router.post("/photos/{number}/apply")
async def apply_to_others(request: Request, number: str, body: Apply) -> list[dict[str, Any]]:
    """Give other photos the options and references of one, and its hints if asked."""
    studio = studio_of(request)
    document = studio.library.get(number)
    others = [studio.library.get(each) for each in body.to if each != number]
    return await in_thread(lambda: [studio.apply(document, each, hints=body.hints) for each in others])


async def _moved(request: Request, number: str, way: str) -> dict[str, Any]:
    studio = studio_of(request)
    document = studio.library.get(number)

    def move() -> dict[str, Any]:
        with document.lock:
            getattr(document.history, way)()
        return studio.stepped(document)

    return await in_thread(move)


def _changes(document: Document, body: Change) -> dict[str, Any]:
    """Fields of a `Step` that a body changes."""
    given = body.model_fields_set
    changes: dict[str, Any] = {}
    if "hints" in given:
        changes["hints"] = hints_from_json(Path(document.name), _bare(body.hints or []))
    if body.options is not None:
        changes |= body.options.model_dump(exclude_unset=True)
        if changes.get("vividness", 1.0) is None:
            changes["vividness"] = Step().vividness
    if "variant" in given:
        chosen = body.variant
        changes["variant"] = None if chosen is None else (chosen.number, chosen.of)
        changes["seed"] = 0 if chosen is None else chosen.seed
    if "reference_strength" in given:
        changes["strength"] = Step().strength if body.reference_strength is None else body.reference_strength
    if "reference_mode" in given:
        changes["mode"] = body.reference_mode or Step().mode
    if not changes:
        raise OptionError(
            f"{document.name}: nothing is changed; give hints, options, variant or reference_mode"
        )
    return changes


def _bare(hints: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Hints without what only answers have, so that a page may send back what it got.

    OptionError for text that is no Unicode, which JSON can carry and nothing else.
    """
    try:
        json.dumps(hints, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise OptionError("hints: a text has half a character; write it again") from None
    return [
        {key: value for key, value in each.items() if key not in ("requested", "obtained", "in_gamut")}
        for each in hints
    ]
