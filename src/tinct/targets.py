"""Where a result goes and in which format: its path, its suffix, and what contradicts the options."""

from __future__ import annotations

import warnings
from pathlib import Path

from tinct import photo
from tinct.errors import OptionError, PhotoError, PhotoWarning
from tinct.options import Options


def result_path(source: str | Path, options: Options, folder: Path | None = None) -> Path:
    """Path of a result: NAME-tinct.EXT in `folder`, by default beside the photo.

    One page of a photo becomes NAME-page-N-tinct.EXT, a preview NAME-preview-tinct.EXT.
    """
    path = Path(source)
    suffix = ".ora" if options.kind == "layers" else photo.result_suffix(path)
    chosen = format_for(options)
    if chosen is not None and options.kind != "layers":
        suffix = photo.suffix_of(chosen)
    page = "" if options.page is None else f"-page-{options.page}"
    preview = "-preview" if options.preview else ""
    return (folder or path.parent) / f"{path.stem}{page}{preview}-tinct{suffix}"


def check_target(target: str | Path, options: Options) -> None:
    """OptionError for the path of a result whose suffix contradicts the options, or is of no format to write."""
    path = Path(target)
    try:
        kind = format_of_target(path, options)
        named = kind if options.kind == "layers" else photo.format_of(path)
    except PhotoError as error:
        raise OptionError(str(error)) from None
    if kind != named:
        raise OptionError(f"{target}: its name and format {kind} contradict each other; give one of them")
    if (options.kind, kind) == ("chroma", "jpeg"):
        raise OptionError(f"{target}: a colour layer is transparent, which JPEG cannot be; end it in .png")


def format_of_target(target: Path, options: Options) -> str:
    """Format of a result by its options and its suffix; PhotoError where these do not go together."""
    if options.kind == "layers":
        if target.suffix.lower() != ".ora":
            raise PhotoError(f"{target}: layers are an OpenRaster file; end its name in .ora")
        return "ora"
    kind = options.format or photo.format_of(target)
    if (options.kind, kind) == ("chroma", "jpeg"):
        raise PhotoError(f"{target}: a colour layer is transparent, which JPEG cannot be; end it in .png")
    return kind


def format_for(options: Options) -> str | None:
    """The requested format; of layers of colour and maps of uncertainty PNG by default."""
    return options.format or ("png" if options.kind in ("chroma", "uncertainty") else None)


def warn_of_depth(source: photo.Photo, kind: str) -> None:
    """Warn where a photo is deeper than its own format, or that of its name, is written."""
    deepest = photo.FORMATS[kind].deepest
    if source.depth > deepest:
        warnings.warn(
            f"{source.name}: {source.depth}-bit samples become {deepest}-bit in {kind}; choose format png or tiff",
            PhotoWarning,
            stacklevel=4,
        )
