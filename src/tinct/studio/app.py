"""The application: API, page and safety put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import FileResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from tinct.studio.api import drawings, exports, files, films, photos, references, renderings
from tinct.studio.api.answers import add_error_answers
from tinct.studio.safety import Gate, Safety
from tinct.studio.studio import Studio
from tinct.version import __version__

# FastAPI can send traces, metrics and logs to whatever the environment names; it never shall.
_NO_TELEMETRY: Any = dict.fromkeys(("tracing", "metrics", "logs", "operation_spans", "auto_configure"), False)
PAGE = Path(__file__).with_name("page")


def application(studio: Studio, gate: Gate) -> ASGIApp:
    """The application of a studio, behind its gate."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        studio.events.bind(asyncio.get_running_loop())
        yield
        studio.events.close()

    app = FastAPI(
        title="tinct studio",
        version=__version__,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        telemetry=_NO_TELEMETRY,
        lifespan=lifespan,
    )
    app.state.studio, app.state.uploads = studio, 0
    for each in (files, photos, drawings, references, exports, films, renderings):
        app.include_router(each.router, prefix="/api/v1")
    add_error_answers(app)

    @app.get("/", include_in_schema=False)
    async def page() -> FileResponse:
        return FileResponse(PAGE / "index.html", headers={"cache-control": "no-cache"})

    app.mount("/page", StaticFiles(directory=PAGE))
    return Safety(app, gate, studio.limits)
