"""`tinct -`: one photo from standard input to standard output."""

from __future__ import annotations

import sys
from pathlib import Path

from tinct.cli import streams
from tinct.cli.colorize.report import show_photo_warnings
from tinct.errors import OptionError, PhotoError
from tinct.options import Options

STANDARD = "-"


def colorize_stream(
    photos: list[str], output: str | None, options: Options, model: Path, threads: int | None, device: str
) -> None:
    """Colour the photo on standard input; OptionError if other photos or an output are given too."""
    if photos != [STANDARD] or output is not None:
        raise OptionError(
            "- stands alone, from standard input to standard output; give it no other photo and no -o"
        )
    if sys.stdout is None:
        raise OptionError("standard output is closed; send it to a file with > FILE")
    if sys.stdout.isatty():
        raise OptionError("the result would fill the terminal; send it to a file with > FILE")
    source = _standard_input()
    from tinct.colorizer import Colorizer

    with show_photo_warnings(streams.complain):
        result = Colorizer(model, threads=threads, device=device).colorize(source, options)
    try:
        sys.stdout.buffer.write(result)
        sys.stdout.buffer.flush()
    except OSError as error:
        streams.abandon_output()
        raise PhotoError(streams.unwritable(error)) from None


def _standard_input() -> bytes:
    try:
        source = sys.stdin.buffer.read() if sys.stdin is not None else b""
    except OSError as error:
        raise PhotoError(
            f"standard input cannot be read ({error.strerror}); give it a photo with < FILE"
        ) from None
    if not source:
        raise PhotoError("there is nothing on standard input; give it a photo with < FILE")
    return source
