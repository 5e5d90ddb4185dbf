"""Errors as answers: a status and one sentence."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from tinct.errors import TinctError
from tinct.studio.project.roots import NotFoundError
from tinct.studio.rendering.exporting import ExistsError
from tinct.studio.rendering.worker import BusyError, SupersededError
from tinct.studio.safety import RefusedError
from tinct.studio.studio import Studio

Answer = TypeVar("Answer")

_STATUS: dict[type[Exception], int] = {
    NotFoundError: 404,
    SupersededError: 409,
    BusyError: 429,
    TinctError: 400,
}
# Told to the page instead of what the framework would say.
_USUAL = {404: "there is nothing at this address", 405: "this address takes no such request"}


def studio_of(request: Request) -> Studio:
    """The studio that answers."""
    found: Studio = request.app.state.studio
    return found


async def result_of(future: Future[Answer]) -> Answer:
    """The result of a job, without blocking the others."""
    try:
        return await asyncio.shield(asyncio.wrap_future(future))
    except asyncio.CancelledError:
        if future.cancelled():
            raise BusyError("the studio is stopping") from None
        raise


async def in_thread(work: Callable[..., Answer], *given: Any) -> Answer:
    """The result of work that waits for the disk."""
    return await asyncio.to_thread(work, *given)


def attachment(name: str) -> dict[str, str]:
    """The headers of a file that the browser saves under a name."""
    return {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "cache-control": "no-store",
    }


def error(status: int, sentence: str, **more: Any) -> JSONResponse:
    """An error as the page is told of it; what is no Unicode in it is replaced."""
    sentence = sentence.encode("utf-8", "replace").decode()
    return JSONResponse({"error": sentence, **more}, status)


def add_error_answers(app: FastAPI) -> None:
    """Answer every error of the library with its sentence."""
    for kind, status in _STATUS.items():
        app.add_exception_handler(kind, _handler(status))

    @app.exception_handler(ExistsError)
    async def exists(_: Request, fault: ExistsError) -> JSONResponse:
        return error(409, str(fault), name=fault.name)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, fault: RequestValidationError) -> JSONResponse:
        first = fault.errors()[0]
        where = " ".join(str(each) for each in first["loc"][1:])
        return error(400, f"{where or 'request'}: {first['msg'][:1].lower()}{first['msg'][1:]}")

    @app.exception_handler(HTTPException)
    async def usual(_: Request, fault: HTTPException) -> JSONResponse:
        return error(
            fault.status_code,
            str(fault.detail)
            if isinstance(fault, RefusedError)
            else _USUAL.get(fault.status_code, str(fault.detail)),
        )

    @app.exception_handler(OSError)
    async def disk(_: Request, fault: OSError) -> JSONResponse:
        return error(507, f"the disk refuses ({fault.strerror or fault}); free some space and try again")


def _handler(status: int) -> Callable[[Request, Exception], JSONResponse]:
    def answer(_: Request, fault: Exception) -> JSONResponse:
        # By it the page says common errors in its own language.
        code = getattr(fault, "code", None)
        return error(status, str(fault), **({} if code is None else {"code": code}))

    return answer
