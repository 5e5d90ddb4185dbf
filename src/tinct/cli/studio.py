"""`tinct studio`: a page in the browser on which photos and films are coloured."""

from __future__ import annotations

import os
import threading
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from tinct.cli import streams


def studio(
    photos: Annotated[
        list[Path] | None, typer.Argument(help="Photos and films to open, and folders to choose from.")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 0,
    host: Annotated[str, typer.Option(help="Address of this machine to listen on.")] = "127.0.0.1",
    browser: Annotated[bool, typer.Option(help="Open the page in the browser.")] = True,
    model: Annotated[
        str | None,
        typer.Option(help="Name of a model, or a model's folder; by default the one of the package."),
    ] = None,
    device: Annotated[str, typer.Option(help="Device of the network, as for colorize.")] = "auto",
    work: Annotated[
        Path | None, typer.Option(help="Folder where work is kept; by default among the user's data.")
    ] = None,
) -> None:
    """Colour photos and films on a page in the browser; nothing leaves this machine. Ctrl-C loses nothing."""
    # Its matrices are small: threads of BLAS would only wait for each other, for seconds on a busy machine.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    import platformdirs

    from tinct import photo
    from tinct.models.store import DEFAULT_MODEL, find_model
    from tinct.studio.server import studio_server

    photo.disable_cache()

    def ready(url: str) -> None:
        streams.tell(f"tinct studio: {url}")
        streams.tell("this address works once; Ctrl-C stops the studio and loses nothing")
        if browser:
            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()

    folder = work or Path(platformdirs.user_data_dir("tinct")) / "studio"
    with studio_server(
        photos or [],
        work=folder,
        model=find_model(model or DEFAULT_MODEL),
        host=host,
        port=port,
        device=device,
    ) as server:
        server.serve_until_stopped(ready)
        streams.tell("tinct studio: stopped; all work is kept")
